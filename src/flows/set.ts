import { Failure } from '../core/failure.js'
import type { SecretName } from '../core/names.js'
import type { Step } from '../core/plan.js'
import type { Lookup } from '../core/ports.js'
import { SecretValue } from '../core/secret.js'
import { type Context, draft, keep, noValues, type Prepared } from './context.js'
import { refuseMisfits } from './fit.js'
import { jsonOf } from './get.js'
import { compareAll, putSteps, type Wanted, type WantedRow } from './migrate-plan.js'

export interface ChangePlan extends Prepared {
  readonly row?: WantedRow
  readonly found: Lookup
}

export interface SetRequest {
  readonly name: SecretName
  readonly value: SecretValue
  /** Replace one key of a JSON value, and leave the others. */
  readonly key?: string
  readonly description?: string
}

/** Writes one secret, as a plan like any other: seen before, proved after, undone by `rollback --run`. */
export async function planSet(request: SetRequest, context: Context): Promise<ChangePlan> {
  const { name, description } = request
  const found = await context.provider.read(name)
  const value = request.key === undefined ? request.value : withKey(request, request.key, found)
  const wanted: Wanted = { name, value, ...(description === undefined ? {} : { description }) }
  refuseMisfits([wanted], context.provider, context.prefix, context.identity)
  const values = noValues()
  const [row] = compareAll([wanted], new Map([[name, found]]), () => 'overwrite')
  if (row === undefined) throw new Error('one wanted value gives one row')
  const plan = draft(context, await context.runs.newId(), 'set', [putSteps([row], values, context)])
  return { plan, values, row, found, seen: new Map([[name, found]]) }
}

function withKey(request: SetRequest, key: string, found: Lookup): SecretValue {
  const json = found.state === 'present' ? jsonOf(found.value, request.name) : {}
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new Failure('INPUT_INVALID', { doing: 'setting a key of', secret: request.name, why: 'the value is not a JSON object' })
  return SecretValue.fromText(JSON.stringify({ ...json, [key]: request.value.reveal() }))
}

/** Deletes one secret in the softest way its service has, the value kept for a rollback. */
export async function planRemove(name: SecretName, context: Context): Promise<ChangePlan> {
  const found = await context.provider.read(name)
  const values = noValues()
  const steps: Step[] =
    found.state === 'present'
      ? [{ op: 'remove', name, before: found.version, saved: keep(values, 'old', name, found.value, context.fingerprintKey) }]
      : []
  if (found.state === 'absent') throw new Failure('SECRET_NOT_FOUND', { doing: 'deleting', secret: name, why: 'there is no such secret' })
  const plan = draft(context, await context.runs.newId(), 'delete', [steps])
  return { plan, values, found, seen: new Map([[name, found]]) }
}

/** Brings a deleted name back, where its service can. */
export async function planUndelete(name: SecretName, context: Context): Promise<ChangePlan> {
  if (context.provider.undelete === undefined)
    throw new Failure('UNSUPPORTED', { doing: 'recovering', secret: name, target: context.identity, why: 'this provider keeps nothing of a deleted secret' })
  const found = await context.provider.read(name)
  if (found.state === 'absent') throw new Failure('SECRET_NOT_FOUND', { doing: 'recovering', secret: name, why: 'there is no such secret, not even a deleted one' })
  const plan = draft(context, await context.runs.newId(), 'delete', [found.state === 'deleted' ? [{ op: 'undelete', name }] : []])
  return { plan, values: noValues(), found }
}
