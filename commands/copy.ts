import picomatch from 'picomatch'
import type { App, Session } from '../src/app.js'
import { Failure } from '../src/core/failure.js'
import type { SecretName } from '../src/core/names.js'
import { providerIds } from '../src/core/ports.js'
import { planCopy } from '../src/flows/copy.js'
import { renderPlan } from '../src/ui/reports/plan.js'
import { copyJson, copyView } from './copy-view.js'
import { carryOut, type Ending, hint, takeArgs } from './shared.js'

export async function run(app: App, args: readonly string[]): Promise<number> {
  const [from = '', to = ''] = takeArgs(args, ['the source', 'the target'], 2, 'copy')
  const source = await openPlace(app, from, true)
  const session = await openPlace(app, to, false)
  const { context } = session
  if (source.context.identity === context.identity)
    throw new Failure('USAGE', { doing: 'copy', why: 'copy: source and target are the same place' })
  const onConflict = app.config.options.onConflict ?? 'fail'
  const hints = [hint('leave it out', `${app.typed()} --exclude <name>`)]
  const prepared = await planCopy({ source: source.context, wants: wantsOf(app), onConflict, hints }, context)
  const places = { from: source.context, to: context }
  const show = async (ending: Ending | 'conflict') =>
    await app.out.result(renderPlan(copyView(prepared, app, places, ending), app.out.width))
  const isConflict = prepared.rows.some(({ action }) => action === 'conflict')
  const ending = isConflict ? 'conflict' : await carryOut(app, session, prepared, async () => await show('planned'))
  if (app.isJson) await app.out.json(copyJson(prepared, places, ending))
  else await show(ending)
  return isConflict ? 4 : 0
}

/** `aws`, `vault@staging`, or `env:<file>`. */
export async function openPlace(app: App, text: string, readOnly: boolean): Promise<Session> {
  const place = placeOf(text, app.config.options.envFile?.[0])
  if (place !== undefined) return await app.open({ readOnly, as: place })
  const { command } = app.config
  throw new Failure('USAGE', {
    doing: command,
    why: `${command}: a place is a provider (${providerIds.join(', ')}), a provider@environment, or env:<file>`,
    hints: [hint('for example', `${command} env:.env aws@production`)],
  })
}

/** `env` alone is the file of `--env-file`, where one is given. */
function placeOf(
  text: string,
  envFile: string | undefined,
): { provider: string; environment?: string; file?: string } | undefined {
  if (text.startsWith('env:') && text.length > 'env:'.length)
    return { provider: 'env', file: text.slice('env:'.length) }
  if (text === 'env' && envFile !== undefined) return { provider: 'env', file: envFile }
  const [provider = '', environment] = text.split('@')
  if (!(providerIds as readonly string[]).includes(provider)) return undefined
  return { provider, ...(environment === undefined ? {} : { environment }) }
}

/** `--include` and `--exclude` over names; exclude wins. */
export function wantsOf({ config }: App): (name: SecretName) => boolean {
  const { include = [], exclude = [] } = config.options
  const isIn = include.length === 0 ? () => true : picomatch([...include], { nocase: true })
  const isOut = exclude.length === 0 ? () => false : picomatch([...exclude], { nocase: true })
  return (name) => isIn(name) && !isOut(name)
}
