import { description as aws } from '../providers/aws/description.js'
import type { Description } from '../providers/description.js'
import { description as env } from '../providers/env/description.js'
import { description as k8s } from '../providers/k8s/description.js'
import { description as local } from '../providers/local/description.js'
import { description as vault } from '../providers/vault/description.js'
import type { KnownProvider } from './detect.js'

/** What the config has to know of a provider: how names are put together, and its keys in the file. */
export type ProviderFacts = Pick<Description, 'defaultPrefix' | 'prefixVariable' | 'separator' | 'options'>

const gcp: ProviderFacts = {
  defaultPrefix: 'vibebox-',
  prefixVariable: 'GCP_SECRET_PREFIX',
  separator: '-',
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
    { key: 'keep-versions', type: 'integer', meaning: 'versions to keep; each is billed' },
  ],
}

const azure: ProviderFacts = {
  defaultPrefix: 'vibebox-',
  prefixVariable: 'AZURE_SECRET_PREFIX',
  separator: '-',
  options: [
    { key: 'url', type: 'string', meaning: 'URL of the key vault', variable: 'AZURE_KEYVAULT_URL' },
    { key: 'vault-name', type: 'string', meaning: 'name of the key vault', variable: 'AZURE_KEY_VAULT_NAME' },
    { key: 'tags', type: 'map', meaning: 'tags of secrets that are created' },
  ],
}

/** The process environment knows no environments: `DATABASE_URL` is `DATABASE_URL` in each of them. */
const plainEnv: ProviderFacts = { ...env, separator: '' }

/** From the providers' own descriptions. */
export const providerFacts: Readonly<Record<KnownProvider, ProviderFacts>> = {
  aws,
  gcp,
  azure,
  vault,
  k8s,
  local,
  env: plainEnv,
}

/** `kvVersion` → `kv-version`: how a key is written in the file. */
export const fileKey = (key: string): string => key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
