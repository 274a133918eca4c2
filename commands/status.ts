import type { App } from '../src/app.js'
import { numbered, type Step } from '../src/core/plan.js'
import type { RunRecord } from '../src/engine/runs.js'
import type { StepLine } from '../src/ui/reports/plan.js'
import { type RunView, renderStatus } from '../src/ui/reports/status.js'
import { hint, takeArgs } from './shared.js'

/** What is unfinished on this machine, and the one command that finishes it. Reads the journal only. */
export async function run(app: App, args: readonly string[]): Promise<number> {
  takeArgs(args, [], 0, 'status')
  const runs = await app.runs()
  const open = (await runs.list()).filter(({ state }) => state === 'open')
  const views = await Promise.all(open.map(async (record) => viewOf(record, await runs.load(record.id))))
  if (app.isJson)
    await app.out.json({
      schema: 'vibesecrets/status@1',
      items: views.map(({ id, command, steps }, at) => ({
        run: id,
        command,
        target: open[at]?.target,
        startedAt: open[at]?.createdAt,
        steps: steps.map(({ sign, what }) => ({ what, state: states[sign] })),
      })),
      summary: { unfinished: open.length },
    })
  else if (views.length === 0) await app.out.result('nothing is unfinished on this machine')
  else await app.out.result(renderStatus(views, app.out.width))
  return 0
}

const states: Record<string, string> = { '✔': 'done', '?': 'unknown', '·': 'waiting' }

function viewOf(
  record: RunRecord,
  {
    plan,
    progress,
  }: {
    plan: Parameters<typeof numbered>[0]
    progress: { settled: ReadonlyMap<number, unknown>; intended: ReadonlySet<number> }
  },
): RunView {
  const steps = numbered(plan).map(({ index, step }): StepLine => {
    if (progress.settled.has(index)) return { sign: '✔', what: subject(step) }
    return progress.intended.has(index)
      ? { sign: '?', what: subject(step), why: 'begun, outcome unknown' }
      : { sign: '·', what: subject(step) }
  })
  return {
    id: record.id,
    command: record.command,
    what: record.target,
    startedAt: new Date(record.createdAt),
    steps,
    verdict: 'old and new values are both kept; nothing is lost',
    hints: [hint('finish it', `recover ${record.id}`), hint('or take it back', `rollback ${record.id}`)],
  }
}

export const subject = (step: Step): string =>
  step.op === 'rewrite-env' ? `rewrite ${step.path}` : `${step.op} ${step.name}`
