import type { App, Session } from '../src/app.js'
import type { Lookup } from '../src/core/ports.js'
import type { MigratePlan, MigrateRow } from '../src/flows/migrate.js'
import type { WantedRow } from '../src/flows/migrate-plan.js'
import { type PlanRow, type PlanView, renderSteps, type StepLine } from '../src/ui/reports/plan.js'
import { ago, count, day, mark } from '../src/ui/text.js'
import { type Ending, hint } from './shared.js'

const signs = { add: '+', change: '~', undelete: '~', same: '=', skip: '-', conflict: '!' } as const

/** The plan as the operator sees it: what was asked, a line a key, what it comes to, what to type next. */
export function viewOf(prepared: MigratePlan, app: App, { context }: Session): PlanView {
  const inputs = [...new Set(prepared.rows.map(({ input }) => input))]
  const dryRun = app.config.options.dryRun === true
  return {
    from: inputs.map(({ source }) => source.shown).join(', ') || '.env',
    to: context.identity,
    readAs: readAs(inputs),
    rows: [...prepared.rows]
      .sort((a, b) => Number(a.row === undefined) - Number(b.row === undefined))
      .map((row) => planRow(row, app, context.fingerprintKey)),
    warnings: prepared.notes.map(({ key, text }) => (key === undefined ? text : `${key}: ${text}`)),
    summary: [summary(prepared.rows)],
    last: lastLine(prepared, dryRun),
    hints: conflictHints(prepared.rows, app),
  }
}

function readAs(inputs: readonly MigrateRow['input'][]): string {
  const dialects = [...new Set(inputs.map(({ dialect }) => dialect))].join(', ')
  return inputs.every(({ agreed }) => agreed) ? `${dialects} (dotenv, node, python and compose agree)` : dialects
}

function planRow({ key, row, ...rest }: MigrateRow, app: App, fingerprintKey: Uint8Array): PlanRow {
  if (row === undefined)
    return { sign: ' ', left: key, right: '', what: 'leave', why: 'reason' in rest ? rest.reason : '' }
  return {
    sign: signs[row.action],
    left: key,
    right: row.wanted.name,
    what: row.action,
    why: why(row, app.clock.now(), fingerprintKey),
  }
}

/** What the operator needs to decide; a fingerprint only where two values have to be told apart. */
function why({ action, found, wanted }: WantedRow, now: Date, key: Uint8Array): string {
  switch (action) {
    case 'add':
      return wanted.value.lines > 1 ? `${wanted.value.lines} lines` : ''
    case 'same':
    case 'skip':
      return action === 'skip' ? 'the store holds another value' : standing(found, now)
    case 'undelete':
      return found.state === 'deleted' && found.recoverableUntil !== undefined
        ? `scheduled for deletion on ${day(found.recoverableUntil)}`
        : 'deleted in the store'
    case 'change':
    case 'conflict':
      return found.state === 'present'
        ? `there ${mark(found.value.fingerprint(key))}, here ${mark(wanted.value.fingerprint(key))}${found.createdAt === undefined ? '' : `, changed ${ago(found.createdAt, now)}`}`
        : ''
  }
}

const standing = (found: Lookup, now: Date): string =>
  found.state === 'present'
    ? `version ${found.version}${found.createdAt === undefined ? '' : `, ${ago(found.createdAt, now)}`}`
    : ''

const words = {
  add: 'to add',
  change: 'to change',
  undelete: 'to undelete',
  same: 'same',
  skip: 'skipped',
  conflict: 'conflict',
} as const

export function countsOf(rows: readonly MigrateRow[]): Record<keyof typeof words | 'leave', number> {
  const counts = { add: 0, change: 0, undelete: 0, same: 0, skip: 0, conflict: 0, leave: 0 }
  for (const { row } of rows) counts[row?.action ?? 'leave']++
  return counts
}

