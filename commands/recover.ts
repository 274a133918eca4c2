import type { App } from '../src/app.js'
import { Failure } from '../src/core/failure.js'
import type { RunRecord } from '../src/engine/runs.js'
import { recover } from '../src/flows/recover.js'
import { hint, takeArgs } from './shared.js'

/** Finishes what was begun: the same loop over the same plan. A second call finds nothing to do. */
export async function run(app: App, args: readonly string[]): Promise<number> {
  const [id] = takeArgs(args, ['a run'], 0, 'recover')
  const open = await unfinished(app, id)
  const results: { run: string; command: string; done: number }[] = []
  for (const record of open) {
    if (app.config.options.dryRun === true) {
      if (!app.isJson)
        await app.out.result(
          `run ${record.id} (${record.command}) would be finished · ${record.target}\n\ndry run: nothing was written`,
        )
      continue
    }
    const session = await app.open({ like: record.plan })
    const settled = await recover(record.id, session.context)
    results.push({ run: record.id, command: record.command, done: settled })
    if (!app.isJson)
      await app.out.result(
        `run ${record.id} (${record.command}) finished · ${record.target}\n\n  go back:  vibesecrets rollback ${record.id}`,
      )
  }
  if (app.isJson)
    await app.out.json({ schema: 'vibesecrets/recover@1', items: results, summary: { finished: results.length } })
  else if (open.length === 0) await app.out.result('nothing is unfinished on this machine: nothing was written')
  return 0
}

async function unfinished(app: App, id: string | undefined): Promise<RunRecord[]> {
  const all = await (await app.runs()).list()
  const open = all.filter(({ state }) => state === 'open').reverse()
  if (id === undefined) return open
  if (!all.some((record) => record.id === id))
    throw new Failure('INPUT_MISSING', {
      doing: 'recovering',
      why: 'there is no run of that name on this machine',
      hints: [hint('see what is unfinished', 'status')],
    })
  return open.filter((record) => record.id === id)
}
