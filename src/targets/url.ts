import { Failure } from '../core/failure.js'
import { SecretValue } from '../core/secret.js'

export type Family = 'postgres' | 'mysql' | 'redis' | 'amqp' | 'mongodb'

export interface HostPort {
  /** A name, an address, or the folder or file of a socket. */
  readonly host: string
  readonly port?: number
}

/** A connection URL taken apart, everything decoded. */
export interface ConnectionUrl {
  readonly family: Family
  readonly user?: string
  readonly password?: SecretValue
  readonly hosts: readonly HostPort[]
  readonly database?: string
  /** Of the query, without user and password. */
  readonly parameters: ReadonlyMap<string, string>
}

const SCHEME = /^(?:jdbc:)?(postgres(?:ql)?|mysql|mariadb|rediss?|amqps?|mongodb)(?:\+[a-z0-9_]+)?:\/\//i
const FAMILIES: Readonly<Record<string, Family>> = {
  postgres: 'postgres',
  postgresql: 'postgres',
  mysql: 'mysql',
  mariadb: 'mysql',
  redis: 'redis',
  rediss: 'redis',
  amqp: 'amqp',
  amqps: 'amqp',
  mongodb: 'mongodb',
}

/** Whether it begins as a connection URL does; it may still be a broken one. */
export const looksLikeUrl = (value: SecretValue): boolean => value.isText && SCHEME.test(value.reveal())

/**
 * Reads the URL as all drivers do. Where they differ (a bare `@` in the password, a `%` that begins no code, a password
 * in two places) it throws VALUE_UNFIT rather than guess.
 */
export function parseConnectionUrl(value: SecretValue): ConnectionUrl {
  const parts = partsOf(value)
  const { user, password } = credentialsOf(parts)
  const database = decoded(parts.path.slice(1))
  const parameters = parametersOf(parts.query)
  for (const name of ['user', 'username', 'password']) parameters.delete(name)
  return {
    family: parts.family,
    ...(user && { user }),
    ...(password && { password: SecretValue.fromText(password) }),
    hosts: hostsOf(parts.hosts, parameters),
    ...(database && { database }),
    parameters,
  }
}

/** The URL with another password, and another user where one is given; every other character as it was. */
export function withCredentials(
  value: SecretValue,
  next: { readonly user?: string; readonly password: SecretValue },
): SecretValue {
  const parts = partsOf(value)
  const now = credentialsOf(parts)
  const password = encoded(next.password.reveal())
  const user = next.user === undefined ? undefined : encoded(next.user)
  if (now.inQuery) {
    const query = replaced(replaced(parts.query, 'password', password), 'user', user)
    return SecretValue.fromText(assembled({ ...parts, query }))
  }
  const [before = ''] = (parts.userInfo ?? '').split(':', 1)
  return SecretValue.fromText(assembled({ ...parts, userInfo: `${user ?? before}:${password}` }))
}

interface Parts {
  readonly family: Family
  readonly scheme: string
  readonly userInfo: string | undefined
  readonly hosts: string
  readonly path: string
  readonly query: string
  readonly fragment: string
}

const WHOLE = /^(?:([^/?#]*)@)?([^/?#@]*)(\/[^?#]*)?(\?[^#]*)?(#.*)?$/s

function partsOf(value: SecretValue): Parts {
  const text = value.isText ? value.reveal() : ''
  const [scheme = '', name = ''] = SCHEME.exec(text) ?? []
  const family = FAMILIES[name.toLowerCase()]
  if (family === undefined) throw unfit('it is no connection URL')
  const found = WHOLE.exec(text.slice(scheme.length))
  if (found === null || /[\s\p{Cc}]/u.test(text)) throw unfit('the URL cannot be read')
  const [, userInfo, hosts = '', path = '', query = '', fragment = ''] = found
  if (userInfo?.includes('@')) throw unfit('an @ in the password has to be written as %40: drivers differ')
  return { family, scheme, userInfo, hosts, path, query, fragment }
}

const assembled = ({ scheme, userInfo, hosts, path, query, fragment }: Parts): string =>
  `${scheme}${userInfo === undefined ? '' : `${userInfo}@`}${hosts}${path}${query}${fragment}`

function credentialsOf(parts: Parts): { user?: string; password?: string; inQuery: boolean } {
  const colon = parts.userInfo?.indexOf(':') ?? -1
  const inFront = colon < 0 ? undefined : parts.userInfo?.slice(colon + 1)
  const inQuery = rawParameter(parts.query, 'password')
  if (inFront && inQuery) throw unfit('the URL has two passwords')
  if (inQuery?.includes('+')) throw unfit('a + in the query has to be written as %2B: drivers differ')
  const front = colon < 0 ? parts.userInfo : parts.userInfo?.slice(0, colon)
  const user = decoded(front || (rawParameter(parts.query, 'user') ?? rawParameter(parts.query, 'username') ?? ''))
  const password = decoded(inQuery ?? inFront ?? '')
  return { ...(user && { user }), ...(password && { password }), inQuery: inQuery !== undefined }
}

const rawParameter = (query: string, name: string): string | undefined =>
  new RegExp(`[?&]${name}=([^&]*)`).exec(query)?.[1]

const replaced = (query: string, name: string, raw: string | undefined): string =>
  raw === undefined ? query : query.replace(new RegExp(`([?&]${name}=)[^&]*`), (_, before: string) => before + raw)

function parametersOf(query: string): Map<string, string> {
  const pairs = query.slice(1).split('&').filter(Boolean)
  return new Map(pairs.map((pair) => pair.split(/=(.*)/s, 2) as [string, string?]).map(toParameter))
}

const toParameter = ([name, raw = '']: [string, string?]): [string, string] => [decoded(name), decoded(raw)]

/** Hosts of the query win over those in front, as libpq has it. */
function hostsOf(text: string, parameters: ReadonlyMap<string, string>): HostPort[] {
  const listed = parameters.get('host') ?? parameters.get('socketPath') ?? parameters.get('socket')
  const ports = parameters.get('port')?.split(',') ?? []
  const names = listed === undefined ? text.split(',').filter(Boolean).map(hostOf) : listed.split(',').map(bare)
  return names.map(({ host, port }, index) => {
    const chosen = port ?? portOf(ports[index] ?? ports[0])
    return chosen === undefined ? { host } : { host, port: chosen }
  })
}

const bare = (host: string): HostPort => ({ host })

function hostOf(text: string): HostPort {
  const found = /^(?:\[([^\]]+)\]|([^:[\]]*))(?::(\d{0,5}))?$/.exec(text)
  if (found === null) throw unfit('its host cannot be read')
  const port = portOf(found[3])
  const host = found[1] ?? decoded(found[2] ?? '')
  return port === undefined ? { host } : { host, port }
}

const portOf = (text: string | undefined): number | undefined => (text ? Number(text) : undefined)

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    if (error instanceof URIError) throw unfit('a % in a URL has to be written as %25')
    throw error
  }
}

/** Everything but letters, digits and `-._~`, so that no driver reads anything else. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}

const unfit = (why: string): Failure => new Failure('VALUE_UNFIT', { doing: 'reading a connection URL', why })
