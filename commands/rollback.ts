import type { App, Session } from '../src/app.js'
import { Failure } from '../src/core/failure.js'
import type { Step } from '../src/core/plan.js'
import type { RunRecord } from '../src/engine/runs.js'
import { planRollback, type RollbackPlan } from '../src/flows/rollback.js'
import { table } from '../src/ui/layout.js'
import { renderSteps, type StepLine } from '../src/ui/reports/plan.js'
import { ago } from '../src/ui/text.js'
import { carryOut, type Ending, hint, takeArgs } from './shared.js'

export async function run(app: App, args: readonly string[]): Promise<number> {
  const [word] = takeArgs(args, ['a run'], 0, 'rollback')
  const { options } = app.config
  if (options.list === true) return await listRuns(app)
  const id = options.run ?? word
  const record = id === undefined ? undefined : await recordOf(app, id)
  const session = await app.open(record === undefined ? {} : { like: record.plan })
  const prepared = await planRollback(
    { keepSecrets: options.keepSecrets === true, ...(id === undefined ? {} : { run: id }) },
    session.context,
  )
  const preview = async () => await app.out.result(textOf(prepared, app, session, 'planned'))
  const ending = await carryOut(app, session, prepared, preview)
  if (ending === 'nothing' && prepared.left.length === 0 && options.dryRun !== true)
    await session.context.runs.journal.close(prepared.undone.id, 'undone')
  if (app.isJson) await app.out.json(jsonOf(prepared, app, session, ending))
  else await app.out.result(textOf(prepared, app, session, ending))
  return prepared.left.length > 0 && ending !== 'declined' ? 5 : 0
}

async function recordOf(app: App, id: string): Promise<RunRecord> {
  const found = (await (await app.runs()).list()).find((run) => run.id === id)
  if (found !== undefined) return found
  throw new Failure('INPUT_MISSING', {
    doing: 'rolling back',
    why: 'there is no run of that name on this machine',
    hints: [hint('see the recorded runs', 'rollback --list')],
  })
}

async function listRuns(app: App): Promise<number> {
  const runs = await (await app.runs()).list()
  if (app.isJson) {
    await app.out.json({
      schema: 'vibesecrets/runs@1',
      items: runs.map(({ id, command, target, createdAt, state }) => ({ run: id, command, target, createdAt, state })),
      summary: { runs: runs.length },
    })
  } else if (runs.length === 0) await app.out.note('no run is recorded on this machine')
  else {
    const head = ['RUN', 'COMMAND', 'STATE', 'WHEN', 'TARGET']
    const rows = runs.map(({ id, command, target, createdAt, state }) => [
      id,
      command,
      state,
      ago(new Date(createdAt), app.clock.now()),
      target,
    ])
    await app.out.result(table([head, ...rows], { width: app.out.width }).join('\n'))
  }
  return 0
}

function textOf(prepared: RollbackPlan, app: App, { context }: Session, ending: Ending): string {
  const { undone, plan, left } = prepared
  const done = ending === 'done'
  const lines: StepLine[] = [
    ...plan.stages.flat().map((step) => ({ sign: done ? ('✔' as const) : ('·' as const), ...words(step, done) })),
    ...left.map(({ what, name, why }) => ({ sign: '!' as const, what: name, why: `${what} left alone: ${why}` })),
  ]
  const head = `roll back run ${undone.id} (${undone.command}, ${ago(new Date(undone.createdAt), app.clock.now())}) · ${context.identity}`
  return [
    head,
    '',
    ...(lines.length === 0 ? ['  everything is as it was before'] : [renderSteps(lines, app.out.width)]),
    '',
    last(prepared, app, ending),
  ].join('\n')
}

function words(step: Step, done: boolean): { what: string; why: string } {
  switch (step.op) {
    case 'rewrite-env':
      return { what: step.path, why: done ? 'is byte for byte what it was' : 'put back, byte for byte' }
    case 'remove':
      return { what: step.name, why: done ? 'removed, as it was before' : 'remove: it was not there before' }
    case 'undelete':
      return { what: step.name, why: done ? 'brought back' : 'bring back' }
    default:
      return {
        what: step.name,
        why: done ? 'has its old value again, read back and compared' : 'put the old value back',
      }
  }
}

function last({ plan, left }: RollbackPlan, app: App, ending: Ending): string {
  const rest = left.length === 0 ? '' : `; ${left.length} left alone, because somebody else changed it since`
  if (ending === 'done') return `run ${plan.id} · everything else is as it was${rest}`
  if (app.config.options.dryRun === true) return `dry run: nothing was written${rest}`
  return ending === 'nothing'
    ? `nothing to do: nothing was written${rest}`
    : `nothing was written${ending === 'planned' ? ' yet' : ''}${rest}`
}

function jsonOf({ undone, plan, left }: RollbackPlan, app: App, { context }: Session, ending: Ending): object {
  const steps = plan.stages.flat()
  return {
    schema: 'vibesecrets/rollback@1',
    target: { provider: app.config.provider, identity: context.identity },
    run: ending === 'done' ? plan.id : null,
    undone: undone.id,
    state: ending,
    items: [
      ...steps.map((step) => ({ name: step.op === 'rewrite-env' ? step.path : step.name, action: step.op })),
      ...left.map(({ name, why }) => ({ name, action: 'left', reason: why })),
    ],
    summary: { changed: ending === 'done' ? steps.length : 0, left: left.length },
  }
}
