import type { KeyVaultSecret } from '@azure/keyvault-secrets'
import { Failure, isFailure } from '../../core/failure.js'
import type { SecretName } from '../../core/names.js'
import type { Lookup } from '../../core/ports.js'
import { type SecretValue, type Version, version } from '../../core/secret.js'
import { parallel } from '../parallel.js'
import { assertFits } from '../wrap/fit.js'
import { fittingName } from './names.js'
import type { Session } from './session.js'
import { descriptionOf, labelsOf, type Tags, type Written, writtenOf } from './tags.js'
import { secretOf } from './values.js'

const WIDTH = 16

/** One version, with what stands beside its value. */
export interface Held {
  readonly version: Version
  readonly value: SecretValue
  readonly tags: Tags
  readonly contentType?: string
  readonly createdAt?: Date
  readonly written: Written
}

/** `undefined` when there is none that is not deleted. */
export async function held(session: Session, name: SecretName, at?: Version): Promise<Held | undefined> {
  assertFits(session.traits, 'reading', name)
  const stored = fittingName(name, 'reading')
  try {
    return heldFrom(
      await session.ask('get', name, (client) => client.getSecret(stored, at === undefined ? {} : { version: at })),
      name,
    )
  } catch (error) {
    if (isFailure(error, 'SECRET_NOT_FOUND')) return undefined
    throw error
  }
}

function heldFrom({ value, properties }: KeyVaultSecret, name: SecretName): Held {
  const { version: id, tags = {}, contentType, createdOn } = properties
  if (value === undefined || id === undefined)
    throw new Failure('PROTOCOL', { doing: 'reading', secret: name, why: 'the answer holds no value' })
  return {
    version: version(id),
    value: secretOf(value, contentType),
    tags,
    ...(contentType !== undefined && { contentType }),
    ...(createdOn && { createdAt: createdOn }),
    written: writtenOf(tags),
  }
}

/** A name that is not there may be deleted: the service answers the same to both, and is asked again. */
export async function read(session: Session, name: SecretName, at?: Version): Promise<Lookup> {
  if (at !== undefined && !/^[0-9a-f]{32}$/i.test(at)) return { state: 'absent' }
  const found = await held(session, name, at)
  return found === undefined ? deleted(session, name) : present(found)
}

function present({ version: id, value, tags, createdAt, written }: Held): Lookup {
  const description = descriptionOf(tags)
  return {
    state: 'present',
    version: id,
    value,
    ...(createdAt && { createdAt }),
    labels: labelsOf(tags),
    ...(description !== undefined && { description }),
    ...(written.token !== undefined && { writtenBy: written.token }),
  }
}

export async function deleted(session: Session, name: SecretName): Promise<Lookup & { state: 'absent' | 'deleted' }> {
  const stored = fittingName(name, 'reading')
  try {
    const one = await session.ask('getDeleted', name, (client) => client.getDeletedSecret(stored))
    return {
      state: 'deleted',
      ...(one.properties.version && { version: version(one.properties.version) }),
      ...(one.deletedOn && { deletedAt: one.deletedOn }),
      ...(one.scheduledPurgeDate && { recoverableUntil: one.scheduledPurgeDate }),
    }
  } catch (error) {
    if (isFailure(error, 'SECRET_NOT_FOUND')) return { state: 'absent' }
    throw error
  }
}

/** One or two requests each: the service has no batches. */
export async function readEach(
  session: Session,
  names: readonly SecretName[],
): Promise<ReadonlyMap<SecretName, Lookup | Error>> {
  const found = await parallel([...new Set(names)], WIDTH, async (name) => [name, await tried(session, name)] as const)
  return new Map(found)
}

/** A doubt about one name is told as its Failure; anything else is a bug and thrown. */
async function tried(session: Session, name: SecretName): Promise<Lookup | Error> {
  try {
    return await read(session, name)
  } catch (error) {
    if (isFailure(error)) return error
    throw error
  }
}

export async function readMany(
  session: Session,
  names: readonly SecretName[],
): Promise<ReadonlyMap<SecretName, Lookup>> {
  const found = new Map<SecretName, Lookup>()
  for (const [name, one] of await readEach(session, names)) {
    if (one instanceof Error) throw one
    found.set(name, one)
  }
  return found
}
