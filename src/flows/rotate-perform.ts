import { Failure, isFailure } from '../core/failure.js'
import type { SecretName } from '../core/names.js'
import type { Plan } from '../core/plan.js'
import { apply, fresh } from '../engine/apply.js'
import { operationOf } from '../engine/ops/index.js'
import { worldOf } from '../engine/recover.js'
import type { RunRecord } from '../engine/runs.js'
import type { Context, Prepared } from './context.js'
import { planRollback } from './rollback.js'

/** Makes a rotation true. Other secrets of the target may have unfinished runs: one failure does not stop the rest. */
export async function performRotation(prepared: Prepared, context: Context): Promise<void> {
  const { plan, values } = prepared
  await context.locked(async () => {
    await refuseUnfinished(plan, context)
    await context.runs.begin(plan, values)
    await applyOrYield(plan.id, context)
  })
}

/** The unfinished rotation of `name` on this machine: it is resumed, and not begun a second time. */
export async function unfinishedRotation(name: SecretName, context: Context): Promise<RunRecord | undefined> {
  const open = await openRuns(context)
  return open.find(({ command, plan }) => command === 'rotate' && namesOf(plan).includes(name))
}

/** Goes on where the run stopped. `undone`: it was about to be taken back, and is. */
export async function resumeRotation(run: RunRecord, context: Context): Promise<'done' | 'undone'> {
  return await context.locked(async () => {
    // It looked unfinished because another process of this machine was at work on it.
    if ((await context.runs.load(run.id)).state !== 'open') throw workedOn(run)
    const undoing = (await openRuns(context)).find(({ plan }) => plan.undoes === run.id)
    if (undoing === undefined) await applyOrYield(run.id, context)
    else await apply(undoing, worldOf(undoing.id, context.runs, context))
    return undoing === undefined ? 'done' : 'undone'
  })
}

const workedOn = ({ id, target }: RunRecord): Failure =>
  new Failure('LOCKED', {
    doing: 'rotating',
    target,
    why: `another process was at work on it (run ${id}), and has ended: nothing was changed`,
  })

async function applyOrYield(run: string, context: Context): Promise<void> {
  const record = await context.runs.load(run)
  try {
    await apply(record, worldOf(run, context.runs, context))
  } catch (error) {
    if (!isFailure(error, 'FOREIGN_CHANGE')) throw error
    throw await yielded(error, run, context)
  }
}

/** Somebody else was first: what this run has done is taken back, so that nothing of it is left over. */
async function yielded(error: Failure, run: string, context: Context): Promise<Failure> {
  const { progress } = await context.runs.load(run)
  const wrote = [...progress.settled.values()].includes('done')
  await takeBack(run, context)
  if (wrote) return error
  return new Failure(
    'LOCKED',
    { ...error.details, doing: 'rotating', why: 'another host was first: nothing was changed' },
    { cause: error },
  )
}

async function takeBack(run: string, context: Context): Promise<void> {
  const record = await context.runs.load(run)
  if (record.state !== 'open') return
  const { plan, values } = await planRollback({ run: record, keepSecrets: false }, context)
  if (plan.stages.length === 0) return await context.runs.journal.close(run, 'undone')
  await context.runs.begin(plan, values)
  await apply({ plan, progress: fresh }, worldOf(plan.id, context.runs, context))
}

async function refuseUnfinished(plan: Plan, context: Context): Promise<void> {
  const names = new Set(namesOf(plan))
  const open = (await openRuns(context)).find((run) => namesOf(run.plan).some((name) => names.has(name)))
  if (open === undefined) return
  throw new Failure('LOCKED', {
    doing: 'rotating',
    target: plan.target,
    why: `run ${open.id} (${open.command}) was begun here and did not end`,
    hints: [
      { what: 'see it', command: 'vibesecrets status' },
      { what: 'finish it', command: `vibesecrets recover ${open.id}` },
      { what: 'or take it back', command: `vibesecrets recover ${open.id} --undo` },
    ],
  })
}

async function openRuns({ runs, identity }: Context): Promise<readonly RunRecord[]> {
  return (await runs.list()).filter(({ state, target }) => state === 'open' && target === identity)
}

const namesOf = ({ stages }: Plan): SecretName[] => stages.flat().flatMap((step) => [...operationOf(step).names(step)])
