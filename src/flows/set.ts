import { Failure, type Hint } from '../core/failure.js'
import type { SecretName } from '../core/names.js'
import type { Step } from '../core/plan.js'
import type { Lookup, Provider } from '../core/ports.js'
import { SecretValue } from '../core/secret.js'
import { type Context, draft, noValues, type Prepared } from './context.js'
import { refuseMisfits } from './fit.js'
import { jsonOf } from './get.js'
import { compareAll, type OnConflict, putSteps, savedOf, type Wanted, type WantedRow } from './migrate-plan.js'

export interface ChangePlan extends Prepared {
  readonly name: SecretName
  readonly row?: WantedRow
  readonly found: Lookup
}

export interface SetRequest {
  readonly name: SecretName
  readonly value: SecretValue
  /** Replace one key of a JSON value, and leave the others; dots go deeper. */
  readonly key?: string
  readonly description?: string
  /** What to do where another value is there. */
  readonly onConflict: OnConflict
}

/** Whether a value ends as a line of `echo` does: rarely meant. */
export const endsLine = (value: SecretValue): boolean => value.revealBytes().at(-1) === 10

/** Writes one secret, as a plan like any other: seen before, proved after, undone by `rollback <run>`. */
export async function planSet(request: SetRequest, context: Context): Promise<ChangePlan> {
  const { name, description } = request
  const found = await context.provider.read(name)
  const value = request.key === undefined ? request.value : withKey(request, request.key, found)
  const wanted: Wanted = { name, value, ...(description === undefined ? {} : { description }) }
  refuseMisfits([wanted], context.provider, context.prefix, context.identity, waysOut(wanted, context.provider))
  const row = rowFor(wanted, found, request.onConflict, context.provider)
  const values = noValues()
  const steps = row.action === 'conflict' ? [] : putSteps([row], values, context)
  const plan = draft(context, await context.runs.newId(), 'set', [steps])
  return { plan, name, values, row, found, seen: new Map([[name, found]]) }
}

/** Another description alone is a change too, where descriptions are kept. */
function rowFor(wanted: Wanted, found: Lookup, onConflict: OnConflict, { traits }: Provider): WantedRow {
  const [row] = compareAll([wanted], new Map([[wanted.name, found]]), () => onConflict)
  if (row === undefined) throw new Error('one wanted value gives one row')
  const { description } = wanted
  const described = description === undefined || found.state !== 'present' || (found.description ?? '') === description
  return row.action === 'same' && !described && traits.descriptions ? { ...row, action: 'change' } : row
}

/** Bytes that are no text can be stored as text. */
function waysOut({ name, value }: Wanted, { traits }: Provider): Hint[] {
  if (traits.binary || value.isText) return []
  return [{ what: 'store it as text', command: `base64 < <file> | vibesecrets set ${name}` }]
}

type Json = Readonly<Record<string, unknown>>

const isObject = (node: unknown): node is Json => typeof node === 'object' && node !== null && !Array.isArray(node)

function withKey({ name, value }: SetRequest, key: string, found: Lookup): SecretValue {
  const invalid = (why: string): Failure =>
    new Failure('INPUT_INVALID', { doing: 'setting a key of', secret: name, why, hints: [] })
  const json = found.state === 'present' ? jsonOf(found.value, name) : {}
  if (!isObject(json)) throw invalid('the value is not a JSON object')
  if (!value.isText) throw invalid('the new value is binary, and JSON is text')
  const next = placed(json, key.split('.'), value.reveal())
  if (next === undefined) throw invalid(`${key} leads into something that is not an object`)
  return SecretValue.fromText(JSON.stringify(next))
}

function placed(node: Json, [key = '', ...deeper]: readonly string[], text: string): Json | undefined {
  if (deeper.length === 0) return { ...node, [key]: text }
  const inner = Object.hasOwn(node, key) ? node[key] : {}
  const next = isObject(inner) ? placed(inner, deeper, text) : undefined
  return next && { ...node, [key]: next }
}

/** Deletes one secret in the softest way its service has, the value kept for a rollback. */
export async function planRemove(name: SecretName, context: Context): Promise<ChangePlan> {
  const found = await context.provider.read(name)
  if (found.state === 'absent') throw noSuch(name, context, 'deleting', 'there is no such secret')
  const values = noValues()
  const steps: Step[] =
    found.state === 'present'
      ? [{ op: 'remove', name, before: found.version, ...savedOf(name, found, values, context) }]
      : []
  const plan = draft(context, await context.runs.newId(), 'delete', [steps])
  return { plan, name, values, found, seen: new Map([[name, found]]) }
}

/** Brings a deleted name back, where its service can. */
export async function planUndelete(name: SecretName, context: Context): Promise<ChangePlan> {
  if (context.provider.undelete === undefined)
    throw new Failure('UNSUPPORTED', {
      doing: 'recovering',
      secret: name,
      target: context.identity,
      why: 'this provider keeps nothing of a deleted secret',
    })
  const found = await context.provider.read(name)
  if (found.state === 'absent')
    throw noSuch(name, context, 'recovering', 'there is no such secret, not even a deleted one')
  const plan = draft(context, await context.runs.newId(), 'delete', [undeleteSteps(name, found)])
  return { plan, name, values: noValues(), found }
}

function undeleteSteps(name: SecretName, found: Lookup): Step[] {
  if (found.state !== 'deleted') return []
  return [{ op: 'undelete', name, ...(found.version === undefined ? {} : { version: found.version }) }]
}

const noSuch = (secret: SecretName, { identity: target }: Context, doing: string, why: string): Failure =>
  new Failure('SECRET_NOT_FOUND', { doing, secret, target, why })
