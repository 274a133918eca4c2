import { randomBytes } from 'node:crypto'

/*
 * What Azure Key Vault does with secrets, after its REST reference:
 * learn.microsoft.com/rest/api/keyvault/secrets and learn.microsoft.com/azure/key-vault/general/soft-delete-overview
 */

export interface Attributes {
  enabled?: boolean
  nbf?: number
  exp?: number
}
export interface StoredVersion {
  readonly id: string
  readonly value: string
  contentType: string | undefined
  tags: Readonly<Record<string, string>>
  attributes: Attributes
  readonly created: number
  updated: number
}
export interface StoredSecret {
  /** As it was written first: names know no case. */
  readonly name: string
  readonly versions: StoredVersion[]
  deletedAt?: number
  /** Looks at it that still say "not yet": deleting and recovering go on after the answer. */
  pending?: { readonly what: 'deleting' | 'recovering'; looks: number }
}

/** The body of an error: a code, and an inner one where the service sends it. */
export class Refusal extends Error {
  readonly status: number
  readonly code: string
  readonly inner: string | undefined
  constructor(status: number, code: string, message: string, inner?: string) {
    super(message)
    this.status = status
    this.code = code
    this.inner = inner
  }
}

export const seconds = (): number => Math.floor(Date.now() / 1_000)
const RETENTION = 90 * 86_400

const missing = (name: string): Refusal =>
  new Refusal(
    404,
    'SecretNotFound',
    `A secret with (name/id) ${name} was not found in this key vault. If you recently deleted this secret you may be able to recover it using the correct recovery command.`,
  )

export class AzureStore {
  readonly #secrets = new Map<string, StoredSecret>()
  base = ''
  /** How many looks a deletion or a recovery takes. */
  slowness = 0

  /** In the order of their names; those that are deleted, or the others. */
  all(isDeleted: boolean): StoredSecret[] {
    const chosen = [...this.#secrets.values()].filter((one) => (one.deletedAt !== undefined) === isDeleted)
    return chosen.sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  live(name: string): StoredSecret {
    const found = this.#secrets.get(name.toLowerCase())
    if (found === undefined || found.deletedAt !== undefined || isPending(found, 'recovering')) throw missing(name)
    return found
  }

  deleted(name: string): StoredSecret {
    const found = this.#secrets.get(name.toLowerCase())
    if (found?.deletedAt === undefined || isPending(found, 'deleting'))
      throw new Refusal(404, 'SecretNotFound', `Deleted Secret not found: ${name}`)
    return found
  }

  /** "If the named secret already exists, Azure Key Vault creates a new version of that secret." */
  set(name: string, made: Omit<StoredVersion, 'id' | 'created' | 'updated'>): StoredVersion {
    const found = this.#secrets.get(name.toLowerCase())
    if (found?.pending !== undefined && found.pending.looks > 0)
      throw new Refusal(
        409,
        'Conflict',
        `Secret ${name} is currently being ${found.pending.what === 'deleting' ? 'deleted' : 'recovered'} and cannot be re-created; retry later.`,
        found.pending.what === 'deleting' ? 'ObjectIsBeingDeleted' : 'ObjectIsBeingRecovered',
      )
    if (found?.deletedAt !== undefined)
      throw new Refusal(
        409,
        'Conflict',
        `Secret ${name} is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the secret can only be recovered or purged.`,
        'ObjectIsDeletedButRecoverable',
      )
    const version = { ...made, id: randomBytes(16).toString('hex'), created: seconds(), updated: seconds() }
    if (found === undefined) this.#secrets.set(name.toLowerCase(), { name, versions: [version] })
    else found.versions.push(version)
    return version
  }

  delete(name: string): StoredSecret {
    const found = this.live(name)
    found.deletedAt = seconds()
    found.pending = { what: 'deleting', looks: this.slowness }
    return found
  }

  recover(name: string): StoredSecret {
    const found = this.deleted(name)
    delete found.deletedAt
    found.pending = { what: 'recovering', looks: this.slowness }
    return found
  }

  purge(name: string): void {
    this.deleted(name)
    this.#secrets.delete(name.toLowerCase())
  }

  version({ name, versions }: StoredSecret, id: string | undefined): StoredVersion {
    const found = id === undefined ? versions.at(-1) : versions.find((one) => one.id === id.toLowerCase())
    if (found === undefined) throw missing(`${name}/${id}`)
    return found
  }

  /** `withVersion`: the items of a list name the secret only. */
  out({ name }: StoredSecret, one: StoredVersion, withVersion: boolean): Record<string, unknown> {
    const { enabled = true, ...times } = one.attributes
    return {
      id: `${this.base}/secrets/${name}${withVersion ? `/${one.id}` : ''}`,
      ...(one.contentType !== undefined && { contentType: one.contentType }),
      attributes: {
        enabled,
        ...times,
        created: one.created,
        updated: one.updated,
        recoveryLevel: 'Recoverable+Purgeable',
        recoverableDays: 90,
      },
      tags: one.tags,
    }
  }

  deletedOut(secret: StoredSecret): Record<string, unknown> {
    const { deletedAt = 0, name } = secret
    return {
      recoveryId: `${this.base}/deletedsecrets/${name}`,
      deletedDate: deletedAt,
      scheduledPurgeDate: deletedAt + RETENTION,
    }
  }
}

function isPending(secret: StoredSecret, what: 'deleting' | 'recovering'): boolean {
  if (secret.pending?.what !== what || secret.pending.looks === 0) return false
  secret.pending.looks--
  return true
}
