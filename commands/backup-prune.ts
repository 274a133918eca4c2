import type { App } from '../src/app.js'
import { Failure } from '../src/core/failure.js'
import { type PrunePlan, planPrune } from '../src/flows/backups.js'
import { renderSteps, type StepLine } from '../src/ui/reports/plan.js'
import { count } from '../src/ui/text.js'
import { keysOf, placeOf } from './backup-shared.js'
import { hint, takeArgs } from './shared.js'

/** Removes what the policy does not keep; the last good backup of each source always stays. */
export async function run(app: App, args: readonly string[]): Promise<number> {
  const [place] = takeArgs(args, ['a folder or an s3:// place'], 0, 'backup prune')
  const { options } = app.config
  const { keepLast: last, keepDaily: daily, keepWeekly: weekly, keepMonthly: monthly } = options
  const host = await app.backups()
  const sink = await host.sink(placeOf(app, place))
  const keep = Object.fromEntries(Object.entries({ last, daily, weekly, monthly }).filter(([, n]) => n !== undefined))
  const plan = await planPrune(sink, keep, await keysOf(app, host), host)
  const does = plan.remove.length > 0 && options.dryRun !== true && (await agree(app, plan, sink.shown))
  if (does) for (const name of plan.remove) await sink.remove(name)
  const state = does ? 'done' : plan.remove.length === 0 ? 'nothing' : options.dryRun === true ? 'planned' : 'declined'
  if (app.isJson)
    await app.out.json({
      schema: 'vibesecrets/backup-prune@1',
      place: sink.shown,
      state,
      items: plan.rows.map(({ named, because, label }) => ({
        name: named.name,
        source: label,
        action: because.length === 0 ? 'remove' : 'keep',
        because,
      })),
      summary: { kept: plan.rows.length - plan.remove.length, removed: does ? plan.remove.length : 0 },
    })
  else await app.out.result(textOf(app, plan, state))
  return 0
}

async function agree(app: App, plan: PrunePlan, shown: string): Promise<boolean> {
  if (app.config.options.yes === true) return true
  if (app.prompt.isPossible && !app.isJson) {
    await app.out.result(textOf(app, plan, 'asked'))
    return await app.prompt.confirm(`remove ${count(plan.remove.length, 'backup')} from ${shown}?`, { default: false })
  }
  throw new Failure('NO_TERMINAL', {
    doing: 'removing backups',
    target: shown,
    why: 'there is no terminal to ask on',
    hints: [hint('look at it first', 'backup prune --dry-run'), hint('do it unasked', 'backup prune --yes')],
  })
}

function textOf(app: App, { rows, remove }: PrunePlan, state: string): string {
  const lines = rows.map(
    ({ named, because }): StepLine =>
      because.length === 0
        ? { sign: '-', what: named.name, why: state === 'done' ? 'removed' : 'remove' }
        : { sign: ' ', what: named.name, why: `keep: ${because.join(', ')}` },
  )
  const last =
    {
      done: `${count(remove.length, 'backup')} removed, ${rows.length - remove.length} kept`,
      nothing: 'nothing to remove',
      planned: 'dry run: nothing was removed',
      declined: 'nothing was removed',
      asked: '',
    }[state] ?? ''
  return rows.length === 0 ? 'no backups there' : `${renderSteps(lines, app.out.width)}\n\n${last}`
}
