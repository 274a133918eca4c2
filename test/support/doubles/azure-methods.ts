import { type Attributes, type AzureStore, Refusal, type StoredVersion, seconds } from './azure-store.js'

export interface Sent {
  readonly method: string
  readonly path: readonly string[]
  readonly query: URLSearchParams
  readonly body: string
  readonly url: URL
}
export interface Reply {
  readonly status: number
  readonly body?: object
}
export interface Call {
  readonly name: string
  /** The data action of Azure RBAC, without its beginning. */
  readonly action: string
  readonly mutates: boolean
  run(store: AzureStore): Reply
}

/** learn.microsoft.com/rest/api/keyvault/secrets: one row for each operation that a path and a verb can mean. */
export function callOf(sent: Sent): Call {
  const [kind, name, third] = sent.path
  const key = `${sent.method} ${kind}${name === undefined ? '' : '/x'}${partOf(third)}`
  switch (key) {
    case 'GET secrets':
      return read('ListSecrets', 'readMetadata/action', (store) => listing(store, sent, false))
    case 'GET deletedsecrets':
      return read('ListDeletedSecrets', 'readMetadata/action', (store) => listing(store, sent, true))
    case 'GET secrets/x/versions':
      return read('ListVersions', 'readMetadata/action', (store) => versionListing(store, sent, named(name)))
    case 'GET secrets/x':
    case 'GET secrets/x/v':
      return read('GetSecret', 'getSecret/action', (store) => get(store, named(name), third))
    case 'GET deletedsecrets/x':
      return read('GetDeletedSecret', 'readMetadata/action', (store) => getDeleted(store, named(name)))
    case 'PUT secrets/x':
      return write('SetSecret', 'setSecret/action', (store) => set(store, named(name), parsed(sent.body)))
    case 'PATCH secrets/x/v':
    case 'PATCH secrets/x':
      return write('UpdateSecret', 'update/action', (store) => update(store, named(name), third, parsed(sent.body)))
    case 'DELETE secrets/x':
      return write('DeleteSecret', 'delete', (store) => remove(store, named(name)))
    case 'DELETE deletedsecrets/x':
      return write('PurgeDeletedSecret', 'purge/action', (store) => {
        store.purge(named(name))
        return { status: 204 }
      })
    case 'POST deletedsecrets/x/recover':
      return write('RecoverDeletedSecret', 'recover/action', (store) => recover(store, named(name)))
    default:
      throw new Refusal(404, 'NotFound', 'The request URI does not name an operation.')
  }
}

const partOf = (third: string | undefined): string =>
  third === undefined ? '' : third === 'versions' || third === 'recover' ? `/${third}` : '/v'
const read = (name: string, action: string, run: Call['run']): Call => ({ name, action, mutates: false, run })
const write = (name: string, action: string, run: Call['run']): Call => ({ name, action, mutates: true, run })

/** "The name … must be a 1-127 character string, starting with a letter and containing only 0-9, a-z, A-Z, and -." */
function named(name: string | undefined): string {
  if (name !== undefined && /^[0-9a-zA-Z-]{1,127}$/.test(name)) return name
  throw new Refusal(400, 'BadParameter', `The request URI contains an invalid name: ${name}`)
}

interface Body {
  readonly value?: unknown
  readonly contentType?: unknown
  readonly tags?: unknown
  readonly attributes?: Attributes
}

function parsed(body: string): Body {
  try {
    const json: unknown = JSON.parse(body)
    if (typeof json === 'object' && json !== null) return json
  } catch {
    // said below
  }
  throw new Refusal(400, 'BadParameter', 'Request body is not valid JSON.')
}

/** about-secrets: 25 KB as the CLI counts it, contentType of 255 characters, 15 tags. An empty value is taken. */
function set(store: AzureStore, name: string, body: Body): Reply {
  const { value } = body
  if (typeof value !== 'string') throw new Refusal(400, 'BadParameter', 'Property  has invalid value.')
  if (Buffer.byteLength(value) > 25_600)
    throw new Refusal(400, 'BadParameter', 'Secret is beyond the maximum permitted length of 25600 characters.')
  const { contentType, tags, attributes } = checked(body)
  const made = store.set(name, { value, contentType, tags: tags ?? {}, attributes: attributes ?? {} })
  return { status: 200, body: { value, ...store.out(store.live(name), made, true) } }
}

