import { isFailure } from '../../core/failure.js'
import type { SecretName } from '../../core/names.js'
import type { Labels, Lookup, Staging } from '../../core/ports.js'
import type { SecretValue, Version } from '../../core/secret.js'
import { assertFits } from '../wrap/fit.js'
import { conflict } from './classify.js'
import { describe, describeToWrite } from './describe.js'
import { deletedLookup, type Facts } from './facts.js'
import { retagSecret } from './labels.js'
import { present } from './reads.js'
import type { Session } from './session.js'
import { dropStage, moveStage, putAside } from './stages.js'
import { PENDING } from './tags.js'
import { tokenOf, versionOf } from './token.js'
import { fetchValue } from './values.js'

/**
 * The service's own AWSPENDING. A label that is attached somewhere moves only with the name of its place, so attaching
 * it without one is an atomic create: the lock between two hosts.
 */
export function staging(session: Session): Staging {
  return {
    pending: (name) => pending(session, name),
    stage: (name, value, options) => stage(session, name, value, options),
    promote: (name, options) => promote(session, name, options.expect),
    discard: (name) => discard(session, name),
  }
}

async function pending(session: Session, name: SecretName): Promise<Lookup> {
  const held = await fetchValue(session, name, { VersionStage: 'AWSPENDING' })
  if (held === 'absent') return { state: 'absent' }
  const facts = await describe(session, name)
  if (held === 'deleted') return deletedLookup(facts, session.clock.now())
  if (facts !== undefined && isFinished(facts, held.version)) return { state: 'absent' }
  return present(held, facts && { ...facts, labels: facts.pendingLabels })
}

/** The service's own rotation leaves the label on what it made current. Ours says so itself, by `discard`. */
const isFinished = (facts: Facts, pending: Version): boolean =>
  facts.current === pending && tokenOf(pending) === undefined

async function stage(
  session: Session,
  name: SecretName,
  value: SecretValue,
  { token, labels }: { readonly token: string; readonly labels?: Labels },
): Promise<void> {
  assertFits(session.traits, 'staging', name, value)
  const id = versionOf(token)
  await putAside(session, name, value, id)
  await attach(session, name, id)
  if (labels === undefined) return
  const facts = await describeToWrite(session, name)
  if (facts !== undefined) await retagSecret(session, name, facts, labels, PENDING)
}

async function attach(session: Session, name: SecretName, id: Version): Promise<void> {
  try {
    await moveStage(session, name, 'AWSPENDING', id, undefined)
  } catch (error) {
    if (!isFailure(error, 'CONFLICT')) throw error
    const facts = await describeToWrite(session, name)
    if (facts?.pending === undefined || !isFinished(facts, facts.pending)) throw error
    await moveStage(session, name, 'AWSPENDING', id, facts.pending)
  }
}

async function promote(session: Session, name: SecretName, expect: Version): Promise<void> {
  assertFits(session.traits, 'promoting', name)
  const facts = await describeToWrite(session, name)
  if (facts?.pending === undefined || isFinished(facts, facts.pending)) throw conflict(name, 'nothing is pending')
  if (facts.current === facts.pending) return
  if (facts.current !== expect) throw conflict(name, 'another version is current')
  await moveStage(session, name, 'AWSCURRENT', facts.pending, expect)
}

async function discard(session: Session, name: SecretName): Promise<void> {
  assertFits(session.traits, 'discarding', name)
  const facts = await describeToWrite(session, name)
  if (facts?.pending === undefined) return
  await dropStage(session, name, 'AWSPENDING', facts.pending)
  await retagSecret(session, name, facts, {}, PENDING)
}
