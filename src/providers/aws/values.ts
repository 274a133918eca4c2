import type { APIErrorType, GetSecretValueResponse, SecretValueEntry } from '@aws-sdk/client-secrets-manager'
import { Failure, isFailure } from '../../core/failure.js'
import type { SecretName } from '../../core/names.js'
import { SecretValue, type Version, version } from '../../core/secret.js'
import { chunks, parallel } from '../parallel.js'
import { assertFits } from '../wrap/fit.js'
import { classify } from './classify.js'
import type { Session } from './session.js'

/** A value as the service gives it, without what stands beside it. */
export interface Value {
  readonly version: Version
  readonly value: SecretValue
  readonly createdAt?: Date
}
export type Held = Value | 'absent' | 'deleted'

/** Which version: the stage is always said, so that no default of a server decides. */
export type At = { readonly VersionId: string } | { readonly VersionStage: string }
export const CURRENT: At = { VersionStage: 'AWSCURRENT' }

export async function fetchValue(session: Session, name: SecretName, at: At = CURRENT): Promise<Held> {
  assertFits(session.traits, 'reading', name)
  try {
    return valueFrom(
      await session.ask('GetSecretValue', name, (aws) => aws.getSecretValue({ SecretId: name, ...at })),
      name,
    )
  } catch (error) {
    return absenceOf(error)
  }
}

function valueFrom(answer: GetSecretValueResponse | SecretValueEntry, name: string): Value {
  const { VersionId, SecretString, SecretBinary, CreatedDate } = answer
  if (VersionId === undefined || (SecretString === undefined && SecretBinary === undefined))
    throw new Failure('PROTOCOL', { doing: 'reading', secret: name, why: 'the answer holds no value' })
  return {
    version: version(VersionId),
    value:
      SecretString === undefined
        ? SecretValue.fromBytes(SecretBinary ?? new Uint8Array())
        : SecretValue.fromText(SecretString),
    ...(CreatedDate && { createdAt: CreatedDate }),
  }
}

/** Text as text, so that the console and other clients show it. */
export function payload(value: SecretValue): { SecretString: string } | { SecretBinary: Uint8Array } {
  return value.isText ? { SecretString: value.reveal() } : { SecretBinary: value.revealBytes() }
}

/** What "not found" and "scheduled for deletion" say of a value; every other failure is a doubt and thrown. */
function absenceOf(error: unknown): 'absent' | 'deleted' {
  if (isFailure(error, 'SECRET_NOT_FOUND')) return 'absent'
  if (isFailure(error, 'SECRET_DELETED')) return 'deleted'
  throw error
}

const BATCH = 20
const WIDTH = 8

/** The current value of each name, 20 a request; one by one where that request is not allowed. */
export async function fetchValues(
  session: Session,
  names: readonly SecretName[],
): Promise<ReadonlyMap<SecretName, Held | Error>> {
  const groups = await parallel(chunks(names, BATCH), WIDTH, (group) => groupOf(session, group))
  return new Map(groups.flat())
}

type Answer = readonly [SecretName, Held | Error]

async function groupOf(session: Session, names: readonly SecretName[]): Promise<Answer[]> {
  try {
    const answer = await session.askIfAllowed('BatchGetSecretValue', undefined, (aws) =>
      aws.batchGetSecretValue({ SecretIdList: [...names] }),
    )
    if (answer === undefined)
      return await parallel(names, WIDTH, (name) => orFailure(name, () => fetchValue(session, name)))
    const values = new Map((answer.SecretValues ?? []).map((entry) => [entry.Name, entry]))
    const errors = new Map((answer.Errors ?? []).map((error) => [error.SecretId, error]))
    return await Promise.all(
      names.map((name) => orFailure(name, async () => itemOf(session, name, values.get(name), errors.get(name)))),
    )
  } catch (error) {
    if (!isFailure(error)) throw error
    return names.map((name) => [name, error.with({ secret: name })])
  }
}

async function orFailure(name: SecretName, read: () => Promise<Held>): Promise<Answer> {
  try {
    return [name, await read()]
  } catch (error) {
    if (!isFailure(error)) throw error
    return [name, error]
  }
}

function itemOf(session: Session, name: SecretName, value?: SecretValueEntry, error?: APIErrorType): Held {
  if (value !== undefined) return valueFrom(value, name)
  if (error === undefined)
    throw new Failure('PROTOCOL', { doing: 'reading', secret: name, why: 'the answer to a batch lacks it' })
  const thrown = { name: error.ErrorCode, message: error.Message }
  return absenceOf(classify(thrown, { action: 'GetSecretValue', name, region: session.region }))
}
