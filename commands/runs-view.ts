import type { App } from '../src/app.js'
import type { RunRecord } from '../src/engine/runs.js'
import { table } from '../src/ui/layout.js'
import { ago } from '../src/ui/text.js'

/** `rollback --list`: every recorded run, newest first. */
export async function listRuns(app: App): Promise<number> {
  const runs = await (await app.runs()).list()
  if (app.isJson) await app.out.json(runsJson(runs))
  else if (runs.length === 0) await app.out.note('no run is recorded on this machine')
  else await app.out.result(runsText(runs, app))
  return 0
}

const runsJson = (runs: readonly RunRecord[]): object => ({
  schema: 'vibesecrets/runs@1',
  items: runs.map(({ id, command, target, createdAt, state, plan }) => ({
    run: id,
    command,
    state,
    target,
    createdAt,
    ...(plan.file === undefined ? {} : { file: plan.file }),
    ...(plan.undoes === undefined ? {} : { undoes: plan.undoes }),
  })),
  summary: { runs: runs.length },
})

function runsText(runs: readonly RunRecord[], { clock, out }: App): string {
  const head = ['RUN', 'COMMAND', 'STATE', 'WHEN', 'TARGET']
  const rows = runs.map(({ id, command, target, createdAt, state, plan }) => [
    id,
    plan.undoes === undefined ? command : `${command} of ${plan.undoes}`,
    state,
    ago(new Date(createdAt), clock.now()),
    target,
  ])
  return table([head, ...rows], { width: out.width }).join('\n')
}
