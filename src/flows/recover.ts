import { apply } from '../engine/apply.js'
import type { Context } from './context.js'
import { worldOf } from './perform.js'

/** Apply again, on the open journal. Returns how many steps were settled by this call. */
export async function recover(run: string, context: Context): Promise<number> {
  return await context.locked(async () => {
    const { plan, progress } = await context.runs.load(run)
    const { settled } = await apply({ plan, progress }, worldOf(run, context))
    return settled.size - progress.settled.size
  })
}
