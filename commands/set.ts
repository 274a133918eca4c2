import type { App } from '../src/app.js'
import { secretName } from '../src/core/names.js'
import { planSet } from '../src/flows/set.js'
import { changeJson, changeText } from './change-view.js'
import { carryOut, takeArgs } from './shared.js'

export async function run(app: App, args: readonly string[]): Promise<number> {
  const [word] = takeArgs(args, ['the name of a secret'], 1, 'set')
  const name = secretName(word ?? '')
  const { options } = app.config
  const session = await app.open()
  const value = await app.readValue(name)
  const prepared = await planSet(
    {
      name,
      value,
      ...(options.key === undefined ? {} : { key: options.key }),
      ...(options.description === undefined ? {} : { description: options.description }),
    },
    session.context,
  )
  const preview = async () => await app.out.result(changeText(prepared, app, session, 'planned'))
  const ending = await carryOut(app, session, prepared, preview)
  if (app.isJson) await app.out.json(changeJson('set', prepared, app, session, ending))
  else await app.out.result(changeText(prepared, app, session, ending))
  return 0
}
