import type { App } from '../src/app.js'
import type { Context } from '../src/flows/context.js'
import type { CopyPlan } from '../src/flows/copy.js'
import type { WantedRow } from '../src/flows/migrate-plan.js'
import type { PlanRow, PlanView } from '../src/ui/reports/plan.js'
import { actionWords, countsOf, signs, twoValues } from './actions.js'
import { type Ending, hint, unwritten } from './shared.js'

export interface Places {
  readonly from: Context
  readonly to: Context
}

type Outcome = Ending | 'conflict'

/** A row a secret, what stays behind, and what to type next. */
export function copyView(prepared: CopyPlan, app: App, { from, to }: Places, ending: Outcome): PlanView {
  const notes = prepared.notes.map(
    ({ key, text }): PlanRow => ({ sign: ' ', left: key ?? '', right: '', what: 'note', why: text }),
  )
  const line = app.typed({ without: ['on-conflict'] })
  const ways = [
    hint('keep theirs', `${line} --on-conflict=skip`),
    hint('replace theirs', `${line} --on-conflict=overwrite --yes`),
  ]
  return {
    from: from.identity,
    to: to.identity,
    rows: [...prepared.rows.map((row) => rowOf(row, app, to.fingerprintKey)), ...notes],
    summary: [actionWords(prepared.rows) || 'nothing to copy'],
    last: lastOf(prepared, app, ending),
    hints: ending === 'conflict' ? ways : [],
  }
}

function lastOf({ plan }: CopyPlan, app: App, ending: Outcome): string {
  if (ending === 'done')
    return `written, read back and compared · run ${plan.id} · go back: vibesecrets rollback ${plan.id}`
  if (ending === 'planned' && app.config.options.dryRun !== true) return ''
  return ending === 'nothing' ? 'nothing to do: nothing was written' : unwritten(app)
}

function rowOf(row: WantedRow, app: App, key: Uint8Array): PlanRow {
  const { action, wanted, found } = row
  const why = found.state === 'present' && action !== 'same' ? twoValues(row, app.clock.now(), key) : ''
  return { sign: signs[action], left: wanted.name, right: '', what: action, why }
}

export function copyJson(prepared: CopyPlan, { from, to }: Places, ending: Outcome): object {
  return {
    schema: 'vibesecrets/copy@1',
    source: { provider: from.provider.traits.id, identity: from.identity },
    target: { provider: to.provider.traits.id, identity: to.identity },
    run: ending === 'done' ? prepared.plan.id : null,
    state: ending,
    items: prepared.rows.map(({ wanted, action }) => ({ name: wanted.name, action })),
    notes: prepared.notes.map(({ code, key, text }) => ({ code, ...(key === undefined ? {} : { name: key }), text })),
    summary: countsOf(prepared.rows),
  }
}
