import { Failure } from '../../core/failure.js'
import type { Settings } from '../description.js'

/** What the operator chose, from environment and config file. */
export interface Choices {
  readonly region?: string
  readonly profile?: string
  readonly endpoint?: string
  readonly caBundle?: string
  readonly proxy?: string
  readonly credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }
  readonly accountId?: string
  readonly kmsKey?: string
  readonly replicas: readonly string[]
  readonly tags: Readonly<Record<string, string>>
  readonly recoveryDays: number
}

export function choose({ env, options }: Settings): Choices {
  const profile = env.AWS_PROFILE || text(options, 'profile')
  return {
    ...given(
      'region',
      env.AWS_SECRET_MANAGER_REGION || text(options, 'region') || env.AWS_REGION || env.AWS_DEFAULT_REGION,
    ),
    ...given('profile', profile),
    ...given('endpoint', endpointOf(env) || text(options, 'endpoint')),
    ...given('caBundle', env.AWS_CA_BUNDLE),
    ...given('accountId', env.AWS_ACCOUNT_ID),
    ...given('kmsKey', text(options, 'kms-key')),
    ...(profile === undefined && credentialsOf(env)),
    ...given('proxy', env.HTTPS_PROXY || env.https_proxy),
    replicas: list(options, 'replicas'),
    tags: map(options, 'tags'),
    recoveryDays: days(options),
  }
}

function given<K extends string>(key: K, value: string | undefined): { [P in K]?: string } {
  return value ? ({ [key]: value } as { [P in K]?: string }) : {}
}

function endpointOf(env: Settings['env']): string | undefined {
  if (env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS === 'true') return undefined
  return env.AWS_ENDPOINT_URL_SECRETS_MANAGER || env.AWS_ENDPOINT_URL
}

/** Keys of the environment; where a profile is chosen it wins over them, as in the SDK's own chain. */
function credentialsOf(env: Settings['env']): Pick<Choices, 'credentials'> | undefined {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = env
  if (!accessKeyId || !secretAccessKey) return undefined
  return { credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) } }
}

type Options = Settings['options']

const wrong = (key: string, why: string): Failure =>
  new Failure('CONFIG_INVALID', { doing: 'reading providers.aws', why: `${key}: ${why}` })

function text(options: Options, key: string): string | undefined {
  const value = options[key]
  if (value === undefined || typeof value === 'string') return value || undefined
  throw wrong(key, 'has to be a text')
}

function list(options: Options, key: string): readonly string[] {
  const value = options[key] ?? []
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value
  throw wrong(key, 'has to be a list of texts')
}

function map(options: Options, key: string): Readonly<Record<string, string>> {
  const value = options[key] ?? {}
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(key, 'has to be a map of texts')
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, String(one)]))
}

function days(options: Options): number {
  const value = options['recovery-days'] ?? 30
  if (typeof value === 'number' && Number.isInteger(value) && value >= 7 && value <= 30) return value
  throw wrong('recovery-days', 'has to be a whole number from 7 to 30')
}
