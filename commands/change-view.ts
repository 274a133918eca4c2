import type { App, Session } from '../src/app.js'
import type { Step } from '../src/core/plan.js'
import type { ChangePlan } from '../src/flows/set.js'
import { hintLines } from '../src/ui/layout.js'
import { ago } from '../src/ui/text.js'
import { twoValues } from './actions.js'
import { type Ending, hint, unwritten } from './shared.js'

export type Outcome = Ending | 'conflict'

/** One secret's change: what, where, and how to go back. */
export function changeText(prepared: ChangePlan, app: App, session: Session, ending: Outcome): string {
  const { context } = session
  const line = lineOf(prepared, app, context.fingerprintKey, ending)
  return [`${prepared.name} · ${context.identity}`, '', `  ${line}`, '', ...last(prepared, app, ending)].join('\n')
}

function lineOf(prepared: ChangePlan, app: App, key: Uint8Array, ending: Outcome): string {
  const [step] = prepared.plan.stages.flat()
  const { row } = prepared
  if (row?.action === 'conflict') return `!  conflict    ${twoValues(row, app.clock.now(), key)}`
  if (row?.action === 'skip') return '-  skipped: the store holds another value'
  if (step === undefined) return `=  ${alreadySo(prepared)}`
  return ending === 'done' ? `✔  ${doneWords(step, prepared, app, key)}` : `~  ${words(step, prepared, app, key)}`
}

const alreadySo = ({ row, found }: ChangePlan): string => {
  if (row !== undefined) return 'the store holds this value already'
  return found.state === 'deleted' ? 'it is deleted already' : 'it is there already'
}

function words(step: Step, { row, found }: ChangePlan, app: App, key: Uint8Array): string {
  const now = app.clock.now()
  if (step.op === 'undelete') return 'undelete'
  if (step.op === 'remove') {
    if (found.state !== 'present') return 'delete'
    const changed = found.createdAt === undefined ? '' : `, changed ${ago(found.createdAt, now)}`
    return `delete    version ${found.version}${changed}`
  }
  return found.state === 'present' && row !== undefined ? `change    ${twoValues(row, now, key)}` : 'add'
}

function doneWords(step: Step, { row, found }: ChangePlan, app: App, key: Uint8Array): string {
  if (step.op === 'remove') return 'deleted; the value is kept for a rollback'
  if (step.op === 'undelete') return 'brought back, as it was'
  if (found.state !== 'present' || row === undefined) return 'added, read back and compared'
  return `changed    ${twoValues(row, app.clock.now(), key)}, read back and compared`
}

function last({ plan }: ChangePlan, app: App, ending: Outcome): string[] {
  if (ending === 'done') return [`run ${plan.id} · go back: vibesecrets rollback ${plan.id}`]
  if (ending === 'nothing') return ['nothing to do: nothing was written']
  if (ending !== 'conflict') return [unwritten(app)]
  const line = app.typed({ without: ['on-conflict'] })
  return ['nothing was written', ...hintLines([hint('replace it', `${line} --on-conflict=overwrite --yes`)])]
}

export function changeJson(
  command: 'set' | 'delete',
  prepared: ChangePlan,
  { context }: Session,
  ending: Outcome,
): object {
  const [step] = prepared.plan.stages.flat()
  return {
    schema: `vibesecrets/${command}@1`,
    target: { provider: context.provider.traits.id, identity: context.identity },
    run: ending === 'done' ? prepared.plan.id : null,
    state: ending,
    items: [{ name: prepared.name, action: actionOf(step, prepared) }],
    summary: { changed: ending === 'done' ? 1 : 0 },
  }
}

function actionOf(step: Step | undefined, { row }: ChangePlan): string {
  if (row !== undefined) return row.action
  return step === undefined ? 'same' : step.op
}
