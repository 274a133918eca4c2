import { description as aws } from '../providers/aws/description.js'
import { description as azure } from '../providers/azure/description.js'
import type { Description } from '../providers/description.js'
import { description as env } from '../providers/env/description.js'
import { description as gcp } from '../providers/gcp/description.js'
import { description as k8s } from '../providers/k8s/description.js'
import { description as local } from '../providers/local/description.js'
import { description as vault } from '../providers/vault/description.js'
import type { KnownProvider } from './detect.js'

/** What the config has to know of a provider: how names are put together, and its keys in the file. */
export type ProviderFacts = Pick<Description, 'defaultPrefix' | 'prefixVariable' | 'separator' | 'options'>

/** From the providers' own descriptions. */
export const providerFacts: Readonly<Record<KnownProvider, ProviderFacts>> = { aws, gcp, azure, vault, k8s, local, env }

/** `kvVersion` → `kv-version`: how a key is written in the file. */
export const fileKey = (key: string): string => key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
