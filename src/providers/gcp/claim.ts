import { Failure, isFailure } from '../../core/failure.js'
import type { SecretName } from '../../core/names.js'
import { type Facts, facts } from './facts.js'
import { assertNotesFit, type Change, type Claim, withChange } from './notes.js'
import { pathOf, type Session } from './session.js'

/*
 * The service adds versions without any condition. So a writer first puts a claim on the next number into the secret's
 * annotations, and the etag lets only one of several through. A claim ends by itself, for writers that were killed.
 */

/** How long a claim holds; at least four requests long. */
const LEASE_MS = 120_000
/** Clocks of hosts differ: a claim is left alone for this much longer. */
const SKEW_MS = 60_000

export const newClaim = (session: Session, number: number, token: string): Claim => ({
  number,
  token,
  until: new Date(session.clock.now().getTime() + Math.max(LEASE_MS, 4 * session.timeoutMs)),
})

/** Whether somebody else is about to write `number`. */
export function isTaken(session: Session, claim: Claim | undefined, number: number, token: string): boolean {
  if (claim === undefined || claim.number !== number || claim.token === token) return false
  return session.clock.now().getTime() < claim.until.getTime() + SKEW_MS
}

export const conflict = (name: SecretName, why: string): Failure =>
  new Failure('CONFLICT', { doing: 'writing', secret: name, target: 'Google Secret Manager', why })

/**
 * Changes the secret's own fields, if nobody else did since `known`. Labels go in with the claim: a run that was
 * killed behind it finds the version missing and does both again.
 */
export async function change(
  session: Session,
  name: SecretName,
  known: Facts,
  what: Change,
  expires?: Date | 'never',
): Promise<void> {
  const request = changeOf(session, name, known, what, expires)
  await session.ask('UpdateSecret', name, (client, options) => client.updateSecret(request, options))
}

/** The request of `change`, for who has a place in the queue of writes already and would wait for a second one for ever. */
export function changeOf(session: Session, name: SecretName, known: Facts, what: Change, expires?: Date | 'never') {
  const annotations = withChange(known.notes, what)
  assertNotesFit(name, annotations)
  const expireTime = expires instanceof Date ? { expireTime: { seconds: Math.floor(expires.getTime() / 1_000) } } : {}
  const paths = expires === undefined ? ['annotations'] : ['annotations', 'expire_time']
  const secret = { name: pathOf(session, name), etag: known.etag, annotations, ...expireTime }
  return { secret, updateMask: { paths } }
}

/** The service may count changes of others that do not concern us, and an answer may be lost: look again, and decide. */
const ROUNDS = 4

/** `attempt` decides from what is there now; when the secret changed under it, it decides again. */
export async function inTurn<T>(
  session: Session,
  name: SecretName,
  attempt: (known: Facts | undefined, isAgain: boolean) => Promise<T>,
): Promise<T> {
  for (let round = 1; ; round++) {
    const known = await facts(session, name)
    try {
      return await attempt(known, round > 1)
    } catch (error) {
      if (!(error instanceof Moved)) throw error
      if (round === ROUNDS) throw conflict(name, 'it is changed all the time')
    }
  }
}

/** The etag was not the one that was read. */
export class Moved extends Error {}

/** As `change`, with `Moved` for an etag that is not current any more. */
export async function changeOrMoved(...args: Parameters<typeof change>): Promise<void> {
  try {
    await change(...args)
  } catch (error) {
    if (isFailure(error, 'CONFLICT')) throw new Moved()
    throw error
  }
}

/** Gives the number back, so that the next run does not wait for the claim to end. Its failing changes nothing. */
export async function release(session: Session, name: SecretName, token: string): Promise<void> {
  try {
    const known = await facts(session, name)
    if (known?.claim?.token === token) await change(session, name, known, { claim: 'none' })
  } catch (error) {
    if (!isFailure(error)) throw error
  }
}
