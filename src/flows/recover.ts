import { recover as finish } from '../engine/recover.js'
import type { Context } from './context.js'
import { sweepFiles } from './perform.js'

/** Apply again, on the open journal. Returns how many steps were settled by this call. */
export async function recover(run: string, context: Context): Promise<number> {
  return await context.locked(async () => {
    const { plan, progress } = await context.runs.load(run)
    await sweepFiles(plan, context)
    const { settled } = await finish(run, context.runs, context)
    return settled.size - progress.settled.size
  })
}

export { unfinished } from '../engine/recover.js'
