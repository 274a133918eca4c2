import { isFailure } from '../../core/failure.js'
import type { SecretName } from '../../core/names.js'
import type { WriteOptions } from '../../core/ports.js'
import { type SecretValue, type Version, version } from '../../core/secret.js'
import { assertFits } from '../wrap/fit.js'
import { add } from './add.js'
import { changeOrMoved, conflict, inTurn, isTaken, newClaim } from './claim.js'
import type { Facts } from './facts.js'
import { assertNotesFit, type Claim, withChange } from './notes.js'
import { lastPart, parentOf, type Secret, type Session, versionPath } from './session.js'
import { access, disabled } from './values.js'

/** Two requests to create; two looks and two requests to replace. */
export async function write(
  session: Session,
  name: SecretName,
  value: SecretValue,
  options: WriteOptions,
): Promise<Version> {
  assertFits(session.traits, 'writing', name, value)
  const claim = options.expect === 'absent' ? await create(session, name, options) : undefined
  if (claim !== undefined) return add(session, name, value, claim)
  const next = await inTurn(session, name, (known) => claimNext(session, name, value, options, known))
  return typeof next === 'string' ? next : add(session, name, value, next)
}

/** `undefined` when there is such a secret: one without versions, our own of a lost reply, or somebody else's. */
async function create(session: Session, name: SecretName, options: WriteOptions): Promise<Claim | undefined> {
  const claim = newClaim(session, 1, options.token)
  const annotations = withChange({}, { claim, labels: options.labels, description: options.description })
  assertNotesFit(name, annotations)
  const labels = { ...session.choices.labels }
  const secret = { replication: replicationOf(session), annotations, labels }
  try {
    await session.ask('CreateSecret', name, (client, call) =>
      client.createSecret({ parent: parentOf(session), secretId: name, secret }, call),
    )
    return claim
  } catch (error) {
    if (isFailure(error, 'CONFLICT')) return undefined
    throw error
  }
}

function replicationOf({ choices: { locations, kmsKey } }: Session): NonNullable<Secret['replication']> {
  const key = kmsKey === undefined ? {} : { customerManagedEncryption: { kmsKeyName: kmsKey } }
  if (locations.length === 0) return { automatic: key }
  return { userManaged: { replicas: locations.map((location) => ({ location, ...key })) } }
}

/** The claim on the next number; or the version, where this very write was made already. */
async function claimNext(
  session: Session,
  name: SecretName,
  value: SecretValue,
  options: WriteOptions,
  known: Facts | undefined,
): Promise<Claim | Version> {
  if (known === undefined) throw conflict(name, 'it is not there')
  const number = (await standing(session, name, options, known)) + 1
  const next = await access(session, name, number)
  if (next.state !== 'absent') {
    const isOurs = known.claim?.token === options.token && known.claim.number === number
    if (isOurs && next.state === 'present' && next.value.equals(value)) return version(String(number))
    throw conflict(name, `version ${number} is there already`)
  }
  if (isTaken(session, known.claim, number, options.token)) throw conflict(name, 'another run is writing it just now')
  const claim = newClaim(session, number, options.token)
  // A mark stays until the version stands, so that who is killed in between leaves the secret deleted.
  const mark = known.mark !== undefined && options.expect !== 'deleted' ? ({ mark: 'none' } as const) : {}
  const change = { claim, ...mark, labels: options.labels, description: options.description }
  await changeOrMoved(session, name, known, change, known.mark && 'never')
  return claim
}

/** The number of the newest version, where what stands there is what was expected. */
async function standing(session: Session, name: SecretName, options: WriteOptions, known: Facts): Promise<number> {
  const { expect, token } = options
  if (expect === 'absent') return endOfNothing(session, name, token, known)
  if (expect === 'deleted') {
    if (known.mark === undefined) throw conflict(name, 'it is not deleted')
    return known.mark.number
  }
  if (!/^[1-9]\d*$/.test(expect)) throw conflict(name, 'there is no such version')
  const number = Number(expect)
  if (known.mark !== undefined && known.mark.number >= number) throw conflict(name, 'it is deleted')
  if ((await access(session, name, number)).state === 'absent') throw conflict(name, `there is no version ${number}`)
  return number
}

/** A secret without versions, or with a newest one that was destroyed, holds nothing. */
async function endOfNothing(session: Session, name: SecretName, token: string, known: Facts): Promise<number> {
  if (known.mark !== undefined) throw conflict(name, 'it is deleted')
  const newest = await newestOf(session, name)
  if (newest === undefined || newest.state === 'DESTROYED') return newest?.number ?? 0
  const isOurs = known.claim?.token === token && known.claim.number === newest.number
  if (isOurs) return newest.number - 1
  if (newest.state === 'DISABLED') throw disabled(name, newest)
  throw conflict(name, 'it exists already')
}

async function newestOf(
  session: Session,
  name: SecretName,
): Promise<{ readonly number: number; readonly state: string } | undefined> {
  try {
    return await session.ask('GetSecretVersion', name, async (client, options) => {
      const [found] = await client.getSecretVersion({ name: versionPath(session, name, 'latest') }, options)
      return { number: Number(lastPart(found.name)), state: String(found.state) }
    })
  } catch (error) {
    if (isFailure(error, 'SECRET_NOT_FOUND')) return undefined
    throw error
  }
}
