import type { App } from '../src/app.js'
import type { CheckRow, ValidateReport } from '../src/flows/validate.js'
import { failureWhy } from '../src/ui/failures.js'
import type { CheckView, CheckRow as Line } from '../src/ui/reports/check.js'
import { ago, day, mark } from '../src/ui/text.js'
import { hint } from './shared.js'

type State = CheckRow['state']
const AGREES: ReadonlySet<State> = new Set(['equal', 'present', 'expected'])

/** What agrees as a number, everything else in a line of its own. */
export function viewOf({ rows }: ValidateReport, app: App): CheckView {
  const others = rows.filter(({ state }) => !AGREES.has(state))
  const migrates = others.some(({ state, key }) => (state === 'missing' || state === 'differs') && key !== undefined)
  return {
    equal: rows.filter(({ state }) => state === 'equal' || state === 'present').length,
    rows: others.map((row) => lineOf(row, app)),
    summary: summary(rows),
    hints: migrates ? [hint('see what a migrate would do', `${app.typed({ command: 'migrate' })} --dry-run`)] : [],
  }
}

function lineOf(row: CheckRow, app: App): Line {
  const { name, state, file, line } = row
  return {
    state: state === 'present' || state === 'expected' ? 'equal' : state,
    name,
    why: why(row, app),
    ...(file === undefined ? {} : { place: { file, ...(line === undefined ? {} : { line }) } }),
  }
}

function why(row: CheckRow, app: App): string {
  const there = app.config.provider
  switch (row.state) {
    case 'differs':
      return `${row.expectedBy ?? 'here'} ${mark(row.here ?? '')}, ${there} ${mark(row.there ?? '')}${standing(row, app)}`
    case 'missing':
      return `in ${there}${deletion(row, app)}`
    case 'extra':
      return `in ${there}, but neither in the file nor in the inventory`
    case 'unchecked':
      return row.failure === undefined ? '' : failureWhy(row.failure)
    case 'invalid':
    case 'warning':
      return [
        row.reason ?? '',
        ...(row.file === undefined || row.line === undefined ? [] : [`(${row.file}:${row.line})`]),
      ]
        .join(' ')
        .trim()
    default:
      return row.reason ?? ''
  }
}

function standing({ found }: CheckRow, { clock }: App): string {
  if (found?.state !== 'present') return ''
  const { version, createdAt } = found
  return ` (version ${version}${createdAt === undefined ? '' : `, changed ${ago(createdAt, clock.now())}`})`
}

function deletion({ found }: CheckRow, { clock }: App): string {
  if (found?.state !== 'deleted') return ''
  const { deletedAt, recoverableUntil } = found
  const when = deletedAt === undefined ? '' : ` ${ago(deletedAt, clock.now())}`
  const until = recoverableUntil === undefined ? '' : `; can be recovered until ${day(recoverableUntil)}`
  return ` (deleted${when}${until})`
}

const words: readonly (readonly [State, string, string])[] = [
  ['differs', 'differs', 'differ'],
  ['missing', 'missing', 'missing'],
  ['extra', 'extra', 'extra'],
  ['unchecked', 'not checked', 'not checked'],
  ['invalid', 'invalid', 'invalid'],
  ['warning', 'warning', 'warnings'],
]

function summary(rows: readonly CheckRow[]): string {
  const parts = words.flatMap(([state, one, many]) => {
    const n = rows.filter((row) => row.state === state).length
    return n === 0 ? [] : [`${n} ${n === 1 ? one : many}`]
  })
  const unasked = rows.filter(({ state }) => state === 'expected').length
  if (unasked > 0) parts.push(`${unasked} read, and the provider was not asked`)
  if (parts.length > 0) return parts.join(', ')
  return rows.length === 0 ? 'there was nothing to check' : 'everything agrees'
}

/** Without `identity` nobody was asked. */
export function jsonOf({ rows }: ValidateReport, app: App, identity: string | undefined): object {
  const states = ['equal', 'present', 'expected', ...words.map(([state]) => state)]
  return {
    schema: 'vibesecrets/validate@1',
    target: { provider: app.config.provider, ...(identity === undefined ? {} : { identity }) },
    items: rows.map(item),
    summary: Object.fromEntries(states.map((state) => [state, rows.filter((row) => row.state === state).length])),
  }
}

function item({ name, key, file, line, state, here, there, expectedBy, found, failure, reason }: CheckRow): object {
  const why = failure === undefined ? reason : failureWhy(failure)
  return {
    name,
    ...(key === undefined ? {} : { key }),
    ...(file === undefined ? {} : { file, ...(line === undefined ? {} : { line }) }),
    state,
    ...(here === undefined ? {} : { expected: here, expectedBy }),
    ...(there === undefined ? {} : { found: there }),
    ...(found?.state === 'present' ? { version: found.version } : {}),
    ...(found?.state === 'deleted' ? { deleted: true } : {}),
    ...(failure === undefined ? {} : { code: failure.code }),
    ...(why === undefined ? {} : { reason: why }),
  }
}
