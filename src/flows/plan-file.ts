import { createHmac } from 'node:crypto'
import { Failure } from '../core/failure.js'
import type { SecretName } from '../core/names.js'
import type { Plan, Step } from '../core/plan.js'
import type { Rules } from '../dotenv/classify/index.js'
import type { Dialect } from '../dotenv/index.js'
import { readPlan } from '../engine/plan-format.js'
import type { Choices, MigrateRequest } from './migrate.js'
import type { OnConflict } from './migrate-plan.js'

/** What of a request decides a plan, so that it can be made again and compared. */
export interface PlannedRequest extends Pick<MigrateRequest, 'names' | 'onConflict' | 'rewrite' | 'style'> {
  readonly dialect: Dialect | 'auto'
  /** As they were named; `-` is standard input. */
  readonly files: readonly string[]
  readonly rules: Rules
  readonly choices?: {
    readonly keys: readonly string[]
    readonly names: Readonly<Record<string, string>>
    readonly onConflict: Readonly<Record<string, OnConflict>>
  }
}

export interface PlanFile {
  readonly schema: 'vibesecrets/plan@1'
  readonly request: PlannedRequest
  readonly plan: Plan
  /** Made with the key of the machine that the plan was made on: only there can it be compared again. */
  readonly madeWith: string
}

/** JSON with names, versions and keyed fingerprints; no value is in it. */
export function planFileOf(plan: Plan, request: PlannedRequest, fingerprintKey: Uint8Array): string {
  const file: PlanFile = {
    schema: 'vibesecrets/plan@1',
    request,
    plan,
    madeWith: markOf(plan, fingerprintKey),
  }
  return `${JSON.stringify(file, null, 2)}\n`
}

const markOf = ({ id }: Plan, key: Uint8Array): string =>
  createHmac('sha256', key).update(`vibesecrets plan ${id}`).digest('hex').slice(0, 16)

export const plannedChoices = ({ keys, names, onConflict }: Choices): NonNullable<PlannedRequest['choices']> => ({
  keys: [...keys],
  names,
  onConflict: Object.fromEntries(onConflict),
})

export const choicesOf = ({ keys, names, onConflict }: NonNullable<PlannedRequest['choices']>): Choices => ({
  keys: new Set(keys),
  names,
  onConflict: new Map(Object.entries(onConflict) as [SecretName, OnConflict][]),
})

/** Reads a plan file. What it says is not trusted: the plan is made again from the same request, and compared. */
export function readPlanFile(bytes: Uint8Array | undefined, target: string): PlanFile {
  const doing = 'reading the plan'
  if (bytes === undefined) throw new Failure('INPUT_MISSING', { doing, target, why: 'there is no such file' })
  const invalid = (why: string): Failure => new Failure('INPUT_INVALID', { doing, target, why, hints: again })
  const file = parse(bytes, invalid)
  if (!isRecord(file) || !String(file['schema']).startsWith('vibesecrets/plan@'))
    throw invalid('it is not a plan of vibesecrets')
  if (file['schema'] !== 'vibesecrets/plan@1')
    throw new Failure('FORMAT_NEWER', { doing, target, why: 'it was written by a newer version' })
  const { request, plan, madeWith } = file
  if (!isRequest(request) || typeof madeWith !== 'string') throw invalid('it is not whole')
  return { schema: 'vibesecrets/plan@1', request, plan: planIn(plan, invalid), madeWith }
}

function parse(bytes: Uint8Array, invalid: (why: string) => Failure): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch (error) {
    if (error instanceof SyntaxError) throw invalid('it is not JSON')
    throw error
  }
}

function planIn(plan: unknown, invalid: (why: string) => Failure): Plan {
  try {
    return readPlan(plan)
  } catch (error) {
    if (error instanceof Failure && error.code !== 'FORMAT_NEWER') throw invalid('its steps are not whole')
    throw error
  }
}

const isRecord = (node: unknown): node is Record<string, unknown> =>
  typeof node === 'object' && node !== null && !Array.isArray(node)

const isTexts = (node: unknown): boolean => Array.isArray(node) && node.every((one) => typeof one === 'string')

/** A wrong word in it only makes another plan, which is then refused as stale. */
function isRequest(node: unknown): node is PlannedRequest {
  if (!isRecord(node) || !isTexts(node['files']) || !isRecord(node['names']) || !isRecord(node['rules'])) return false
  const { choices } = node
  return choices === undefined || (isRecord(choices) && isTexts(choices['keys']) && isRecord(choices['onConflict']))
}

/** A plan that would not be made the same way now is not carried out: file or store have changed since. */
export function refuseStale({ plan: planned, madeWith }: PlanFile, now: Plan, fingerprintKey: Uint8Array): void {
  const stale = (why: string, names?: readonly string[]): Failure =>
    new Failure('PLAN_STALE', {
      doing: 'carrying out the plan',
      target: now.target,
      why,
      ...(names === undefined ? {} : { problems: names.map((name) => `changed: ${name}`), names }),
      hints: again,
    })
  if (planned.target !== now.target) throw stale(`it was made for ${planned.target}`)
  if (madeWith !== markOf(planned, fingerprintKey)) throw stale('it was made on another machine, with another key')
  const changed = differences(planned, now)
  if (changed.length > 0) throw stale('the file or the store has changed since it was made', changed)
}
const again = [{ what: 'make it again', command: 'vibesecrets migrate --out <plan>' }]

function differences(planned: Plan, now: Plan): string[] {
  const textsOf = (plan: Plan) => new Map(plan.stages.flat().map((step) => [subjectOf(step), JSON.stringify(step)]))
  const [then, today] = [textsOf(planned), textsOf(now)]
  const subjects = new Set([...then.keys(), ...today.keys()])
  return [...subjects].filter((subject) => then.get(subject) !== today.get(subject))
}
const subjectOf = (step: Step): string => (step.op === 'rewrite-env' ? step.path : step.name)
