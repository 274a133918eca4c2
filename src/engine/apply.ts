import { createHmac } from 'node:crypto'
import { Failure, isFailure } from '../core/failure.js'
import { numbered, type Plan } from '../core/plan.js'
import type { Outcome, World } from '../core/ports.js'
import type { Progress } from '../core/undo.js'
import { persist, type Seen } from './look.js'
import { operationOf } from './ops/index.js'
import { type Course, runStage } from './stage.js'
import { isUntouched } from './untouched.js'

export interface Run {
  readonly plan: Plan
  readonly progress: Progress
}

/** All steps stand, proved by looking. */
export interface Applied {
  readonly state: 'done'
  readonly settled: ReadonlyMap<number, Outcome>
}

/** The progress of a run that has not begun. */
export const fresh: Progress = { settled: new Map(), intended: new Set() }

/**
 * Makes every step of the plan true, stage by stage. First run, second run and recovery are the same call; the
 * journal has the plan already. `seen`: a look-up that was just made serves as the first observation.
 */
export async function apply(run: Run, world: World, options: { readonly seen?: Seen } = {}): Promise<Applied> {
  const { plan, progress } = run
  const course: Course = {
    run: plan.id,
    world,
    owner: ownerOf(plan, world),
    begun: new Set(progress.intended),
    doubted: new Set(progress.intended),
    settled: new Map(progress.settled),
  }
  try {
    await checkTarget(plan, world)
    await runStages(plan, course, options.seen)
  } catch (error) {
    if (await isUntouched(plan, course)) await abandon(plan, world)
    throw counted(error, plan, course)
  }
  await close(plan, world)
  return { state: 'done', settled: course.settled }
}

/** Marks what this run writes. Ids are unique on one machine; the key makes the mark unique among machines. */
function ownerOf(plan: Plan, { fingerprintKey }: World): string {
  const mark = createHmac('sha256', fingerprintKey).update(`${plan.id}\n${plan.createdAt}`).digest('hex')
  return `${plan.id}-${mark.slice(0, 12)}`
}

async function checkTarget(plan: Plan, world: World): Promise<void> {
  const target = await persist(() => world.provider.identity(), world)
  if (target === plan.target) return
  throw new Failure('PLAN_STALE', { target, why: `the plan was made for ${plan.target}`, names: [plan.target, target] })
}

/** A look-up of before serves the first stage only: what later ones see may have been made by earlier ones. */
async function runStages(plan: Plan, course: Course, seen: Seen | undefined): Promise<void> {
  const open = numbered(plan).filter(({ index }) => !course.settled.has(index))
  const stages = [...new Set(open.map(({ stage }) => stage))]
  for (const stage of stages) {
    const items = open.filter((each) => each.stage === stage).map((each) => ({ ...each, op: operationOf(each.step) }))
    await runStage(items, course, stage === stages[0] ? seen : undefined)
  }
}

/** The undone run is closed first: a crash in between leaves this one open, and recovering it closes both. */
async function close(plan: Plan, { journal }: World): Promise<void> {
  if (plan.undoes !== undefined) await journal.close(plan.undoes, 'undone')
  await journal.close(plan.id, 'done')
}

/** Nothing was changed, so nothing is left to finish. Where not even this can be written down, the run stays open. */
async function abandon(plan: Plan, { journal }: World): Promise<void> {
  await Promise.allSettled([journal.close(plan.id, 'abandoned')])
}

function counted(error: unknown, plan: Plan, { settled }: Course): unknown {
  if (!isFailure(error)) return error
  const counts = { done: settled.size, total: plan.stages.flat().length }
  return new Failure(error.code, { target: plan.target, ...error.details, ...counts }, { cause: error.cause })
}
