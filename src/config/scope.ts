import { Failure } from '../core/failure.js'
import type { KnownProvider } from './detect.js'
import { providerFacts } from './provider-facts.js'
import { type Environment, said, saidOr } from './variables.js'

export interface Scope {
  /** Stands before every name, environment included: `vibebox/production/`. */
  readonly prefix: string
  readonly environment?: string
  /** For k8s: the Secret's name, `vibebox-secrets-production`. */
  readonly secretName?: string
}

export interface ScopeRequest {
  readonly provider: KnownProvider
  readonly env: Environment
  /** From a flag, its variable or the config file: already decided between them. */
  readonly prefix?: string
  /** Whether `prefix` comes from the config file, so that a `*_PREFIX` variable wins over it. */
  readonly prefixIsFromFile?: boolean
  readonly environment?: string
  /** For k8s: the Secret's name of the config file. */
  readonly secretName?: string
}

const ENVIRONMENT = /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,61}[A-Za-z0-9])?$/

/** Where names live: which prefix stands before them, for the chosen provider and environment. */
export function scopeOf(request: ScopeRequest): Scope {
  const { provider, environment } = request
  if (environment !== undefined && !ENVIRONMENT.test(environment)) throw badEnvironment()
  const { separator } = providerFacts[provider]
  const base = basePrefix(request)
  const inName = environment !== undefined && separator !== ''
  return {
    prefix: inName ? `${ended(base, separator)}${environment}${separator}` : base,
    ...(environment === undefined ? {} : { environment }),
    ...(provider === 'k8s' ? { secretName: secretNameOf(request) } : {}),
  }
}

function basePrefix({ provider, env, prefix, prefixIsFromFile = false }: ScopeRequest): string {
  const { defaultPrefix, prefixVariable = '' } = providerFacts[provider]
  const variable = env[prefixVariable] || undefined
  if (prefix !== undefined && !prefixIsFromFile) return prefix
  return variable ?? prefix ?? defaultPrefix
}

/** `vibebox` + `/`: an environment is never glued to the last letter of a prefix. */
const ended = (prefix: string, separator: string): string =>
  prefix === '' || prefix.endsWith(separator) ? prefix : `${prefix}${separator}`

/** The Kubernetes Secret of an environment. */
function secretNameOf({ env, secretName, environment }: ScopeRequest): string {
  const name = said(env, 'K8S_SECRET_NAME') ?? secretName ?? saidOr(env, 'K8S_SECRET_NAME')
  return environment === undefined ? name : `${name}-${environment.toLowerCase()}`
}

const badEnvironment = (): Failure =>
  new Failure('CONFIG_INVALID', {
    doing: 'reading the environment’s name',
    why: 'an environment is letters, digits, dots and dashes, at most 63, with a letter or digit at both ends',
  })
