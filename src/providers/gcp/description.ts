import type { Description } from '../description.js'

export const description: Description = {
  id: 'gcp',
  title: 'Google Secret Manager',
  defaultPrefix: 'vibebox-',
  prefixVariable: 'GCP_SECRET_PREFIX',
  separator: '-',
  variables: [
    { name: 'GCP_PROJECT_ID', meaning: 'project of Google Secret Manager' },
    { name: 'GOOGLE_CLOUD_PROJECT', meaning: 'project, as every Google tool reads it' },
    { name: 'GCP_SECRET_PREFIX', meaning: 'put before every name', default: 'vibebox-' },
    {
      name: 'GOOGLE_APPLICATION_CREDENTIALS',
      meaning: 'file of a service account or of Workload Identity; else what `gcloud auth` or the machine gives',
    },
    { name: 'SECRET_MANAGER_EMULATOR_HOST', meaning: 'host:port of an emulator, spoken to without TLS and identity' },
  ],
  options: [
    { key: 'project', type: 'string', meaning: 'project of the secrets', variable: 'GCP_PROJECT_ID' },
    {
      key: 'replication',
      type: 'choice',
      choices: ['automatic', 'user-managed'],
      meaning: 'replication of secrets that are created',
    },
    { key: 'locations', type: 'list', meaning: 'locations of user-managed replication' },
    { key: 'kms-key', type: 'string', meaning: 'KMS key of secrets that are created' },
    { key: 'labels', type: 'map', meaning: 'resource labels of secrets that are created' },
    { key: 'keep-versions', type: 'integer', meaning: 'versions to keep; each is billed' },
    {
      key: 'recovery-days',
      type: 'integer',
      meaning: 'days that a deleted secret can be brought back, 1 to 365; 30 unless told',
    },
  ],
  permissions: {
    read: ['secretmanager.versions.access', 'secretmanager.secrets.get', 'secretmanager.secrets.list'],
    list: ['secretmanager.secrets.list'],
    write: [
      'secretmanager.secrets.create',
      'secretmanager.secrets.get',
      'secretmanager.secrets.update',
      'secretmanager.versions.access',
      'secretmanager.versions.add',
      'secretmanager.versions.get',
    ],
    remove: [
      'secretmanager.secrets.get',
      'secretmanager.secrets.update',
      'secretmanager.versions.access',
      'secretmanager.versions.disable',
    ],
    undelete: ['secretmanager.secrets.get', 'secretmanager.secrets.update', 'secretmanager.versions.enable'],
    label: ['secretmanager.secrets.get', 'secretmanager.secrets.update', 'secretmanager.versions.access'],
  },
  keeps: {
    versions: 'all, each is billed until it is destroyed',
    deleted: 'until it is ended for good (`recovery-days`)',
    thousandReads: '1,000',
  },
  remarks: [
    'every version that is not destroyed is billed: `--destroy-old-versions <n>` ends old ones',
    'labels, the description and who wrote stand in annotations that begin with `vibesecrets-`',
    'two runs of vibesecrets never overwrite each other: the etag of the secret decides; another tool that adds a version in the moment between look and write is told of afterwards',
    'a deleted secret keeps its name, its newest version is disabled, and the service ends it for good after `recovery-days`',
    'a listing tells no versions, and shows a secret that has none yet',
    'without secretmanager.secrets.get and secretmanager.secrets.list labels and descriptions read as empty',
    'which version is `latest` may be told late, by minutes: what vibesecrets wrote is read by its number',
  ],
}
