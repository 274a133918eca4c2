import { isIP } from 'node:net'
import { Failure } from '../../core/failure.js'
import type { Settings } from '../description.js'

/** What the operator chose, from environment and config file. */
export interface Choices {
  readonly project: string
  readonly emulator?: { readonly host: string; readonly port: number }
  /** Empty: automatic replication. */
  readonly locations: readonly string[]
  readonly kmsKey?: string
  readonly labels: Readonly<Record<string, string>>
  readonly recoveryDays: number
}

/** Throws CONFIG_INVALID and INSECURE. */
export function choose({ env, options, insecureHttp }: Settings): Choices {
  const kmsKey = text(options, 'kms-key')
  const emulator = emulatorOf(env.SECRET_MANAGER_EMULATOR_HOST || undefined, insecureHttp)
  return {
    project: projectOf(env.GCP_PROJECT_ID || text(options, 'project') || env.GOOGLE_CLOUD_PROJECT || undefined),
    ...(emulator && { emulator }),
    locations: locationsOf(options),
    ...(kmsKey !== undefined && { kmsKey }),
    labels: labelsOf(options),
    recoveryDays: daysOf(options),
  }
}

type Options = Settings['options']

/** A project's id, `domain.com:id` of old ones, or its number. */
const PROJECT = /^(?:[a-z0-9.-]+:)?[a-z0-9][a-z0-9-]*$/

function projectOf(project: string | undefined): string {
  if (project === undefined)
    throw new Failure('CONFIG_INVALID', {
      doing: 'connecting to Google Secret Manager',
      why: 'no project is set',
      hints: [{ what: 'name the project of the secrets', command: 'export GCP_PROJECT_ID=my-project' }],
    })
  if (PROJECT.test(project)) return project
  throw wrong('project', 'is not the id of a project')
}

/** It is spoken to without TLS: only on this machine, unless told otherwise. */
function emulatorOf(address: string | undefined, insecureHttp: boolean): Choices['emulator'] | undefined {
  if (address === undefined) return undefined
  const url = URL.canParse(`http://${address}`) ? new URL(`http://${address}`) : undefined
  if (url === undefined || url.port === '' || url.host !== address.toLowerCase())
    throw new Failure('CONFIG_INVALID', { why: 'SECRET_MANAGER_EMULATOR_HOST is not host:port' })
  if (insecureHttp || isLoopback(url.hostname)) return { host: url.hostname, port: Number(url.port) }
  throw new Failure('INSECURE', {
    doing: 'connecting',
    target: url.hostname,
    why: 'an emulator is spoken to without TLS',
    hints: [{ what: 'use one on this machine, or allow it with --insecure-http' }],
  })
}

function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '')
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

const wrong = (key: string, why: string): Failure =>
  new Failure('CONFIG_INVALID', { doing: 'reading providers.gcp', why: `${key}: ${why}` })

function text(options: Options, key: string): string | undefined {
  const value = options[key]
  if (value === undefined || typeof value === 'string') return value || undefined
  throw wrong(key, 'has to be a text')
}

function locationsOf(options: Options): readonly string[] {
  const { locations = [], replication } = options
  if (!Array.isArray(locations) || locations.some((one) => typeof one !== 'string'))
    throw wrong('locations', 'has to be a list of texts')
  if (replication !== undefined && replication !== 'automatic' && replication !== 'user-managed')
    throw wrong('replication', 'is neither automatic nor user-managed')
  if (replication === 'user-managed' && locations.length === 0)
    throw wrong('locations', 'has to name one or more for user-managed replication')
  return replication === 'automatic' ? [] : (locations as string[])
}

function labelsOf(options: Options): Readonly<Record<string, string>> {
  const value = options['labels'] ?? {}
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrong('labels', 'has to be a map of texts')
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, String(one)]))
}

function daysOf(options: Options): number {
  const value = options['recovery-days'] ?? 30
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 365) return value
  throw wrong('recovery-days', 'has to be a whole number from 1 to 365')
}
