import type { App, Session } from '../src/app.js'
import type { Lookup } from '../src/core/ports.js'
import type { EnvInput } from '../src/flows/env-input.js'
import type { MigratePlan, MigrateRow } from '../src/flows/migrate.js'
import type { WantedRow } from '../src/flows/migrate-plan.js'
import { type PlanRow, type PlanView, renderSteps, type StepLine } from '../src/ui/reports/plan.js'
import { ago, count, day } from '../src/ui/text.js'
import { actionWords, countsOf, signs, twoValues } from './actions.js'
import { type Ending, hint, unwritten } from './shared.js'

/** The plan as the operator sees it: what was asked, a line a key, what it comes to, what to type next. */
export function viewOf(prepared: MigratePlan, app: App, { context }: Session): PlanView {
  const inputs = inputsOf(prepared)
  const rows = [...prepared.rows].sort((a, b) => Number(a.row === undefined) - Number(b.row === undefined))
  return {
    from: shownOf(inputs),
    to: context.identity,
    ...(inputs.length === 0 ? {} : { readAs: readAs(inputs, app.out.width) }),
    rows: rows.map((row) => planRow(row, app, context.fingerprintKey)),
    warnings: prepared.notes.map(({ key, text }) => (key === undefined ? text : `${key}: ${text}`)),
    summary: [summary(prepared.rows)],
    last: lastLine(prepared, app),
    hints: conflictHints(prepared.rows, app),
  }
}

const inputsOf = ({ rows }: MigratePlan): EnvInput[] => [...new Set(rows.map(({ input }) => input))]
const shownOf = (inputs: readonly EnvInput[]): string => inputs.map(({ source }) => source.shown).join(', ') || '.env'

const NARROW = 70

function readAs(inputs: readonly EnvInput[], width: number | undefined): string {
  const dialects = [...new Set(inputs.map(({ dialect }) => dialect))].join(', ')
  if (!inputs.every(({ agreed }) => agreed)) return dialects
  return `${dialects} (${width !== undefined && width < NARROW ? 'all' : 'dotenv, node, python and compose'} agree)`
}

function planRow({ key, ...rest }: MigrateRow, app: App, fingerprintKey: Uint8Array): PlanRow {
  if (rest.row === undefined) return { sign: ' ', left: key, right: '', what: 'leave', why: rest.reason }
  const { action, wanted } = rest.row
  return {
    sign: signs[action],
    left: key,
    right: wanted.name,
    what: action,
    why: why(rest.row, app.clock.now(), fingerprintKey),
  }
}

/** What the operator needs to decide; a fingerprint only where two values have to be told apart. */
function why(row: WantedRow, now: Date, key: Uint8Array): string {
  const { action, found, wanted } = row
  switch (action) {
    case 'add':
      return wanted.value.lines > 1 ? `${wanted.value.lines} lines` : ''
    case 'same':
      return standing(found, now)
    case 'skip':
      return 'the store holds another value'
    case 'undelete':
      return found.state === 'deleted' && found.recoverableUntil !== undefined
        ? `scheduled for deletion on ${day(found.recoverableUntil)}`
        : 'deleted in the store'
    case 'change':
    case 'conflict':
      return twoValues(row, now, key)
  }
}

const standing = (found: Lookup, now: Date): string =>
  found.state === 'present'
    ? `version ${found.version}${found.createdAt === undefined ? '' : `, ${ago(found.createdAt, now)}`}`
    : ''

function summary(rows: readonly MigrateRow[]): string {
  const moving = actionWords(rows.flatMap(({ row }) => (row === undefined ? [] : [row])))
  const stay = rows.filter(({ row }) => row === undefined).length
  const staying = stay === 0 ? '' : `${count(stay, 'key stays', 'keys stay')} in the file`
  return [moving || 'nothing to migrate', staying].filter((part) => part !== '').join('; ')
}

function lastLine({ plan, rows }: MigratePlan, app: App): string {
  if (app.config.options.dryRun === true || rows.some(({ row }) => row?.action === 'conflict')) return unwritten(app)
  return plan.stages.length === 0 ? 'nothing to do: nothing was written' : ''
}

