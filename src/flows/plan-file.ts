import { Failure } from '../core/failure.js'
import type { Plan, Step } from '../core/plan.js'
import type { Dialect } from '../dotenv/index.js'
import type { MigrateRequest } from './migrate.js'

/** What of a request decides a plan, so that it can be made again and compared. */
export type PlannedRequest = Pick<MigrateRequest, 'names' | 'onConflict' | 'rewrite' | 'style'> & { readonly dialect: Dialect | 'auto' }

export interface PlanFile {
  readonly schema: 'vibesecrets/plan@1'
  readonly request: PlannedRequest
  readonly plan: Plan
}

/** JSON with names, versions and keyed fingerprints; no value is in it. */
export function planFileOf(plan: Plan, { names, onConflict, rewrite, style }: MigrateRequest, dialect: Dialect | 'auto' = 'auto'): string {
  const file: PlanFile = { schema: 'vibesecrets/plan@1', request: { names, onConflict, rewrite, style, dialect }, plan }
  return `${JSON.stringify(file, null, 2)}\n`
}

/** Reads a plan file. What it says is not trusted: the plan is made again from the same request, and compared. */
export async function readPlanFile(path: string, { readFile, pathOf }: { readFile: (path: string) => Promise<Uint8Array | undefined>; pathOf: (path: string) => string }): Promise<PlanFile> {
  const bytes = await readFile(pathOf(path))
  if (bytes === undefined) throw new Failure('INPUT_MISSING', { doing: 'reading the plan', target: path, why: 'there is no such file' })
  const file = parse(Buffer.from(bytes).toString('utf8'), path)
  if (!isPlanFile(file)) throw new Failure('INPUT_INVALID', { doing: 'reading the plan', target: path, why: 'it is not a plan of vibesecrets, or of a newer version' })
  return file
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) throw new Failure('INPUT_INVALID', { doing: 'reading the plan', target: path, why: 'it is not JSON' })
    throw error
  }
}

function isPlanFile(file: unknown): file is PlanFile {
  if (!isRecord(file) || file['schema'] !== 'vibesecrets/plan@1') return false
  const { plan, request } = file
  return isRecord(plan) && plan['format'] === 1 && typeof plan['id'] === 'string' && /^[0-9a-f]{4,32}$/.test(plan['id']) && Array.isArray(plan['stages']) && isRecord(request)
}
const isRecord = (node: unknown): node is Record<string, unknown> => typeof node === 'object' && node !== null && !Array.isArray(node)

/** A plan that would not be made the same way now is not carried out: file or store have changed since. */
export function refuseStale(planned: Plan, now: Plan): void {
  if (planned.target !== now.target)
    throw new Failure('PLAN_STALE', { doing: 'carrying out the plan', target: now.target, why: `it was made for ${planned.target}`, hints: again })
  const changed = differences(planned, now)
  if (changed.length > 0)
    throw new Failure('PLAN_STALE', {
      doing: 'carrying out the plan',
      target: now.target,
      why: 'the file or the store has changed since it was made, or it was made on another machine; nothing was written',
      names: changed,
      hints: again,
    })
}
const again = [{ what: 'make it again', command: 'vibesecrets migrate --out <plan>' }]

function differences(planned: Plan, now: Plan): string[] {
  const then = new Map(planned.stages.flat().map((step) => [nameOf(step), JSON.stringify(step)]))
  const names = now.stages.flat().flatMap((step) => (then.get(nameOf(step)) === JSON.stringify(step) ? [] : [nameOf(step)]))
  const gone = [...then.keys()].filter((name) => !now.stages.flat().some((step) => nameOf(step) === name))
  return [...new Set([...names, ...gone])]
}
const nameOf = (step: Step): string => (step.op === 'rewrite-env' ? step.path : step.name)
