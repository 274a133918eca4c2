import type { App, Session } from '../src/app.js'
import type { Step } from '../src/core/plan.js'
import type { RollbackPlan } from '../src/flows/rollback.js'
import { renderSteps, type StepLine } from '../src/ui/reports/plan.js'
import { ago, count } from '../src/ui/text.js'
import { type Ending, unwritten } from './shared.js'

/** What is put back, what is left alone and why, and what the world looks like now. */
export function rollbackText(prepared: RollbackPlan, app: App, { context }: Session, ending: Ending): string {
  const { undone, plan, left } = prepared
  const isDone = ending === 'done'
  const lines: StepLine[] = [
    ...plan.stages.flat().map((step): StepLine => ({ sign: isDone ? '✔' : '·', ...words(step, isDone) })),
    ...left.map(({ what, name, why }): StepLine => ({ sign: '!', what: name, why: `${what} left alone: ${why}` })),
  ]
  const when = ago(new Date(undone.createdAt), app.clock.now())
  return [
    `roll back run ${undone.id} (${undone.command}, ${when}) · ${context.identity}`,
    '',
    lines.length === 0 ? '  everything is as it was before' : renderSteps(lines, app.out.width),
    '',
    last(prepared, app, ending),
  ].join('\n')
}

function words(step: Step, isDone: boolean): { what: string; why: string } {
  switch (step.op) {
    case 'rewrite-env':
      return { what: step.path, why: isDone ? 'is byte for byte what it was' : 'put back, byte for byte' }
    case 'remove':
      return { what: step.name, why: isDone ? 'removed, as it was before' : 'remove: it was not there before' }
    case 'undelete':
      return { what: step.name, why: isDone ? 'brought back' : 'bring back' }
    default:
      return {
        what: step.name,
        why: isDone ? 'has its old value again, read back and compared' : 'put the old value back',
      }
  }
}

function last({ plan, left }: RollbackPlan, app: App, ending: Ending): string {
  const rest = left.length === 0 ? '' : `; ${count(left.length, 'part')} left alone`
  if (ending === 'done') return `run ${plan.id} · ${left.length === 0 ? 'all' : 'everything else'} is as it was${rest}`
  if (ending === 'nothing') return `nothing to do: nothing was written${rest}`
  return `${unwritten(app)}${app.config.options.dryRun === true ? '' : ' yet'}${rest}`
}

export function rollbackJson(prepared: RollbackPlan, { context }: Session, ending: Ending): object {
  const { undone, plan, left } = prepared
  const steps = plan.stages.flat()
  return {
    schema: 'vibesecrets/rollback@1',
    target: { provider: undone.plan.provider, identity: context.identity },
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
