import type { App } from '../src/app.js'
import { lastDrill, recordFailedDrill, drill as tryOut } from '../src/flows/drill.js'
import { planRestore, type RestorePlan, refuseOlder, seenBackup } from '../src/flows/restore.js'
import { type Loaded, loadBackup } from '../src/flows/restore-input.js'
import { renderPlan } from '../src/ui/reports/plan.js'
import { ago, count, shellWord } from '../src/ui/text.js'
import { keysOf } from './backup-shared.js'
import { wantsOf } from './copy.js'
import { jsonOf, viewOf } from './restore-view.js'
import { carryOut, type Ending, takeArgs } from './shared.js'

export async function run(app: App, args: readonly string[]): Promise<number> {
  const [what = ''] = takeArgs(args, ['a backup'], 1, 'restore')
  const { options } = app.config
  const host = await app.backups()
  const request = {
    what,
    keys: await keysOf(app, host),
    wants: wantsOf(app),
    allVersions: options.allVersions === true || options.drill === true,
  }
  if (options.drill === true)
    return await drilled(app, what, async () => await drill(app, await loadBackup(request, host)))
  const loaded = await loadBackup(request, host)
  if (options.allowOlder !== true) await refuseOlder(loaded, host)
  const session = await app.open()
  const prepared = await planRestore(
    { loaded, onConflict: options.onConflict ?? 'fail', names: app.config.names, allVersions: request.allVersions },
    session.context,
  )
  const conflict = prepared.rows.some(({ action }) => action === 'conflict')
  const show = async (ending: Ending | 'conflict') =>
    await app.out.result(renderPlan(viewOf(prepared, app, session, ending), app.out.width))
  const typed = { ...app, line: app.line.replace(/^restore/, `restore ${shellWord(what)}`) }
  if (!conflict && options.dryRun !== true && (options.yes === true || !app.prompt.isPossible || app.isJson))
    await tellLosses(app, prepared)
  const ending = conflict ? ('conflict' as const) : await carryOut(typed, session, prepared, () => show('planned'))
  if (ending === 'done') await seenBackup(loaded, host)
  if (app.isJson) await app.out.json(jsonOf(prepared, app, session, ending))
  else await show(ending)
  return conflict ? 4 : 0
}

/** Where nobody is asked, what gets lost is said before the first write all the same. */
async function tellLosses(app: App, { notes }: RestorePlan): Promise<void> {
  for (const { key, text } of notes) await app.out.warn(key === undefined ? text : `${key}: ${text}`)
}

/** A drill that fails is what it is for: whoever watches the machine has to learn of it. */
async function drilled(app: App, what: string, act: () => Promise<number>): Promise<number> {
  try {
    return await act()
  } catch (error) {
    const { state } = await app.backups()
    if (app.config.options.dryRun !== true) await recordFailedDrill(error, what, { clock: app.clock, state })
    throw error
  }
}

async function drill(app: App, loaded: Loaded): Promise<number> {
  const backups = await app.backups()
  const before = await lastDrill(backups.state)
  const scratch = await backups.scratch()
  const done = await tryOut(loaded, scratch.context, backups, app.config.options.dryRun !== true).finally(
    scratch.remove,
  )
  if (app.isJson)
    await app.out.json({
      schema: 'vibesecrets/restore-drill@1',
      file: loaded.shown,
      at: done.at.toISOString(),
      ...(loaded.header === undefined
        ? {}
        : { id: done.id, counter: done.counter, madeAt: done.madeAt.toISOString(), source: done.source }),
      items: [],
      summary: { secrets: loaded.secrets.length, versions: done.versions, equal: true },
    })
  else {
    const age = loaded.header === undefined ? '' : `, made ${ago(done.madeAt, done.at)}`
    const last =
      before === undefined ? 'the first drill on this machine' : `the drill before was ${ago(before.at, done.at)}`
    await app.out.result(
      `${loaded.shown}${age}\n\n  ✔ ${count(loaded.secrets.length, 'secret')} restored into a scratch store, every value compared\n\nnothing is left of it; ${last}`,
    )
  }
  return 0
}