function summary(rows: readonly MigrateRow[]): string {
  const counts = countsOf(rows)
  const parts = (Object.keys(words) as (keyof typeof words)[])
    .filter((action) => counts[action] > 0)
    .map((action) => `${counts[action]} ${words[action]}`)
  const stay = counts.leave === 0 ? '' : `${count(counts.leave, 'key stays', 'keys stay')} in the file`
  return [parts.join(', ') || 'nothing to migrate', stay].filter((part) => part !== '').join('; ')
}

function lastLine(prepared: MigratePlan, dryRun: boolean): string {
  const conflicts = countsOf(prepared.rows).conflict
  const nothing = prepared.plan.stages.length === 0
  if (dryRun) return 'dry run: nothing was written'
  if (conflicts > 0) return 'nothing was written'
  return nothing ? 'nothing to do: nothing was written' : ''
}

function conflictHints(rows: readonly MigrateRow[], app: App) {
  if (countsOf(rows).conflict === 0) return []
  return [
    hint('keep theirs', `${app.lineWithout('dry-run')} --on-conflict=skip`),
    hint('replace theirs', `${app.lineWithout('dry-run')} --on-conflict=overwrite`),
  ]
}

/** What was done, proved, and how to go back. */
export function doneText(prepared: MigratePlan, app: App, { context }: Session, tookMs: number): string {
  const written = prepared.rows.filter(
    ({ row }) => row !== undefined && ['add', 'change', 'undelete'].includes(row.action),
  ).length
  const lines: StepLine[] = [
    ...(written === 0
      ? []
      : [
          { sign: '✔' as const, what: `${written} of ${written} written`, why: 'read back and compared', took: tookMs },
        ]),
    ...prepared.rewritten.map(({ path, lines }) => ({
      sign: '✔' as const,
      what: `${shownOf(prepared, path)} rewritten`,
      why: `${count(lines, 'line now holds a reference', 'lines now hold references')}; original kept for rollback`,
    })),
    ...prepared.rows
      .filter(({ row }) => row?.action === 'skip')
      .map(({ key }) => ({ sign: '-' as const, what: key, why: 'skipped: the store holds another value' })),
  ]
  const head = `${[...new Set(prepared.rows.map(({ input }) => input.source.shown))].join(', ')} → ${context.identity}`
  const id = prepared.plan.id
  return `${head}\n\n${renderSteps(lines, app.out.width)}\n\nrun ${id} · validate: vibesecrets validate ${app.config.provider} · go back: vibesecrets rollback ${id}`
}

const shownOf = ({ rows }: MigratePlan, path: string): string =>
  rows.find(({ input }) => input.source.path === path)?.input.source.shown ?? path

export function jsonOf(prepared: MigratePlan, app: App, { context }: Session, ending: Ending | 'conflict'): object {
  const counts = countsOf(prepared.rows)
  return {
    schema: 'vibesecrets/migrate@1',
    target: { provider: app.config.provider, identity: context.identity },
    run: ending === 'done' ? prepared.plan.id : null,
    state: ending,
    items: prepared.rows.map((row) => item(row, context.fingerprintKey)),
    notes: prepared.notes.map(({ code, key, text }) => ({ code, ...(key === undefined ? {} : { key }), text })),
    files: [...new Set(prepared.rows.map(({ input }) => input))].map(({ source, dialect, agreed }) => ({
      file: source.shown,
      dialect,
      agreed,
      rewrittenLines: prepared.rewritten.find(({ path }) => path === source.path)?.lines ?? 0,
    })),
    summary: counts,
  }
}

function item({ key, line, row, input, ...rest }: MigrateRow, fingerprintKey: Uint8Array): object {
  const at = { key, file: input.source.shown, line }
  if (row === undefined) return { ...at, action: 'leave', reason: 'reason' in rest ? rest.reason : '' }
  const { found, wanted, action } = row
  return {
    ...at,
    name: wanted.name,
    action,
    fingerprint: wanted.value.fingerprint(fingerprintKey),
    ...(found.state === 'present' ? { version: found.version, there: found.value.fingerprint(fingerprintKey) } : {}),
    ...(found.state === 'present' && found.createdAt !== undefined ? { updatedAt: found.createdAt.toISOString() } : {}),
  }
}
