import type { App } from '../src/app.js'
import { isEmpty } from '../src/core/plan.js'
import { closeUndone, planRollback, runToUndo } from '../src/flows/rollback.js'
import { rollbackJson, rollbackText } from './rollback-view.js'
import { listRuns } from './runs-view.js'
import { carryOut, takeArgs } from './shared.js'

export async function run(app: App, args: readonly string[]): Promise<number> {
  const [word] = takeArgs(args, ['a run'], 0, 'rollback')
  const { options } = app.config
  if (options.list === true) return await listRuns(app)
  return await rollBack(app, options.run ?? word)
}

/** Undoes one run, or the newest: where the provider was only guessed, that of the whole machine. */
export async function rollBack(app: App, id: string | undefined): Promise<number> {
  const { options } = app.config
  const wish = id !== undefined ? { run: id } : isNamed(app) ? { target: (await app.open()).context.identity } : {}
  const record = await runToUndo(await app.runs(), wish)
  const session = await app.open({ like: record.plan })
  const prepared = await planRollback({ run: record, keepSecrets: options.keepSecrets === true }, session.context)
  const show = async (ending: Parameters<typeof rollbackText>[3]) =>
    await app.out.result(rollbackText(prepared, app, session, ending))
  const ending = await carryOut(app, session, prepared, async () => await show('planned'))
  const isDone = isEmpty(prepared.plan) && prepared.left.length === 0 && options.keepSecrets !== true
  if (isDone && options.dryRun !== true) await closeUndone(prepared, session.context)
  if (app.isJson) await app.out.json(rollbackJson(prepared, session, ending))
  else if (ending === 'declined') await app.out.note('nothing was written')
  else await show(ending)
  return prepared.left.length > 0 && ending !== 'declined' ? 5 : 0
}

function isNamed({ config }: App): boolean {
  const from = config.origins.get('provider')?.from
  return from === 'flag' || from === 'variable' || from === 'file'
}
