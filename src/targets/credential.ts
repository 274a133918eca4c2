import { Failure } from '../core/failure.js'
import { SecretValue } from '../core/secret.js'
import { fieldsOf, withFields } from './json.js'
import { type Family, type HostPort, looksLikeUrl, parseConnectionUrl, withCredentials } from './url.js'

/** What a value says: a password alone, or who logs in where with it. */
export interface Credential {
  readonly shape: 'password' | 'url' | 'json'
  readonly user?: string
  readonly password?: SecretValue
  readonly hosts: readonly HostPort[]
  readonly database?: string
  readonly parameters: ReadonlyMap<string, string>
}

/** Reads a value of the three shapes. VALUE_UNFIT for a URL of another kind of server. */
export function credentialOf(value: SecretValue, family: Family): Credential {
  if (looksLikeUrl(value)) return urlCredential(value, family)
  const fields = value.isText ? fieldsOf(value.reveal()) : undefined
  if (fields !== undefined) return jsonCredential(fields)
  const password = value.byteLength > 0 ? { password: value } : {}
  return { shape: 'password', ...password, hosts: [], parameters: new Map() }
}

/** The value with other credentials in the shape that it has. */
export function withCredential(
  value: SecretValue,
  family: Family,
  next: { readonly user?: string; readonly password: SecretValue },
): SecretValue {
  const { shape } = credentialOf(value, family)
  if (shape === 'url') return withCredentials(value, next)
  if (shape === 'json') return jsonWith(value, next)
  if (next.user === undefined) return next.password
  throw new Failure('VALUE_UNFIT', {
    why: 'users that take turns need a value that says which one: a connection URL or JSON with username and password',
  })
}

function urlCredential(value: SecretValue, family: Family): Credential {
  const { family: found, ...rest } = parseConnectionUrl(value)
  if (found !== family) throw new Failure('VALUE_UNFIT', { why: `it is the URL of another server than ${family}` })
  return { shape: 'url', ...rest }
}

/** The fields that AWS keeps for databases, and their usual other names. */
function jsonCredential(fields: ReadonlyMap<string, unknown>): Credential {
  const pick = (...names: string[]): string => String(names.map((name) => fields.get(name)).find(Boolean) ?? '')
  const password = fields.get('password')
  if (typeof password !== 'string' || password === '')
    throw new Failure('VALUE_UNFIT', { why: 'the JSON document has no password' })
  const [user, host, database] = [pick('username', 'user'), pick('host'), pick('dbname', 'database')]
  const port = pick('port')
  return {
    shape: 'json',
    ...(user && { user }),
    password: SecretValue.fromText(password),
    hosts: host ? [{ host, ...(port && { port: Number(port) }) }] : [],
    ...(database && { database }),
    parameters: new Map(pick('sslmode') ? [['sslmode', pick('sslmode')]] : []),
  }
}

function jsonWith(value: SecretValue, next: { readonly user?: string; readonly password: SecretValue }): SecretValue {
  const userField = fieldsOf(value.reveal())?.has('username') ? 'username' : 'user'
  const user = next.user === undefined ? {} : { [userField]: next.user }
  return SecretValue.fromText(withFields(value.reveal(), { ...user, password: next.password.reveal() }))
}
