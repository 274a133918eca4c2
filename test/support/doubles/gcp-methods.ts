import { createHash } from 'node:crypto'
import { crc32c } from './crc32c.js'
import {
  checkFields,
  checkParent,
  checkPayload,
  checkReplication,
  checkSecretId,
  filterOf,
  updated,
} from './gcp-rules.js'
import {
  etagOf,
  type GcpStore,
  now,
  refuse,
  type SecretFields,
  type StoredSecret,
  type StoredVersion,
  secretOut,
  versionOut,
} from './gcp-store.js'

/** What a request of any method may hold. */
export interface Sent {
  readonly parent?: string
  readonly name?: string
  readonly secretId?: string
  readonly secret?: SecretFields & { readonly name?: string; readonly etag?: string }
  readonly etag?: string
  readonly updateMask?: { readonly paths?: readonly string[] }
  readonly payload?: { readonly data?: Buffer; readonly dataCrc32c?: string; readonly _dataCrc32c?: string }
  readonly pageSize?: number
  readonly pageToken?: string
  readonly filter?: string
}

export interface Method {
  /** docs.cloud.google.com/secret-manager/docs/access-control */
  readonly permission: string
  readonly mutates: boolean
  run(store: GcpStore, sent: Sent): object
}

const reads = (permission: string, run: Method['run']): Method => ({ permission, mutates: false, run })
const writes = (permission: string, run: Method['run']): Method => ({ permission, mutates: true, run })

export const gcpMethods: Readonly<Record<string, Method>> = {
  CreateSecret: writes('secrets.create', (store, { parent = '', secretId = '', secret = {} }) => {
    checkParent(parent)
    checkSecretId(secretId)
    checkReplication(secret)
    checkFields(secret, Date.now())
    return secretOut(store.create(`${parent}/secrets/${secretId}`, kept(secret)))
  }),

  GetSecret: reads('secrets.get', (store, { name = '' }) => secretOut(store.need(name))),

  UpdateSecret: writes('secrets.update', (store, { secret = {}, updateMask }) => {
    const stored = store.need(secret.name ?? '')
    checkEtag(stored, secret.etag)
    const fields = updated(stored.fields, secret, updateMask?.paths ?? [])
    checkFields(fields, Date.now())
    stored.fields = fields
    stored.changes++
    return secretOut(stored)
  }),

  DeleteSecret: writes('secrets.delete', (store, { name = '', etag }) => {
    checkEtag(store.need(name), etag)
    store.delete(name)
    return {}
  }),

  ListSecrets: reads('secrets.list', (store, sent) => {
    checkParent(sent.parent ?? '')
    const wanted = filterOf(sent.filter ?? '')
    const all = store
      .below(sent.parent ?? '')
      .filter(({ name, fields }) => wanted(name.slice(name.lastIndexOf('/') + 1), fields))
    const { items, nextPageToken } = pageOf(all, sent, store.largestPage)
    // "The total number of Secrets but 0 when the filter field is set."
    return { secrets: items.map(secretOut), nextPageToken, totalSize: sent.filter ? 0 : all.length }
  }),

  AddSecretVersion: writes('versions.add', (store, { parent = '', payload }) => {
    const secret = store.need(parent)
    const data = Buffer.from(payload?.data ?? Buffer.alloc(0))
    const checksum = payload?._dataCrc32c === undefined ? undefined : payload.dataCrc32c
    checkPayload(data, checksum)
    return versionOut(store.add(secret, data, checksum !== undefined))
  }),

  GetSecretVersion: reads('versions.get', (store, { name = '' }) => versionOut(store.version(name))),

  ListSecretVersions: reads('versions.list', (store, sent) => {
    const all = [...store.need(sent.parent ?? '').versions].reverse()
    const { items, nextPageToken } = pageOf(all, sent, store.largestPage)
    return { versions: items.map(versionOut), nextPageToken, totalSize: all.length }
  }),

  AccessSecretVersion: reads('versions.access', (store, { name = '' }) => {
    const found = store.version(name)
    // "DISABLED: may not be accessed"; "DESTROYED: the secret data is no longer stored"
    if (found.state !== 'ENABLED' || found.data === undefined)
      refuse('FAILED_PRECONDITION', `Secret Version [${found.name}] is in ${found.state} state.`)
    return { name: found.name, payload: { data: found.data, dataCrc32c: crc32c(found.data) } }
  }),

  DisableSecretVersion: writes('versions.disable', (store, sent) => moved(store, sent, 'DISABLED')),
  EnableSecretVersion: writes('versions.enable', (store, sent) => moved(store, sent, 'ENABLED')),
  DestroySecretVersion: writes('versions.destroy', (store, sent) => moved(store, sent, 'DESTROYED')),
}

/** Only what a client may set. */
function kept({ replication, labels, annotations, versionAliases, expireTime, ttl }: SecretFields): SecretFields {
  const end = ttl?.seconds ? { seconds: Math.floor(Date.now() / 1_000) + Number(ttl.seconds) } : expireTime
  return {
    replication: replication ?? null,
    labels: labels ?? {},
    annotations: annotations ?? {},
    versionAliases: versionAliases ?? {},
    ...(end ? { expireTime: end } : {}),
  }
}

/** "The request succeeds if it matches the etag of the currently stored object. If the etag is omitted, [it] succeeds." */
function checkEtag(stored: StoredSecret | StoredVersion, etag: string | undefined): void {
  if (etag && etag !== etagOf(stored))
    refuse('FAILED_PRECONDITION', `The etag provided in the request does not match the etag of ${stored.name}.`)
}

/** "A version may not leave this state [DESTROYED] once entered." */
function moved(store: GcpStore, { name = '', etag }: Sent, state: StoredVersion['state']): object {
  const found = store.version(name)
  checkEtag(found, etag)
  if (found.state === 'DESTROYED' && state !== 'DESTROYED')
    refuse('FAILED_PRECONDITION', `Secret Version [${found.name}] is in DESTROYED state.`)
  if (state === 'DESTROYED') {
    found.data = undefined
    found.destroyTime = now()
  }
  found.state = state
  found.changes++
  return versionOut(found)
}

/** "If the number is greater than 25000, it is capped at 25000." A token belongs to its list and filter. */
function pageOf<T>(
  all: readonly T[],
  sent: Sent,
  largest: number,
): { readonly items: readonly T[]; readonly nextPageToken: string } {
  if ((sent.pageSize ?? 0) < 0) refuse('INVALID_ARGUMENT', 'page_size must not be negative.')
  const size = Math.min(sent.pageSize || largest, largest)
  const list = createHash('sha256').update(`${sent.parent} ${sent.filter}`).digest('hex').slice(0, 8)
  const [, start] = new RegExp(`^${list}-(\\d+)$`).exec(Buffer.from(sent.pageToken ?? '', 'base64url').toString()) ?? []
  if (sent.pageToken && start === undefined) refuse('INVALID_ARGUMENT', 'The page token is invalid.')
  const end = Number(start ?? 0) + size
  const nextPageToken = end < all.length ? Buffer.from(`${list}-${end}`).toString('base64url') : ''
  return { items: all.slice(Number(start ?? 0), end), nextPageToken }
}
