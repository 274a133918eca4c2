import type { App, Session } from '../src/app.js'
import type { Step } from '../src/core/plan.js'
import type { ChangePlan } from '../src/flows/set.js'
import { ago, mark } from '../src/ui/text.js'
import type { Ending } from './shared.js'

/** One secret's change: what, where, and how to go back. */
export function changeText(prepared: ChangePlan, app: App, { context }: Session, ending: Ending): string {
  const [step] = prepared.plan.stages.flat()
  const subject = `${nameOf(prepared, step)} · ${context.identity}`
  if (step === undefined) return `${subject}\n\n  =  ${alreadySo(prepared)}\n\nnothing to do: nothing was written`
  const line = `  ${ending === 'done' ? '✔' : '~'}  ${words(step, prepared, app, context.fingerprintKey, ending === 'done')}`
  const last =
    ending === 'done'
      ? `run ${prepared.plan.id} · go back: vibesecrets rollback ${prepared.plan.id}`
      : app.config.options.dryRun === true
        ? 'dry run: nothing was written'
        : 'nothing was written'
  return `${subject}\n\n${line}\n\n${ending === 'planned' && app.config.options.dryRun !== true ? 'nothing was written yet' : last}`
}

function nameOf({ row, found, plan, seen }: ChangePlan, step: Step | undefined): string {
  if (step !== undefined && step.op !== 'rewrite-env') return step.name
  const [name] = seen?.keys() ?? []
  return row?.wanted.name ?? name ?? (found.state === 'present' ? 'secret' : plan.command)
}

const alreadySo = ({ row, found }: ChangePlan): string =>
  row !== undefined
    ? 'the store holds this value already'
    : found.state === 'deleted'
      ? 'it is deleted already'
      : 'it is there already'

function words(step: Step, { row, found }: ChangePlan, app: App, key: Uint8Array, done: boolean): string {
  const age =
    found.state === 'present' && found.createdAt !== undefined
      ? `, changed ${ago(found.createdAt, app.clock.now())}`
      : ''
  if (step.op === 'remove')
    return done
      ? 'deleted; the value is kept for a rollback'
      : `delete    ${found.state === 'present' ? `version ${found.version}${age}` : ''}`
  if (step.op === 'undelete') return done ? 'brought back, as it was' : 'undelete'
  if (found.state === 'present' && row !== undefined)
    return `${done ? 'changed' : 'change'}    there ${mark(found.value.fingerprint(key))}, here ${mark(row.wanted.value.fingerprint(key))}${age}${done ? ', read back and compared' : ''}`
  return done ? 'added, read back and compared' : 'add'
}

export function changeJson(
  command: 'set' | 'delete',
  prepared: ChangePlan,
  app: App,
  { context }: Session,
  ending: Ending,
): object {
  const [step] = prepared.plan.stages.flat()
  return {
    schema: `vibesecrets/${command}@1`,
    target: { provider: app.config.provider, identity: context.identity },
    run: ending === 'done' ? prepared.plan.id : null,
    state: ending,
    items: [{ name: nameOf(prepared, step), action: actionOf(step, prepared) }],
    summary: { changed: ending === 'done' ? 1 : 0 },
  }
}

function actionOf(step: Step | undefined, { row }: ChangePlan): string {
  if (step === undefined) return 'same'
  return step.op === 'put' ? (row?.action ?? 'change') : step.op
}
