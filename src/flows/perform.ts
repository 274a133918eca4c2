import { Failure } from '../core/failure.js'
import type { Plan } from '../core/plan.js'
import type { Outcome, World } from '../core/ports.js'
import { apply, fresh } from '../engine/apply.js'
import type { Context, Prepared } from './context.js'

/** Begins a run (sealed bundle first, then its journal) and makes the plan true, under this target's lock. */
export async function perform({ plan, values, seen }: Prepared, context: Context): Promise<ReadonlyMap<number, Outcome>> {
  return await context.locked(async () => {
    await refuseUnfinished(plan, context)
    await context.runs.begin(plan, values)
    const { settled } = await apply({ plan, progress: fresh }, worldOf(plan.id, context), seen === undefined ? {} : { seen })
    return settled
  })
}

export function worldOf(run: string, context: Context): World {
  const { provider, clock, sink, files, fingerprintKey, concurrency, runs, signal } = context
  return { provider, clock, sink, files, fingerprintKey, concurrency, journal: runs.journal, value: (ref) => runs.value(run, ref), ...(signal && { signal }) }
}

/** An unfinished run on this target has to be finished or taken back before anything else changes there. */
export async function refuseUnfinished(plan: Plan, { runs }: Context): Promise<void> {
  const open = (await runs.list()).find((run) => run.state === 'open' && run.target === plan.target && run.id !== plan.undoes)
  if (open === undefined) return
  throw new Failure('LOCKED', {
    doing: plan.command,
    target: plan.target,
    why: `run ${open.id} (${open.command}) was begun here and did not end`,
    hints: [
      { what: 'see it', command: 'vibesecrets status' },
      { what: 'finish it', command: `vibesecrets recover ${open.id}` },
      { what: 'or take it back', command: `vibesecrets rollback --run ${open.id}` },
    ],
  })
}
