import { createHash } from 'node:crypto'

/*
 * What Google Secret Manager does with secrets and versions, after its published protocol:
 * github.com/googleapis/googleapis/blob/master/google/cloud/secretmanager/v1/{service,resources}.proto
 */

export interface Timestamp {
  readonly seconds: number
  readonly nanos: number
}
export interface StoredVersion {
  readonly name: string
  readonly createTime: Timestamp
  state: 'ENABLED' | 'DISABLED' | 'DESTROYED'
  destroyTime?: Timestamp
  readonly clientSpecifiedPayloadChecksum: boolean
  data: Buffer | undefined
  changes: number
}
export interface StoredSecret {
  readonly name: string
  readonly createTime: Timestamp
  readonly order: number
  fields: SecretFields
  readonly versions: StoredVersion[]
  changes: number
}
export interface SecretFields {
  readonly replication?: {
    readonly automatic?: { readonly customerManagedEncryption?: Key | null } | null
    readonly userManaged?: {
      readonly replicas?: readonly { location?: string; customerManagedEncryption?: Key | null }[]
    } | null
  } | null
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly versionAliases?: Readonly<Record<string, string>>
  readonly expireTime?: { readonly seconds?: string | number; readonly nanos?: number } | null
  readonly ttl?: { readonly seconds?: string | number } | null
}
export interface Key {
  readonly kmsKeyName?: string
}

/** The status codes of gRPC that the service uses. */
export const codes = {
  INVALID_ARGUMENT: 3,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const

export class StatusError extends Error {
  readonly code: number
  constructor(code: keyof typeof codes, details: string) {
    super(details)
    this.code = codes[code]
  }
}

export function refuse(code: keyof typeof codes, details: string): never {
  throw new StatusError(code, details)
}

export function now(): Timestamp {
  const ms = Date.now()
  return { seconds: Math.floor(ms / 1_000), nanos: (ms % 1_000) * 1_000_000 }
}

/** "Etag of the currently stored Secret": quoted, as the service sends it; a change of the secret's fields moves it. */
const etag = (name: string, changes: number): string =>
  `"${createHash('sha256').update(`${name} ${changes}`).digest('hex').slice(0, 14)}"`

export const etagOf = ({ name, changes }: StoredSecret | StoredVersion): string => etag(name, changes)

export const secretOut = (secret: StoredSecret): object => ({
  ...secret.fields,
  name: secret.name,
  createTime: secret.createTime,
  etag: etagOf(secret),
})

export function versionOut({ data: _data, changes: _changes, ...rest }: StoredVersion): object {
  return { ...rest, etag: etag(rest.name, _changes) }
}

export class GcpStore {
  readonly #secrets = new Map<string, StoredSecret>()
  #order = 0
  /** `latest` still means the version before: "other operations are eventually consistent". */
  latestIsLate = false
  /** "The maximum number of results to be returned": a service may always give fewer. */
  largestPage = 25_000

  /** "If specified the Secret and all SecretVersions will be automatically deleted at expiration." */
  find(name: string): StoredSecret | undefined {
    const secret = this.#secrets.get(name)
    const end = secret?.fields.expireTime?.seconds
    if (end !== undefined && Number(end) * 1_000 <= Date.now()) this.#secrets.delete(name)
    return this.#secrets.get(name)
  }

  need(name: string): StoredSecret {
    return this.find(name) ?? refuse('NOT_FOUND', `Secret [${name}] not found or has no versions.`)
  }

  create(name: string, fields: SecretFields): StoredSecret {
    if (this.find(name) !== undefined) refuse('ALREADY_EXISTS', `Secret [${name}] already exists.`)
    const secret = { name, createTime: now(), order: ++this.#order, fields, versions: [], changes: 1 }
    this.#secrets.set(name, secret)
    return secret
  }

  delete(name: string): void {
    this.#secrets.delete(name)
  }

  /** "sorted in reverse by create_time (newest first)" */
  below(parent: string): StoredSecret[] {
    const names = [...this.#secrets.keys()].filter((name) => name.startsWith(`${parent}/secrets/`))
    const all = names.flatMap((name) => this.find(name) ?? [])
    return all.sort((a, b) => b.order - a.order)
  }

  add(secret: StoredSecret, data: Buffer, clientSpecifiedPayloadChecksum: boolean): StoredVersion {
    const name = `${secret.name}/versions/${secret.versions.length + 1}`
    const made = {
      name,
      createTime: now(),
      state: 'ENABLED',
      clientSpecifiedPayloadChecksum,
      data,
      changes: 1,
    } as const
    secret.versions.push({ ...made })
    return { ...made }
  }

  /** "`latest` is an alias to the most recently created SecretVersion", whatever its state. */
  version(path: string): StoredVersion {
    const [, secretName, which] = /^(projects\/[^/]+\/secrets\/[^/]+)\/versions\/([^/]+)$/.exec(path) ?? []
    if (secretName === undefined || which === undefined)
      refuse('INVALID_ARGUMENT', 'The provided Secret Version ID is not a valid resource name.')
    const secret = this.need(secretName)
    const late = this.latestIsLate && secret.versions.length > 1 ? 1 : 0
    const number =
      which === 'latest' ? secret.versions.length - late : Number(secret.fields.versionAliases?.[which] ?? which)
    return secret.versions[number - 1] ?? refuse('NOT_FOUND', `Secret Version [${path}] not found.`)
  }
}
