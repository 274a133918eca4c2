import { type Failure, isFailure } from '../../core/failure.js'
import type { SecretName } from '../../core/names.js'
import type { Labels, WriteOptions } from '../../core/ports.js'
import type { SecretValue, Version } from '../../core/secret.js'
import { assertFits } from '../wrap/fit.js'
import { conflict } from './classify.js'
import { describe, describeToWrite } from './describe.js'
import type { Facts } from './facts.js'
import { relabel } from './labels.js'
import type { Session } from './session.js'
import { moveStage, putAside } from './stages.js'
import { tagsOf } from './tags.js'
import { versionOf } from './token.js'
import { fetchValue, payload } from './values.js'

/** One request to create, two to replace: the value goes in beside the current one, then the stage moves to it. */
export async function write(
  session: Session,
  name: SecretName,
  value: SecretValue,
  options: WriteOptions,
): Promise<Version> {
  assertFits(session.traits, 'writing', name, value)
  if (options.expect === 'absent') return create(session, name, value, options)
  if (options.expect === 'deleted') return restore(session, name, value, options)
  return replace(session, name, value, options, options.expect)
}

async function create(session: Session, name: SecretName, value: SecretValue, options: WriteOptions): Promise<Version> {
  const { kmsKey, replicas, tags } = session.choices
  const id = versionOf(options.token)
  const own = tagsOf(options.labels ?? {})
  const all = [...Object.entries(tags).map(([Key, Value]) => ({ Key, Value })), ...own]
  try {
    await session.ask('CreateSecret', name, (aws) =>
      aws.createSecret({
        Name: name,
        ClientRequestToken: id,
        ...payload(value),
        ...(options.description && { Description: options.description }),
        ...(all.length > 0 && { Tags: all }),
        ...(kmsKey !== undefined && { KmsKeyId: kmsKey }),
        ...(replicas.length > 0 && { AddReplicaRegions: replicas.map((Region) => ({ Region })) }),
      }),
    )
    return id
  } catch (error) {
    if (!isFailure(error, 'CONFLICT', 'SECRET_DELETED')) throw error
    return createAnyway(session, name, value, options, error)
  }
}

/** Something is there: our own write whose reply was lost, an empty shell that has no value yet, or somebody else's. */
async function createAnyway(
  session: Session,
  name: SecretName,
  value: SecretValue,
  options: WriteOptions,
  refusal: Failure,
): Promise<Version> {
  const id = versionOf(options.token)
  const facts = await describe(session, name)
  if (facts?.deletedDate !== undefined) throw conflict(name, 'it is scheduled for deletion', refusal)
  if (facts === undefined) throw conflict(name, 'it exists already', refusal)
  if (facts.current === undefined) return replace(session, name, value, options, undefined)
  if (facts.current !== id) throw conflict(name, 'it exists already', refusal)
  const now = await fetchValue(session, name, { VersionId: id })
  if (typeof now === 'string' || !now.value.equals(value)) throw conflict(name, 'it exists already', refusal)
  return id
}

/** `from` is the version to be replaced; `undefined` where a secret has no value at all. */
async function replace(
  session: Session,
  name: SecretName,
  value: SecretValue,
  options: WriteOptions,
  from: Version | undefined,
): Promise<Version> {
  const id = versionOf(options.token)
  await unlessGone(name, () => putAside(session, name, value, id))
  await moveStage(session, name, 'AWSCURRENT', id, from)
  if (options.labels !== undefined || options.description !== undefined) {
    const facts = await describeToWrite(session, name)
    if (facts !== undefined) await relabel(session, name, facts, options.labels ?? facts.labels, options.description)
  }
  return id
}

/** A name that is scheduled for deletion takes no value: it is brought back first. */
async function restore(
  session: Session,
  name: SecretName,
  value: SecretValue,
  options: WriteOptions,
): Promise<Version> {
  const facts = await describeToWrite(session, name)
  if (facts === undefined) throw conflict(name, 'it is not there')
  if (facts.deletedDate === undefined) {
    if (facts.current !== versionOf(options.token)) throw conflict(name, 'it is not scheduled for deletion')
    return replace(session, name, value, options, facts.current)
  }
  await undelete(session, name)
  const from = facts.current ?? (await describeToWrite(session, name))?.current
  return replace(session, name, value, options, from)
}

/** What is missing or deleted is not what was expected. */
async function unlessGone<T>(name: SecretName, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (isFailure(error, 'SECRET_NOT_FOUND')) throw conflict(name, 'it is not there', error)
    if (isFailure(error, 'SECRET_DELETED')) throw conflict(name, 'it is scheduled for deletion', error)
    throw error
  }
}

/** Never for good: the service keeps it for the recovery window. It has no compare-and-set for this. */
export async function remove(session: Session, name: SecretName, expect: Version): Promise<void> {
  assertFits(session.traits, 'removing', name)
  const facts = await currentFacts(session, name, expect)
  if (facts.replicas.length > 0)
    await session.ask('RemoveRegionsFromReplication', name, (aws) =>
      aws.removeRegionsFromReplication({ SecretId: name, RemoveReplicaRegions: [...facts.replicas] }),
    )
  try {
    await session.ask('DeleteSecret', name, (aws) =>
      aws.deleteSecret({ SecretId: name, RecoveryWindowInDays: session.choices.recoveryDays }),
    )
  } catch (error) {
    // The version was right a moment ago: this is our own request again, whose reply was lost.
    if (!isFailure(error, 'SECRET_DELETED')) throw error
  }
}

export async function undelete(session: Session, name: SecretName): Promise<void> {
  assertFits(session.traits, 'bringing back', name)
  await session.ask('RestoreSecret', name, (aws) => aws.restoreSecret({ SecretId: name }))
  const regions = session.choices.replicas
  if (regions.length > 0)
    await session.ask('ReplicateSecretToRegions', name, (aws) =>
      aws.replicateSecretToRegions({ SecretId: name, AddReplicaRegions: regions.map((Region) => ({ Region })) }),
    )
}

export async function label(
  session: Session,
  name: SecretName,
  labels: Labels,
  options: { readonly expect: Version; readonly description?: string },
): Promise<void> {
  assertFits(session.traits, 'labelling', name)
  await relabel(session, name, await currentFacts(session, name, options.expect), labels, options.description)
}

async function currentFacts(session: Session, name: SecretName, expect: Version): Promise<Facts> {
  const facts = await describeToWrite(session, name)
  if (facts === undefined) throw conflict(name, 'it is not there')
  if (facts.deletedDate !== undefined) throw conflict(name, 'it is scheduled for deletion')
  if (facts.current !== expect) throw conflict(name, 'another version is current')
  return facts
}
