import { createHash } from 'node:crypto'
import { Failure } from '../core/failure.js'
import type { Probe, Target } from '../core/ports.js'
import type { SecretValue } from '../core/secret.js'
import { type Credential, credentialOf, withCredential } from './credential.js'
import { isRefusal, postgresFailure } from './postgres-errors.js'
import { checkRole, ensureOther, otherName, setPassword, transaction, verifierFor } from './postgres-role.js'
import { isPrimary, logIn, openPrimary, placeOf, type Session } from './postgres-session.js'
import { fitsScram } from './scram.js'
import { endpointOf, type TargetPorts, type TargetSettings, userOf } from './settings.js'
import { tlsOf } from './tls.js'
import type { HostPort } from './url.js'

/** A role of PostgreSQL. No connection is made before the first call, and none is kept after one. */
export function postgresTarget(settings: TargetSettings, ports: TargetPorts): Target {
  const place: Place = { settings, ports, users: usersOf(settings) }
  return {
    kind: 'postgres',
    describe: () => describe(place),
    probe: (value) => probe(place, value),
    change: (current, next) => change(place, current, next),
    successor: async (current, password) => successor(place, current, password),
    ...(settings.users === 'alternating' && {
      discardOld: (old: SecretValue, current: SecretValue) => discardOld(place, old, current),
    }),
    lock: (login, work) => lock(place, login, work),
    close: async () => undefined,
  }
}

interface Place {
  readonly settings: TargetSettings
  readonly ports: TargetPorts
  /** Who may be named in a value: one role, or the two that take turns. */
  readonly users: readonly string[]
}

function usersOf({ role, users }: TargetSettings): readonly string[] {
  if (users !== 'alternating') return role === undefined ? [] : [role]
  if (role === undefined)
    throw new Failure('CONFIG_INVALID', { why: 'users that take turns need a role in the target' })
  return [role, otherName(role)]
}

const timeoutOf = ({ settings, ports }: Place): number => settings.timeoutMs ?? ports.timeoutMs

async function adminOf({ settings, ports }: Place): Promise<Credential | undefined> {
  return settings.admin === undefined ? undefined : credentialOf(await ports.resolve(settings.admin), 'postgres')
}

async function describe(place: Place): Promise<string> {
  const { settings } = place
  const role = settings.role === undefined ? 'the role of the value' : `role ${JSON.stringify(settings.role)}`
  const admin = await adminOf(place)
  const at = settings.host === undefined ? admin?.hosts[0] : { host: settings.host, ...portOf(settings) }
  if (at === undefined) return `${role} (PostgreSQL)`
  if (admin === undefined) return `${role} on ${placeOf(at)} (PostgreSQL)`
  const version = await as(place, admin, admin, 'asking for the version', async (session) => {
    const [row] = await session.query('SHOW server_version')
    return String(row?.['server_version']).split(/[.\s]/)[0]
  })
  return `${role} on ${placeOf(at)} (PostgreSQL ${version})`
}

const portOf = ({ port }: TargetSettings): { port?: number } => (port === undefined ? {} : { port })

/** At most one login a host. Only the server that takes writes knows which password is in force. */
async function probe(place: Place, value: SecretValue): Promise<Probe> {
  const credential = credentialOf(value, 'postgres')
  const { password } = credential
  // a driver could send other bytes than the server knows, and the refusal would be no proof
  if (password === undefined || !fitsScram(password)) return 'unknown'
  const user = userOf(place.settings, credential, place.users)
  const endpoint = endpointOf(place.settings, credential, await adminOf(place))
  const tls = await tlsOf(endpoint.parameters, place.ports.readFile)
  const login = { user, password, tls, database: endpoint.database, timeoutMs: timeoutOf(place) }
  const answers: Probe[] = []
  for (const at of endpoint.hosts) {
    const answer = await probeOne({ ...login, at })
    if (answer === 'accepted') return answer
    answers.push(answer)
  }
  return answers.every((answer) => answer === 'refused') ? 'refused' : 'unknown'
}

async function probeOne(login: Parameters<typeof logIn>[0]): Promise<Probe> {
  try {
    const session = await logIn(login)
    const answer = await isPrimary(session)
    await session.close()
    return answer ? 'accepted' : 'unknown'
  } catch (error) {
    return isRefusal(error) ? 'refused' : 'unknown'
  }
}

