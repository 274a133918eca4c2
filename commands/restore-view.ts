import type { App, Session } from '../src/app.js'
import type { WantedRow } from '../src/flows/migrate-plan.js'
import { differsBeside, type RestorePlan } from '../src/flows/restore.js'
import type { PlanRow, PlanView } from '../src/ui/reports/plan.js'
import { ago, count, mark } from '../src/ui/text.js'
import { type Ending, hint } from './shared.js'

const signs = { add: '+', change: '~', undelete: '~', same: '=', skip: '-', conflict: '!' } as const

/** What the backup holds against what the target holds, a line a name; what gets lost stands below. */
export function viewOf(prepared: RestorePlan, app: App, { context }: Session, ending: Ending | 'conflict'): PlanView {
  const { loaded, rows, notes } = prepared
  return {
    from: `${loaded.shown}${madeOf(prepared, app)}`,
    to: context.identity,
    rows: rows.map((row) => rowOf(row, prepared, app, context.fingerprintKey)),
    warnings: notes.map(({ key, text }) => (key === undefined ? text : `${key}: ${text}`)),
    summary: [summaryOf(prepared)],
    last: lastOf(prepared, app, ending),
    hints:
      ending === 'conflict'
        ? [
            hint('keep theirs', `restore <file> --on-conflict=skip`),
            hint('replace theirs', `restore <file> --on-conflict=overwrite`),
          ]
        : [],
  }
}

function madeOf({ loaded: { header } }: RestorePlan, app: App): string {
  if (header === undefined) return ''
  return ` (backup ${header.counter} of ${header.source}, ${ago(new Date(header.time), app.clock.now())})`
}

function rowOf(row: WantedRow, prepared: RestorePlan, app: App, key: Uint8Array): PlanRow {
  const { wanted, action, found } = row
  const versions = prepared.loaded.secrets.length === 0 ? 0 : versionsOf(prepared, wanted.name)
  const changed =
    found.state === 'present' && found.createdAt !== undefined
      ? `, changed ${ago(found.createdAt, app.clock.now())}`
      : ''
  const differs = differsBeside(row)
    ? 'the same value, other labels or description'
    : found.state === 'present' && action !== 'same'
      ? `there ${mark(found.value.fingerprint(key))}, here ${mark(wanted.value.fingerprint(key))}${changed}`
      : ''
  const many = versions > 1 ? `${versions} versions, oldest first` : ''
  return {
    sign: signs[action],
    left: wanted.name,
    right: '',
    what: action,
    why: [differs, many].filter((part) => part !== '').join('; '),
  }
}

function versionsOf({ plan }: RestorePlan, name: string): number {
  const step = plan.stages.flat().find((each) => each.op === 'history' && each.name === name)
  return step?.op === 'history' ? step.values.length : 1
}

const words = {
  add: 'to add',
  change: 'to change',
  undelete: 'to undelete',
  same: 'same',
  skip: 'skipped',
  conflict: 'conflict',
} as const

export function countsOf(rows: readonly WantedRow[]): Record<keyof typeof words, number> {
  const counts = { add: 0, change: 0, undelete: 0, same: 0, skip: 0, conflict: 0 }
  for (const { action } of rows) counts[action]++
  return counts
}

function summaryOf({ rows, loaded, versions }: RestorePlan): string {
  const counts = countsOf(rows)
  const parts = (Object.keys(words) as (keyof typeof words)[])
    .filter((action) => counts[action] > 0)
    .map((action) => `${counts[action]} ${words[action]}`)
  const more = versions > parts.length && versions > rows.length ? `; ${count(versions, 'version')} in all` : ''
  const rest = loaded.held.secrets - loaded.secrets.length
  return `${parts.join(', ') || 'nothing to restore'}${more}${rest > 0 ? `; ${rest} of the backup left out` : ''}`
}

function lastOf({ plan }: RestorePlan, app: App, ending: Ending | 'conflict'): string {
  if (ending === 'done')
    return `written, read back and compared · run ${plan.id} · go back: vibesecrets rollback --run ${plan.id}`
  if (app.config.options.dryRun === true) return 'dry run: nothing was written'
  if (ending === 'planned') return ''
  return ending === 'nothing' ? 'nothing to do: nothing was written' : 'nothing was written'
}

export function jsonOf(prepared: RestorePlan, app: App, { context }: Session, ending: Ending | 'conflict'): object {
  const { loaded, rows, notes, plan, versions } = prepared
  const { header } = loaded
  return {
    schema: 'vibesecrets/restore@1',
    source: {
      file: loaded.shown,
      ...(header === undefined
        ? {}
        : { id: header.id, counter: header.counter, time: header.time, identity: header.source }),
    },
    target: { provider: app.config.provider, identity: context.identity },
    run: ending === 'done' ? plan.id : null,
    state: ending,
    items: rows.map(({ wanted, action }) => ({
      name: wanted.name,
      action,
      versions: versionsOf(prepared, wanted.name),
    })),
    notes: notes.map(({ code, key, text }) => ({ code, ...(key === undefined ? {} : { name: key }), text })),
    summary: { ...countsOf(rows), versions },
  }
}
