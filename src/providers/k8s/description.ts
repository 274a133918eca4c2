import type { Description } from '../description.js'

/** One of a Role's `rules`. A `create` cannot be limited to a name. */
const rule = (verb: string): string =>
  `{apiGroups: [""], resources: ["secrets"], resourceNames: ["vibebox-secrets"], verbs: ["${verb}"]}`

/** Kubernetes: all names in the data of one Secret. */
export const description: Description = {
  id: 'k8s',
  title: 'Kubernetes Secrets',
  defaultPrefix: '',
  separator: '',
  variables: [
    { name: 'K8S_SECRET_NAME', meaning: 'the Secret that holds all names', default: 'vibebox-secrets' },
    { name: 'K8S_SECRET_NAMESPACE', meaning: 'its namespace; else that of the context' },
    { name: 'K8S_CONTEXT', meaning: 'context of the kubeconfig; else its current one' },
    { name: 'KUBECONFIG', meaning: 'kubeconfig files', default: '~/.kube/config, else the token of the pod' },
  ],
  options: [
    { key: 'secret-name', type: 'string', meaning: 'the Secret that holds all names', variable: 'K8S_SECRET_NAME' },
    { key: 'namespace', type: 'string', meaning: 'its namespace', variable: 'K8S_SECRET_NAMESPACE' },
    { key: 'context', type: 'string', meaning: 'context of the kubeconfig', variable: 'K8S_CONTEXT' },
    { key: 'create-namespace', type: 'boolean', meaning: 'create the namespace where it is missing' },
  ],
  permissions: {
    read: [rule('get')],
    list: [rule('get')],
    write: [rule('get'), rule('patch'), '{apiGroups: [""], resources: ["secrets"], verbs: ["create"]}'],
    remove: [rule('get'), rule('patch')],
    label: [rule('get'), rule('patch')],
  },
  keeps: { versions: 'none', deleted: 'no', thousandReads: '1' },
  remarks: [
    'all names are keys of one Secret, which holds 1 MiB in all',
    'no versions and no deleted secrets: what is replaced or removed is in the undo bundle of the run only',
    'many writes are one request: all of them happen, or none',
    'pods see a new value of `envFrom` after a restart',
  ],
}
