import type { App } from '../src/app.js'
import { secretName } from '../src/core/names.js'
import { planRemove, planUndelete } from '../src/flows/set.js'
import { changeJson, changeText } from './change-view.js'
import { carryOut, takeArgs } from './shared.js'

export async function run(app: App, args: readonly string[]): Promise<number> {
  const [word] = takeArgs(args, ['the name of a secret'], 1, 'delete')
  const name = secretName(word ?? '')
  const session = await app.open()
  const prepared = await (app.config.options.recover === true
    ? planUndelete(name, session.context)
    : planRemove(name, session.context))
  const preview = async () => await app.out.result(changeText(prepared, app, session, 'planned'))
  const ending = await carryOut(app, session, prepared, preview)
  if (app.isJson) await app.out.json(changeJson('delete', prepared, app, session, ending))
  else await app.out.result(changeText(prepared, app, session, ending))
  return 0
}