function conflictHints(rows: readonly MigrateRow[], app: App) {
  if (!rows.some(({ row }) => row?.action === 'conflict')) return []
  const line = app.typed({ without: ['on-conflict'] })
  return [
    hint('keep theirs', `${line} --on-conflict=skip`),
    hint('replace theirs', `${line} --on-conflict=overwrite --yes`),
  ]
}

/** What was done, proved, and how to go back. */
export function doneText(
  prepared: MigratePlan,
  app: App,
  { context }: Session,
  { tookMs, backups }: { readonly tookMs: number; readonly backups: readonly string[] },
): string {
  const inputs = inputsOf(prepared)
  const { id } = prepared.plan
  const next = [
    `validate: vibesecrets ${app.typed({ command: 'validate', provider: context.provider.traits.id })}`,
    `go back: vibesecrets rollback ${id}`,
  ]
  return [
    `${shownOf(inputs)} → ${context.identity}`,
    '',
    renderSteps([...doneLines(prepared, tookMs), ...backups.map(backupLine)], app.out.width),
    '',
    [`run ${id}`, ...next].join(' · '),
  ].join('\n')
}

function doneLines(prepared: MigratePlan, took: number): StepLine[] {
  const { rows, rewritten } = prepared
  const written = rows.filter(({ row }) => row !== undefined && isWritten(row)).length
  const fileOf = (path: string) => inputsOf(prepared).find(({ source }) => source.path === path)?.source.shown ?? path
  return [
    ...(written === 0
      ? []
      : [{ sign: '✔' as const, what: `${written} of ${written} written`, why: 'read back and compared', took }]),
    ...rewritten.map(({ path, lines }) => ({
      sign: '✔' as const,
      what: `${fileOf(path)} rewritten`,
      why: `${count(lines, 'line now holds a reference', 'lines now hold references')}; original kept for rollback`,
    })),
    ...rows
      .filter(({ row }) => row?.action === 'skip')
      .map(({ key }) => ({ sign: '-' as const, what: key, why: 'skipped: the store holds another value' })),
  ]
}

const isWritten = ({ action }: WantedRow): boolean => action === 'add' || action === 'change' || action === 'undelete'

const backupLine = (path: string): StepLine => ({
  sign: '!',
  what: path,
  why: 'the original in clear: delete it once it is of no use',
})

export function jsonOf(prepared: MigratePlan, { context }: Session, ending: Ending | 'conflict'): object {
  const rows = prepared.rows.flatMap(({ row }) => (row === undefined ? [] : [row]))
  return {
    schema: 'vibesecrets/migrate@1',
    target: { provider: context.provider.traits.id, identity: context.identity },
    run: ending === 'done' ? prepared.plan.id : null,
    state: ending,
    items: prepared.rows.map((row) => item(row, context.fingerprintKey)),
    notes: prepared.notes.map(({ code, key, text }) => ({ code, ...(key === undefined ? {} : { key }), text })),
    files: inputsOf(prepared).map(({ source, dialect, agreed }) => ({
      file: source.shown,
      dialect,
      agreed,
      rewrittenLines: prepared.rewritten.find(({ path }) => path === source.path)?.lines ?? 0,
    })),
    summary: { ...countsOf(rows), leave: prepared.rows.length - rows.length },
  }
}

function item({ key, line, input, ...rest }: MigrateRow, fingerprintKey: Uint8Array): object {
  const at = { key, file: input.source.shown, line }
  if (rest.row === undefined) return { ...at, action: 'leave', reason: rest.reason }
  const { found, wanted, action } = rest.row
  return {
    ...at,
    name: wanted.name,
    action,
    fingerprint: wanted.value.fingerprint(fingerprintKey),
    ...(found.state === 'present' ? { version: found.version, there: found.value.fingerprint(fingerprintKey) } : {}),
    ...(found.state === 'present' && found.createdAt !== undefined ? { updatedAt: found.createdAt.toISOString() } : {}),
  }
}
