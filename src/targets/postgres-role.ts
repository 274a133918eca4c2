import { Failure } from '../core/failure.js'
import type { Random } from '../core/ports.js'
import type { SecretValue } from '../core/secret.js'
import type { Session } from './postgres-session.js'
import { LEAST_ITERATIONS, scramVerifier } from './scram.js'

/** PostgreSQL cuts longer names off, so that another role would be meant. */
const LONGEST_NAME = 63

/** An identifier as the server reads it back exactly. */
export function quoted(name: string): string {
  if (name === '' || name.includes('\0') || Buffer.byteLength(name) > LONGEST_NAME)
    throw new Failure('CONFIG_INVALID', { why: `a role's name has 1 to ${LONGEST_NAME} bytes and no zero` })
  return `"${name.replaceAll('"', '""')}"`
}

/** Verifiers hold base64, `$`, `:` and `-` alone; the quotes are doubled all the same. */
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** Runs `work` as one transaction that is on disk when it returns, whatever the role's settings say. */
export async function transaction(session: Session, work: () => Promise<void>): Promise<void> {
  await session.query('BEGIN')
  try {
    await session.query(
      "SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'",
    )
    await work()
  } catch (error) {
    await session.query('ROLLBACK')
    throw error
  }
  await session.query('COMMIT')
}

/** Refuses what would make every password useless, or the verifier one. */
export async function checkRole(session: Session, role: string): Promise<void> {
  const [server] = await session.query("SELECT current_setting('server_version_num')::int AS number")
  if (Number(server?.['number']) < 100_000)
    throw new Failure('UNSUPPORTED', { why: 'the server is older than PostgreSQL 10 and knows no SCRAM-SHA-256' })
  const [row] = await session.query(
    'SELECT rolcanlogin AS login, coalesce(rolvaliduntil < now(), false) AS expired FROM pg_catalog.pg_roles WHERE rolname = $1',
    [role],
  )
  if (row === undefined) throw new Failure('CONFIG_INVALID', { why: 'there is no such role' })
  if (row['login'] !== true) throw new Failure('CONFIG_INVALID', { why: 'the role may not log in' })
  if (row['expired'] === true)
    throw new Failure('CONFIG_INVALID', { why: 'the role has expired (VALID UNTIL): no password opens it' })
}

export async function verifierFor(session: Session, password: SecretValue, random: Random): Promise<string> {
  const [row] = await session.query("SELECT current_setting('scram_iterations', true) AS iterations")
  return scramVerifier(password, random, Math.max(LEAST_ITERATIONS, Number(row?.['iterations'] ?? 0)))
}

export async function setPassword(session: Session, role: string, verifier: string | null): Promise<void> {
  const password = verifier === null ? 'NULL' : literal(verifier)
  await session.query(`ALTER ROLE ${quoted(role)} PASSWORD ${password}`)
}

/** The second of two users that take turns. */
export const otherName = (role: string): string => `${role}_alt`

/**
 * Makes the second user where there is none: a member of the first that acts as it from its login on, so that it may
 * do the same, and what it makes belongs to the first. Its settings are those of the first.
 */
export async function ensureOther(session: Session, role: string): Promise<void> {
  const other = otherName(role)
  if (await isThere(session, other)) return checkMember(session, role, other)
  await refusePowers(session, role)
  await session.query(`CREATE ROLE ${quoted(other)} LOGIN INHERIT IN ROLE ${quoted(role)}`)
  await copySettings(session, role, other)
  await session.query(`ALTER ROLE ${quoted(other)} SET role TO ${literal(role)}`)
}

async function isThere(session: Session, role: string): Promise<boolean> {
  return (await session.query('SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = $1', [role])).length > 0
}

/** A role of that name that is somebody else's must not be given a password of ours. */
async function checkMember(session: Session, role: string, other: string): Promise<void> {
  const [row] = await session.query("SELECT pg_has_role($1::name, $2::name, 'MEMBER') AS member", [other, role])
  if (row?.['member'] === true) return
  throw new Failure('CONFIG_INVALID', {
    why: `there is a role ${JSON.stringify(other)} already, and it is no member of ${JSON.stringify(role)}`,
  })
}

/** Membership hands these on to nobody, or to too many. */
async function refusePowers(session: Session, role: string): Promise<void> {
  const [row] = await session.query(
    'SELECT rolsuper OR rolreplication AS power FROM pg_catalog.pg_roles WHERE rolname = $1',
    [role],
  )
  if (row?.['power'] === true)
    throw new Failure('UNSUPPORTED', { why: 'a superuser or a role for replication has no second user: use single' })
}

async function copySettings(session: Session, role: string, other: string): Promise<void> {
  const rows = await session.query(
    "SELECT split_part(c, '=', 1) AS name, substr(c, strpos(c, '=') + 1) AS value FROM pg_catalog.pg_roles, unnest(rolconfig) c WHERE rolname = $1",
    [role],
  )
  for (const { name, value } of rows) {
    if (name === 'role') continue
    await session.query('SELECT set_config($1, $2, true)', [name, value])
    await session.query(`ALTER ROLE ${quoted(other)} SET ${quoted(String(name))} FROM CURRENT`)
  }
}
