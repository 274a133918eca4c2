import { Failure } from '../core/failure.js'
import { secretName } from '../core/names.js'
import type { Command, Plan, Step } from '../core/plan.js'

type Check = (value: unknown) => boolean
type Checks<T> = { readonly [K in keyof Required<T>]: Check }

const text: Check = (value) => typeof value === 'string'
const filled: Check = (value) => typeof value === 'string' && value !== ''
const count: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0
const perhaps =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value)
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check)
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const labels: Check = (value) => isObject(value) && Object.values(value).every(text)
const path: Check = (value) => typeof value === 'string' && value.length > 1 && !value.includes('\0')
const reference: Check = (value) =>
  isObject(value) &&
  (value['from'] === 'new' || value['from'] === 'old') &&
  text(value['entry']) &&
  print(value['fingerprint'])
const print: Check = (value) => typeof value === 'string' && /^[0-9a-f]{16}$/.test(value)
const name: Check = (value) => typeof value === 'string' && isName(value)

function isName(value: string): boolean {
  try {
    return secretName(value) === value
  } catch (error) {
    if (error instanceof Failure) return false
    throw error
  }
}

const saved = { saved: perhaps(reference), savedLabels: perhaps(labels), savedDescription: perhaps(text) }
const beside = { labels: perhaps(labels), description: perhaps(text) }
const over = { op: text, name, before: filled, deletedVersion: perhaps(filled) }

/** What each step holds; a step without a row does not compile. */
const steps: { readonly [K in Step['op']]: Checks<Extract<Step, { op: K }>> } = {
  put: { ...over, value: reference, ...saved, ...beside, expiresAfterMs: perhaps(count) },
  history: { ...over, values: listOf(reference), ...saved, ...beside },
  remove: { op: text, name, before: filled, ...saved },
  undelete: { op: text, name, value: perhaps(reference), version: perhaps(filled) },
  replace: {
    ...{ op: text, name, before: filled, value: reference, old: name, graceMs: count },
    ...saved,
    labels: perhaps(labels),
    expiresAfterMs: perhaps(count),
  },
  keep: { ...over, value: reference, ...saved, labels },
  'rewrite-env': {
    op: text,
    path,
    before: print,
    after: print,
    saved: reference,
    content: reference,
    changedLines: count,
  },
}

const commands: { readonly [K in Command]: true } = {
  migrate: true,
  rollback: true,
  rotate: true,
  restore: true,
  copy: true,
  set: true,
  delete: true,
}

const identifier: Check = (value) => typeof value === 'string' && /^[0-9a-f]{4,32}$/.test(value)

const fields: Checks<Plan> = {
  format: (value) => value === 1,
  id: identifier,
  command: (value) => typeof value === 'string' && Object.hasOwn(commands, value),
  target: text,
  provider: filled,
  prefix: text,
  environment: perhaps(text),
  createdAt: (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value)),
  stages: listOf(listOf(isObject)),
  file: perhaps(path),
  undoes: perhaps(identifier),
}

/** A plan out of JSON that may be of any origin. Throws FORMAT_NEWER, or DAMAGED naming each field that is wrong. */
export function readPlan(json: unknown): Plan {
  if (!isObject(json)) throw new Failure('DAMAGED', { doing: 'reading a plan', why: 'it is not a plan' })
  if (typeof json['format'] === 'number' && json['format'] > 1) throw newer(`format ${json['format']}`)
  const problems = faults(json, fields, 'plan')
  if (problems.length === 0) problems.push(...stepFaults(json['stages'] as Record<string, unknown>[][]))
  if (problems.length > 0) throw new Failure('DAMAGED', { doing: 'reading a plan', problems })
  return json as unknown as Plan
}

const newer = (what: string): Failure =>
  new Failure('FORMAT_NEWER', { doing: 'reading a plan', why: `${what} is of a newer version` })

function stepFaults(stages: readonly (readonly Record<string, unknown>[])[]): string[] {
  return stages.flat().flatMap((step, index) => {
    const { op } = step
    if (typeof op !== 'string') return [`step ${index}: no op`]
    if (!Object.hasOwn(steps, op)) throw newer(`a step "${op.slice(0, 40)}"`)
    return faults(step, steps[op as Step['op']], `step ${index}`)
  })
}

function faults(value: Record<string, unknown>, checks: Readonly<Record<string, Check>>, where: string): string[] {
  const found: string[] = []
  for (const key in checks) if (checks[key]?.(value[key]) !== true) found.push(`${where}: ${key}`)
  for (const key in value) if (!Object.hasOwn(checks, key)) found.push(`${where}: unknown field ${key}`)
  return found
}
