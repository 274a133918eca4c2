import type { App } from '../src/app.js'
import type { Failure } from '../src/core/failure.js'
import { numbered, type Step } from '../src/core/plan.js'
import type { RunRecord } from '../src/engine/runs.js'
import { drillsIn } from '../src/flows/drill.js'
import { unfinished } from '../src/flows/recover.js'
import { drillsJson, renderDrills } from '../src/ui/reports/drill.js'
import type { StepLine } from '../src/ui/reports/plan.js'
import { type RunView, renderStatus } from '../src/ui/reports/status.js'
import { hint, takeArgs } from './shared.js'

/** What is unfinished on this machine, and the one command that finishes it. Reads this machine's records only. */
export async function run(app: App, args: readonly string[]): Promise<number> {
  takeArgs(args, [], 0, 'status')
  const { runs, unreadable } = await (await app.runs()).scan()
  const open = unfinished(runs)
  const drills = await drillsIn((await app.backups()).state)
  if (app.isJson) await app.out.json({ ...jsonOf(open, unreadable), drill: drillsJson(drills) })
  else if (open.length === 0 && unreadable.size === 0) await app.out.result('nothing is unfinished on this machine')
  else if (open.length > 0) await app.out.result(renderStatus(open.map(viewOf), app.out.width))
  const said = renderDrills(drills, app.clock.now())
  if (!app.isJson && said !== '') await app.out.result(said)
  return app.isJson ? exitOf(unreadable) : await complain(app, unreadable)
}

const exitOf = (unreadable: ReadonlyMap<string, Failure>): number => [...unreadable.values()][0]?.exit ?? 0

/** A journal that cannot be read may be of an unfinished run: that is no "nothing is unfinished". */
async function complain(app: App, unreadable: ReadonlyMap<string, Failure>): Promise<number> {
  for (const failure of unreadable.values()) await app.out.error(failure)
  return exitOf(unreadable)
}

const STATES = { '✔': 'done', '?': 'unknown', '·': 'waiting' } as const
type Sign = keyof typeof STATES

const signOf = ({ settled, intended }: RunRecord['progress'], index: number): Sign =>
  settled.has(index) ? '✔' : intended.has(index) ? '?' : '·'

function viewOf({ id, command, target, createdAt, plan, progress }: RunRecord): RunView {
  const steps = numbered(plan).map(({ index, step }): StepLine => {
    const sign = signOf(progress, index)
    return { sign, what: subject(step), ...(sign === '?' ? { why: 'begun, outcome unknown' } : {}) }
  })
  return {
    id,
    command,
    what: target,
    startedAt: new Date(createdAt),
    steps,
    verdict: 'old and new values are both kept; nothing is lost',
    hints: [hint('finish it', `recover ${id}`), hint('or take it back', `recover ${id} --undo`)],
  }
}

function jsonOf(open: readonly RunRecord[], unreadable: ReadonlyMap<string, Failure>): object {
  return {
    schema: 'vibesecrets/status@1',
    items: open.map(({ id, command, target, createdAt, plan, progress }) => ({
      run: id,
      command,
      target,
      startedAt: createdAt,
      steps: numbered(plan).map(({ index, step }) => ({ what: subject(step), state: STATES[signOf(progress, index)] })),
    })),
    unreadable: [...unreadable].map(([run, { code }]) => ({ run, code })),
    summary: { unfinished: open.length, unreadable: unreadable.size },
  }
}

const subject = (step: Step): string => (step.op === 'rewrite-env' ? `rewrite ${step.path}` : `${step.op} ${step.name}`)
