import type { App } from '../src/app.js'
import { Failure } from '../src/core/failure.js'
import { secretName } from '../src/core/names.js'
import type { SecretValue } from '../src/core/secret.js'
import type { OnConflict } from '../src/flows/migrate-plan.js'
import { endsLine, planSet } from '../src/flows/set.js'
import { changeJson, changeText, type Outcome } from './change-view.js'
import { carryOut, hint, takeArgs } from './shared.js'

export async function run(app: App, args: readonly string[]): Promise<number> {
  const [word] = takeArgs(args, ['the name of a secret'], 1, 'set')
  const name = secretName(word ?? '')
  const { key, description } = app.config.options
  const session = await app.open()
  const value = await app.readValue(name)
  await remark(app, value)
  const wish = { ...(key && { key }), ...(description === undefined ? {} : { description }) }
  const prepared = await planSet({ name, value, onConflict: policyOf(app), ...wish }, session.context)
  const show = async (ending: Outcome) => await app.out.result(changeText(prepared, app, session, ending))
  const ending =
    prepared.row?.action === 'conflict'
      ? 'conflict'
      : await carryOut(app, session, prepared, async () => await show('planned'))
  if (app.isJson) await app.out.json(changeJson('set', prepared, session, ending))
  else await show(ending)
  return ending === 'conflict' ? 4 : 0
}

/** Whoever names one secret means it: only a policy that was typed keeps what is there. */
function policyOf({ config }: App): OnConflict {
  const isTyped = config.origins.get('on-conflict')?.from !== 'default'
  return isTyped ? (config.options.onConflict ?? 'overwrite') : 'overwrite'
}

/** What a pipe brings beside what was meant: a line end, or nothing at all. */
async function remark(app: App, value: SecretValue): Promise<void> {
  if (value.byteLength === 0 && app.config.options.yes !== true)
    throw new Failure('USAGE', {
      doing: 'set',
      why: 'set: nothing came on standard input',
      hints: [hint('give the value', `${app.typed()} < <file>`), hint('or mean it empty', `${app.typed()} --yes`)],
    })
  if (endsLine(value))
    await app.out.warn("the value ends with a line end, which is part of it; printf '%s' writes none")
}
