import { Failure } from '../core/failure.js'
import type { Clock, Random } from '../core/ports.js'
import type { SecretValue } from '../core/secret.js'
import type { run } from '../system/spawn.js'
import type { Credential } from './credential.js'
import type { HostPort } from './url.js'

/** One entry of `targets` in the config file. */
export interface TargetSettings {
  readonly type: 'postgres' | 'mysql' | 'kubernetes' | 'command' | 'webhook'
  readonly admin?: string
  readonly host?: string
  readonly port?: number
  readonly database?: string
  readonly role?: string
  readonly users?: 'single' | 'alternating'
  readonly namespace?: string
  readonly context?: string
  readonly url?: string
  readonly command: readonly string[]
  readonly timeoutMs?: number
}

export interface TargetPorts {
  readonly clock: Clock
  readonly random: Random
  /** Resolves the references in a setting: `admin` above all. */
  readonly resolve: (text: string) => Promise<SecretValue>
  /** `undefined` when there is no such file. */
  readonly readFile: (path: string) => Promise<Uint8Array | undefined>
  readonly run: typeof run
  /** The environment that a hook's program gets, whole. */
  readonly env: Readonly<Record<string, string>>
  /** Deadline of one connection or statement where the settings name none. */
  readonly timeoutMs: number
}

/** Where to log in: what the settings say wins over the value, and that over the admin's URL. */
export interface Endpoint {
  readonly hosts: readonly HostPort[]
  readonly database: string | undefined
  readonly parameters: ReadonlyMap<string, string>
}

export function endpointOf(settings: TargetSettings, value: Credential, admin: Credential | undefined): Endpoint {
  const { host, port } = settings
  const told = host === undefined ? [] : [{ host, ...(port === undefined ? {} : { port }) }]
  const hosts = [told, value.hosts, admin?.hosts ?? []].find((list) => list.length > 0)
  if (hosts === undefined)
    throw new Failure('CONFIG_INVALID', {
      why: 'nothing says where the database is',
      hints: [{ what: 'set host in the target, or the URL of an admin' }],
    })
  const parameters = value.parameters.size > 0 ? value.parameters : (admin?.parameters ?? new Map())
  return { hosts, database: settings.database ?? value.database ?? admin?.database, parameters }
}

/** Whose password it is; a value that names somebody else is not for this target. */
export function userOf(settings: TargetSettings, value: Credential, users: readonly string[]): string {
  const user = value.user ?? settings.role
  if (user === undefined)
    throw new Failure('CONFIG_INVALID', { why: 'nothing says whose password it is: set role in the target' })
  if (settings.role === undefined || users.includes(user)) return user
  throw new Failure('CONFIG_INVALID', {
    why: `the value is for user ${JSON.stringify(user)}, the target for ${users.map((each) => JSON.stringify(each)).join(' and ')}`,
  })
}
