import { Failure } from '../core/failure.js'
import { numbered, type Plan } from '../core/plan.js'
import type { Outcome } from '../core/ports.js'
import { apply, fresh } from '../engine/apply.js'
import { worldOf } from '../engine/recover.js'
import type { Context, Prepared } from './context.js'

/** Begins a run (sealed bundle first, then its journal) and makes the plan true, under this target's lock. */
export async function perform(
  { plan, values, seen }: Prepared,
  context: Context,
): Promise<ReadonlyMap<number, Outcome>> {
  return await context.locked(async () => {
    await refuseUnfinished(plan, context)
    if (plan.undoes !== undefined) await sweepFiles((await context.runs.load(plan.undoes)).plan, context)
    await context.runs.begin(plan, values)
    const world = worldOf(plan.id, context.runs, context)
    const { settled } = await apply({ plan, progress: fresh }, world, seen === undefined ? {} : { seen })
    return settled
  })
}

/** A rewriting that was killed leaves a file with clear values beside the .env. To be called under the run's lock. */
export async function sweepFiles(plan: Plan, { files }: Context): Promise<void> {
  for (const { step } of numbered(plan)) if (step.op === 'rewrite-env') await files.sweep?.(step.path)
}

/** An unfinished run on this target has to be finished or taken back before anything else changes there. */
async function refuseUnfinished(plan: Plan, { runs }: Context): Promise<void> {
  const all = await runs.list()
  const open = all.find(({ state, target, id }) => state === 'open' && target === plan.target && id !== plan.undoes)
  if (open === undefined) return
  throw new Failure('LOCKED', {
    doing: plan.command,
    target: plan.target,
    why: `run ${open.id} (${open.command}) was begun here and did not end`,
    hints: [
      { what: 'see it', command: 'vibesecrets status' },
      { what: 'finish it', command: `vibesecrets recover ${open.id}` },
      { what: 'or take it back', command: `vibesecrets recover ${open.id} --undo` },
    ],
  })
}