async function change(place: Place, current: SecretValue, next: SecretValue): Promise<{ retained: boolean }> {
  const [from, to] = [credentialOf(current, 'postgres'), credentialOf(next, 'postgres')]
  const [user, role] = [from, to].map((each) => userOf(place.settings, each, place.users)) as [string, string]
  const password = fitting(to.password)
  const takesTurns = place.settings.users === 'alternating'
  if (takesTurns === (user === role)) throw new Failure('CONFIG_INVALID', { why: wrongUser(takesTurns) })
  const [main = role] = place.users
  const admin = await adminOf(place)
  if (takesTurns && admin === undefined)
    throw new Failure('CONFIG_INVALID', { why: 'users that take turns need an admin who changes the other one' })
  refuseSelf(admin, role)
  await as(place, admin ?? from, from, 'changing the password', async (session) => {
    const verifier = await verifierFor(session, password, place.ports.random)
    await transaction(session, async () => {
      if (takesTurns) await ensureOther(session, main)
      await checkRole(session, role)
      await setPassword(session, role, verifier)
    })
  })
  return { retained: takesTurns }
}

const wrongUser = (takesTurns: boolean): string =>
  takesTurns ? 'users take turns: the next value has to name the other one' : 'the next value names another user'

function fitting(password: SecretValue | undefined): SecretValue {
  if (password !== undefined && fitsScram(password)) return password
  throw new Failure('VALUE_UNFIT', {
    doing: 'changing the password',
    why: 'the new one is empty or binary, or holds characters that drivers read differently',
  })
}

/** The URL of the admin is a secret of its own: it would hold the old password, and the next run stood outside. */
function refuseSelf(admin: Credential | undefined, role: string): void {
  if (admin === undefined || admin.user !== role) return
  throw new Failure('CONFIG_INVALID', {
    doing: 'changing the password',
    why: `the admin ${JSON.stringify(role)} would change its own password, and the URL of the admin would not follow`,
    hints: [{ what: 'leave admin out of this target: the role then changes its own password' }],
  })
}

async function successor(place: Place, current: SecretValue, password: SecretValue): Promise<SecretValue> {
  if (place.settings.users !== 'alternating') return withCredential(current, 'postgres', { password })
  const now = credentialOf(current, 'postgres')
  if (now.user === undefined) return withCredential(current, 'postgres', { user: '', password })
  const user = place.users.find((each) => each !== userOf(place.settings, now, place.users))
  return withCredential(current, 'postgres', { ...(user !== undefined && { user }), password })
}

/** The old user keeps its rights and has no password until its turn comes. */
async function discardOld(place: Place, old: SecretValue, current: SecretValue): Promise<void> {
  const [from, to] = [credentialOf(old, 'postgres'), credentialOf(current, 'postgres')]
  const [user, inForce] = [from, to].map((each) => userOf(place.settings, each, place.users)) as [string, string]
  if (user === inForce) throw new Failure('FOREIGN_CHANGE', { why: 'the old user is the one in force' })
  const admin = await adminOf(place)
  refuseSelf(admin, user)
  await as(place, admin ?? to, to, 'ending the old password', (session) =>
    transaction(session, () => setPassword(session, user, null)),
  )
}

/** A lock of the server's: it ends with the connection, also when this host dies. */
async function lock<T>(place: Place, login: SecretValue, work: () => Promise<T>): Promise<T> {
  const credential = credentialOf(login, 'postgres')
  const [main = userOf(place.settings, credential, place.users)] = place.users
  const key = createHash('sha256').update(`vibesecrets rotates ${main}`).digest().readBigInt64BE().toString()
  const outcome = await as(place, (await adminOf(place)) ?? credential, credential, 'locking', async (session) => {
    const [row] = await session.query('SELECT pg_try_advisory_lock($1::bigint) AS mine', [key])
    if (row?.['mine'] !== true) throw new Failure('LOCKED', { why: 'another host rotates this role at this moment' })
    return settled(work)
  })
  return outcome()
}

/** What went wrong in the work is not the database's: it passes as it is. */
const settled = <T>(work: () => Promise<T>): Promise<() => T> =>
  work().then(
    (value) => () => value,
    (error: unknown) => () => {
      throw error
    },
  )

/** Logs in as `who`, at the place that the settings or `value` name, and works there. */
async function as<T>(
  place: Place,
  who: Credential,
  value: Credential,
  doing: string,
  work: (session: Session, at: HostPort) => Promise<T>,
): Promise<T> {
  const endpoint = endpointOf(place.settings, who.hosts.length > 0 ? who : value, value)
  const user = who.user ?? userOf(place.settings, who, place.users)
  const { password } = who
  if (password === undefined) throw new Failure('CONFIG_INVALID', { doing, why: 'there is no password to log in with' })
  const tls = await tlsOf(endpoint.parameters, place.ports.readFile)
  const { session, at } = await openPrimary(endpoint, { user, password, tls, timeoutMs: timeoutOf(place) }, doing)
  try {
    return await work(session, at)
  } catch (error) {
    throw postgresFailure(error, { doing, target: placeOf(at) })
  } finally {
    await session.close()
  }
}
