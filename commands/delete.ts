import type { App } from '../src/app.js'
import { secretName } from '../src/core/names.js'
import { planRemove, planUndelete } from '../src/flows/set.js'
import { changeJson, changeText, type Outcome } from './change-view.js'
import { carryOut, takeArgs } from './shared.js'

export async function run(app: App, args: readonly string[]): Promise<number> {
  const [word] = takeArgs(args, ['the name of a secret'], 1, 'delete')
  const name = secretName(word ?? '')
  const session = await app.open()
  const plan = app.config.options.recover === true ? planUndelete : planRemove
  const prepared = await plan(name, session.context)
  const show = async (ending: Outcome) => await app.out.result(changeText(prepared, app, session, ending))
  const ending = await carryOut(app, session, prepared, async () => await show('planned'))
  if (app.isJson) await app.out.json(changeJson('delete', prepared, session, ending))
  else await show(ending)
  return 0
}
