import type { Client } from 'pg'
import { Failure } from '../core/failure.js'
import type { SecretValue } from '../core/secret.js'
import { hasNoTls, postgresFailure } from './postgres-errors.js'
import type { Endpoint } from './settings.js'
import { isNear, type Tls } from './tls.js'
import type { HostPort } from './url.js'

type Row = Readonly<Record<string, unknown>>

/** One login. */
export interface Session {
  query(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>
  close(): Promise<void>
}

export interface Login {
  readonly user: string
  readonly password: SecretValue
  readonly at: HostPort
  readonly database: string | undefined
  readonly tls: Tls
  readonly timeoutMs: number
}

export const placeOf = ({ host, port = 5432 }: HostPort): string => (host.startsWith('/') ? host : `${host}:${port}`)

/** Logs in once. Throws the driver's own error: who asks decides what it means. */
export async function logIn(login: Login): Promise<Session> {
  if (login.tls.mode === 'disable' || login.at.host.startsWith('/')) return open(login, false)
  try {
    return await open(login, true)
  } catch (error) {
    if (login.tls.mode === 'prefer' && hasNoTls(error)) return open(login, false)
    throw error
  }
}

async function open(login: Login, encrypted: boolean): Promise<Session> {
  const { Client } = (await import('pg')).default
  const { user, at, database, timeoutMs } = login
  const guard = { clear: false }
  const client = new Client({
    user,
    host: at.host,
    port: at.port ?? 5432,
    database: database ?? user,
    password: () => passwordFor(login, guard.clear && !encrypted),
    ssl: encrypted ? login.tls.options : false,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
    application_name: 'vibesecrets',
  })
  // the driver would send the password in clear text to whoever asks
  client.connection.on('authenticationCleartextPassword', () => {
    guard.clear = true
  })
  const session = sessionOf(client, timeoutMs)
  await client.connect()
  return session
}

function passwordFor({ password, at }: Login, inClear: boolean): string {
  if (!inClear || isNear(at)) return password.reveal()
  throw new Failure('INSECURE', { why: 'the server asks for the password in clear text over an open connection' })
}

function sessionOf(client: Client, timeoutMs: number): Session {
  // a lost connection shows in the next query: without a listener it would end the program
  let lost: Error | undefined
  client.on('error', (error) => {
    lost = error
  })
  return {
    async query(sql, values = []) {
      if (lost !== undefined) throw lost
      const { rows } = values.length > 0 ? await client.query(sql, [...values]) : await client.query(sql)
      return rows as Row[]
    },
    async close() {
      if (lost !== undefined) return
      const timer = setTimeout(() => client.connection.stream.destroy(), timeoutMs)
      await client.end()
      clearTimeout(timer)
    },
  }
}

/** Whether this server takes writes: what a replica says about passwords may be old. */
export async function isPrimary(session: Session): Promise<boolean> {
  const [row] = await session.query('SELECT pg_is_in_recovery() AS replica')
  return row?.['replica'] === false
}

/** Logs in at the first host that takes writes. */
export async function openPrimary(
  endpoint: Endpoint,
  login: Omit<Login, 'at' | 'database'>,
  doing: string,
): Promise<{ session: Session; at: HostPort }> {
  let why = new Failure('UNSUPPORTED', { doing, why: 'no host takes writes: all are replicas' })
  for (const at of endpoint.hosts) {
    try {
      const session = await logIn({ ...login, at, database: endpoint.database })
      if (await isPrimary(session)) return { session, at }
      await session.close()
    } catch (error) {
      why = postgresFailure(error, { doing, target: placeOf(at) })
      if (why.code === 'UNAUTHENTICATED') throw why
    }
  }
  throw why
}