/** "Attributes that are not specified in the request are left unchanged. The value of a secret itself cannot be changed." */
function update(store: AzureStore, name: string, id: string | undefined, body: Body): Reply {
  if (body.value !== undefined) throw new Refusal(400, 'BadParameter', 'Property  has invalid value.')
  const secret = store.live(name)
  const found = store.version(secret, id)
  const { contentType, tags, attributes } = checked(body)
  if (contentType !== undefined) found.contentType = contentType
  if (tags !== undefined) found.tags = tags
  found.attributes = { ...found.attributes, ...attributes }
  found.updated = seconds()
  return { status: 200, body: store.out(secret, found, true) }
}

function checked({ contentType, tags, attributes }: Body): {
  contentType: string | undefined
  tags: Record<string, string> | undefined
  attributes: Attributes | undefined
} {
  if (contentType !== undefined && (typeof contentType !== 'string' || contentType.length > 255))
    throw new Refusal(400, 'BadParameter', 'The content type is longer than 255 characters.')
  if (tags === undefined) return { contentType, tags, attributes }
  const all = Object.entries(tags as Record<string, unknown>)
  if (all.length > 15) throw new Refusal(400, 'BadParameter', 'A secret may have 15 tags.')
  for (const [key, text] of all)
    if (typeof text !== 'string' || key.length > 256 || text.length > 256 || text === '' || key === '')
      throw new Refusal(400, 'BadParameter', `The tag ${key} is invalid.`)
  return { contentType, tags: Object.fromEntries(all) as Record<string, string>, attributes }
}

function get(store: AzureStore, name: string, id: string | undefined): Reply {
  const secret = store.live(name)
  const found = store.version(secret, id)
  if (found.attributes.enabled === false)
    throw new Refusal(403, 'Forbidden', 'Operation get is not allowed on a disabled secret.', 'SecretDisabled')
  if ((found.attributes.nbf ?? 0) > seconds())
    throw new Refusal(403, 'Forbidden', 'Operation get is not allowed before its not-before.', 'SecretNotYetValid')
  return { status: 200, body: { value: found.value, ...store.out(secret, found, true) } }
}

function getDeleted(store: AzureStore, name: string): Reply {
  const secret = store.deleted(name)
  return { status: 200, body: { ...store.out(secret, current(store, secret), true), ...store.deletedOut(secret) } }
}

const current = (store: AzureStore, secret: ReturnType<AzureStore['live']>): StoredVersion =>
  store.version(secret, undefined)

function remove(store: AzureStore, name: string): Reply {
  const secret = store.delete(name)
  return { status: 200, body: { ...store.out(secret, current(store, secret), true), ...store.deletedOut(secret) } }
}

function recover(store: AzureStore, name: string): Reply {
  const secret = store.recover(name)
  return { status: 200, body: store.out(secret, current(store, secret), true) }
}

/** "Maximum number of results to return in a page. If not specified the service will return up to 25 results." */
function listing(store: AzureStore, sent: Sent, isDeleted: boolean): Reply {
  const all = store.all(isDeleted).map((secret) => ({
    ...store.out(secret, current(store, secret), false),
    ...(isDeleted && store.deletedOut(secret)),
  }))
  return { status: 200, body: pageOf(all, sent) }
}

/** No order is promised: here the oldest comes first. */
function versionListing(store: AzureStore, sent: Sent, name: string): Reply {
  const secret = store.live(name)
  return {
    status: 200,
    body: pageOf(
      secret.versions.map((one) => store.out(secret, one, true)),
      sent,
    ),
  }
}

function pageOf(all: readonly object[], { query, url }: Sent): object {
  const size = Number(query.get('maxresults') ?? 25)
  if (!Number.isInteger(size) || size < 1 || size > 25)
    throw new Refusal(400, 'BadParameter', 'maxresults must be between 1 and 25.')
  const [, start] = /^eyJ(\d+)$/.exec(query.get('$skiptoken') ?? '') ?? []
  if (query.has('$skiptoken') && start === undefined)
    throw new Refusal(400, 'BadParameter', 'The skip token is invalid.')
  const end = Number(start ?? 0) + size
  const next = new URL(url)
  next.searchParams.set('$skiptoken', `eyJ${end}`)
  return { value: all.slice(Number(start ?? 0), end), nextLink: end < all.length ? next.href : null }
}
