import { Failure } from '../core/failure.js'
import type { Plan, Step } from '../core/plan.js'
import { type Left, undoOf } from '../core/undo.js'
import { factsFor } from '../engine/recover.js'
import { type RunRecord, type Runs, swapped } from '../engine/runs.js'
import { type Context, draft, type Prepared } from './context.js'
import { sweepFiles } from './perform.js'

export interface RollbackRequest {
  readonly run: RunRecord
  /** Put only the file back, and leave the store as it is. */
  readonly keepSecrets: boolean
}

export interface RollbackPlan extends Prepared {
  readonly undone: RunRecord
  /** What somebody else changed since: left alone, and named. */
  readonly left: readonly Left[]
}

/** Commands whose runs a plain `rollback` takes back: what moved many secrets, or a credential. */
const undoable: ReadonlySet<Plan['command']> = new Set(['migrate', 'restore', 'rotate', 'copy'])

/** The run that is named, or the newest one that can be undone; of one target where `target` says so. */
export async function runToUndo(
  runs: Runs,
  wish: { readonly run?: string; readonly target?: string },
): Promise<RunRecord> {
  const found =
    wish.run === undefined ? await newest(runs, wish.target) : (await runs.list()).find(({ id }) => id === wish.run)
  if (found === undefined) throw nothingToUndo(wish)
  if (found.state !== 'undone') return found
  const why = `run ${found.id} was taken back already`
  throw new Failure('PLAN_USED', { doing: 'rolling back', target: found.target, why, hints: seeRuns })
}

const newest = (runs: Runs, wanted: string | undefined): Promise<RunRecord | undefined> =>
  runs.newest(
    ({ target, command, state }) =>
      (wanted === undefined || target === wanted) && undoable.has(command) && (state === 'done' || state === 'open'),
  )

const seeRuns = [{ what: 'see the recorded runs', command: 'vibesecrets rollback --list' }]

function nothingToUndo({ run, target }: { readonly run?: string; readonly target?: string }): Failure {
  const place = target === undefined ? 'on this machine' : 'on this target and machine'
  return new Failure('INPUT_MISSING', {
    doing: 'rolling back',
    ...(target === undefined ? {} : { target }),
    why:
      run === undefined
        ? `no run that could be undone is recorded ${place}`
        : 'no run of that name is recorded on this machine',
    hints: seeRuns,
  })
}

/** The inverse of a recorded run, as a plan of its own: provider and file, to what they were. Only reads. */
export async function planRollback({ run, keepSecrets }: RollbackRequest, context: Context): Promise<RollbackPlan> {
  if (run.target !== context.identity)
    throw new Failure('PLAN_STALE', {
      doing: 'rolling back',
      target: context.identity,
      why: `run ${run.id} changed ${run.target}`,
    })
  const inverse = undoOf(run.plan, run.progress, await factsFor(run.plan, context))
  const isFile = ({ op }: Step): boolean => op === 'rewrite-env'
  const stages = keepSecrets ? inverse.stages.map((stage) => stage.filter(isFile)) : inverse.stages
  const left = keepSecrets ? inverse.left.filter(({ what }) => what === 'file') : inverse.left
  // With its secrets kept a run is not undone: they can still be taken back later.
  const undoes = keepSecrets && run.state !== 'open' ? {} : { undoes: run.id }
  const file = run.plan.file === undefined ? {} : { file: run.plan.file }
  const plan = draft(context, await context.runs.newId(), 'rollback', stages, { ...undoes, ...file })
  const { new: fresh, old } = swapped(await context.runs.bundle(run.id))
  return { undone: run, plan, left, values: { new: new Map(fresh), old: new Map(old) } }
}

/** Writes down that a run needs no undoing any more, because all of it is as it was before. */
export async function closeUndone({ undone }: RollbackPlan, context: Context): Promise<void> {
  if (undone.state !== 'done' && undone.state !== 'open') return
  await context.locked(async () => {
    await sweepFiles(undone.plan, context)
    await context.runs.journal.close(undone.id, 'undone')
  })
}
