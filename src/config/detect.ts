import { Failure } from '../core/failure.js'
import { type ProviderId, providerIds } from '../core/ports.js'
import { isFalse } from './values.js'
import { type Environment, said, type VariableName } from './variables.js'

/** A provider of the command line; `memory` is not one. */
export type KnownProvider = Exclude<ProviderId, 'memory'>

export interface Notice {
  readonly code: string
  readonly text: string
}

export interface Detected {
  readonly provider: KnownProvider
  /** The variable that decided, or `nothing`. */
  readonly because: string
  readonly notice?: Notice
}

export interface DetectOptions {
  /** A command that writes does not choose between candidates. */
  readonly mutates: boolean
  /** The command line falls back to `local`, the library to `env`. */
  readonly whenNone: 'local' | 'env'
  /** Whether the AWS credential files are there: a region alone reaches nothing. */
  readonly awsCredentials?: boolean
}

interface Candidate {
  readonly provider: KnownProvider
  readonly because: VariableName
}

/** Narrows a word to a provider. */
export const isProvider = (word: string): word is KnownProvider => (providerIds as readonly string[]).includes(word)

/** `ENABLE_SECRET_MANAGER=false`: the emergency fallback. */
export function isSwitchedOff(env: Environment): boolean {
  const word = said(env, 'ENABLE_SECRET_MANAGER')
  return word !== undefined && isFalse(word)
}

/** Which provider the environment means, where nobody named one. Tiers in order; the first with a candidate decides. */
export function detect(env: Environment, options: DetectOptions): Detected {
  if (isSwitchedOff(env)) return { provider: 'env', because: 'ENABLE_SECRET_MANAGER' }
  for (const tier of [named(env), ambient(env, options)]) {
    const [first, ...others] = tier
    if (first !== undefined) return others.length === 0 ? first : choose(first, others, options)
  }
  return none(options)
}

const OWN: readonly (readonly [KnownProvider, ...VariableName[]])[] = [
  ['aws', 'AWS_SECRET_MANAGER_REGION'],
  ['gcp', 'GCP_PROJECT_ID'],
  ['azure', 'AZURE_KEYVAULT_URL', 'AZURE_KEY_VAULT_NAME'],
  ['vault', 'VAULT_ADDR'],
  ['k8s', 'K8S_SECRET_NAME', 'K8S_SECRET_NAMESPACE'],
]

const named = (env: Environment): Candidate[] => OWN.flatMap(([provider, ...names]) => firstSaid(env, provider, names))

/** What is set for other programs too. */
function ambient(env: Environment, options: DetectOptions): Candidate[] {
  return [
    ...(hasAwsCredentials(env, options)
      ? firstSaid(env, 'aws', ['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_PROFILE'])
      : []),
    ...firstSaid(env, 'gcp', ['GOOGLE_CLOUD_PROJECT']),
    ...firstSaid(env, 'k8s', ['KUBERNETES_SERVICE_HOST']),
  ]
}

function firstSaid(env: Environment, provider: KnownProvider, names: readonly VariableName[]): Candidate[] {
  const because = names.find((name) => said(env, name) !== undefined)
  return because === undefined ? [] : [{ provider, because }]
}

const AWS_CREDENTIALS: readonly VariableName[] = [
  'AWS_ACCESS_KEY_ID',
  'AWS_PROFILE',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
]

const hasAwsCredentials = (env: Environment, { awsCredentials = false }: DetectOptions): boolean =>
  awsCredentials || AWS_CREDENTIALS.some((name) => said(env, name) !== undefined)

function choose(first: Candidate, others: readonly Candidate[], { mutates }: DetectOptions): Detected {
  const all = [first, ...others]
  if (mutates) {
    throw new Failure('PROVIDER_AMBIGUOUS', {
      names: all.map(({ provider }) => provider),
      problems: all.map(({ provider, because }) => `${provider}: ${because} is set`),
      hints: all.map(({ provider }) => ({ what: `use ${provider}`, command: `SECRET_PROVIDER=${provider}` })),
    })
  }
  const rest = others.map(({ provider }) => provider).join(', ')
  const text = `using ${first.provider} (${first.because} is set); ${rest} would also be possible: name one, or set SECRET_PROVIDER`
  return { ...first, notice: { code: 'provider-chosen', text } }
}

function none({ whenNone }: DetectOptions): Detected {
  if (whenNone === 'env') return { provider: 'env', because: 'nothing' }
  const text = 'no provider is configured: using local, the encrypted store on this machine'
  return { provider: 'local', because: 'nothing', notice: { code: 'provider-default', text } }
}
