import { table } from '../layout.js'
import { formatRough } from '../rough.js'
import { bold, warn } from '../style.js'
import { age, ahead, moment } from '../text.js'

export interface ListRow {
  /** Without prefix and environment. */
  readonly name: string
  readonly version?: string
  readonly state: 'present' | 'deleted'
  readonly createdAt?: Date
  readonly updatedAt?: Date
  /** When a rotation made the current value. */
  readonly rotatedAt?: Date
  readonly purpose?: string
  readonly owner?: string
  readonly strategy?: string
  readonly everyMs?: number
  readonly dueAt?: Date
  readonly graceUntil?: Date
  /** What else is to be said: "overdue", "rotated by the service every 30d". */
  readonly note?: string
  /** Whether the inventory has it. */
  readonly known: boolean
}

export interface ListOptions {
  readonly long: boolean
  readonly width?: number | undefined
  readonly now: Date
}

const HEAD = ['NAME', 'VERSION', 'AGE', 'ROTATE', 'DUE', 'OWNER', 'STATE']

/** Names alone, or with `long` a table of all that is known. */
export function renderList(rows: readonly ListRow[], { long, width, now }: ListOptions): string {
  if (!long)
    return table(
      rows.map((row) => [row.name, row.state === 'deleted' ? warn('deleted') : '']),
      { width, keep: 1 },
    ).join('\n')
  return table([HEAD.map(bold), ...rows.map((row) => cells(row, now))], { width, gap: 2, keep: 1 }).join('\n')
}

function cells(row: ListRow, now: Date): string[] {
  const none = row.known ? '' : '-'
  return [
    row.name,
    row.version ?? '',
    ageOf(row, now),
    row.everyMs === undefined ? none : `every ${formatRough(row.everyMs)}`,
    row.dueAt === undefined ? none : ahead(row.dueAt, now),
    row.owner ?? none,
    states(row, now).join(', '),
  ]
}

const ageOf = ({ updatedAt, createdAt }: ListRow, now: Date): string => {
  const since = updatedAt ?? createdAt
  return since === undefined ? '' : age(Math.max(0, now.getTime() - since.getTime()))
}

const isOverdue = ({ dueAt }: ListRow, now: Date): boolean => dueAt !== undefined && dueAt.getTime() <= now.getTime()

function states(row: ListRow, now: Date): string[] {
  return [
    ...(row.state === 'deleted' ? ['deleted'] : []),
    ...(isOverdue(row, now) ? ['overdue'] : []),
    ...(row.graceUntil === undefined ? [] : [`grace until ${moment(row.graceUntil)}`]),
    ...(row.note === undefined ? [] : [row.note]),
    ...(row.known || row.graceUntil !== undefined ? [] : ['not in the inventory']),
  ]
}

const COLUMNS = [
  'name',
  'version',
  'state',
  'updated',
  'purpose',
  'owner',
  'strategy',
  'every',
  'due',
  'grace_until',
  'inventory',
  'note',
]

/** RFC 4180; a cell that a spreadsheet would run is made text. */
export function renderCsv(rows: readonly ListRow[]): string {
  return [COLUMNS, ...rows.map(facts)].map((row) => row.map(csvCell).join(',')).join('\n')
}

function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

function facts(row: ListRow): string[] {
  return [
    row.name,
    row.version ?? '',
    row.state,
    dateOf(row.updatedAt ?? row.createdAt),
    row.purpose ?? '',
    row.owner ?? '',
    row.strategy ?? '',
    row.everyMs === undefined ? '' : formatRough(row.everyMs),
    dateOf(row.dueAt),
    dateOf(row.graceUntil),
    row.known ? 'yes' : 'no',
    row.note ?? '',
  ]
}

const dateOf = (date: Date | undefined): string => date?.toISOString() ?? ''

/** The guide's table "Document Secret Usage". */
export function renderMarkdown(rows: readonly ListRow[]): string {
  const head = ['Secret', 'Purpose', 'Rotation', 'Owner', 'Last change']
  const lines = rows.map((row) => [
    `\`${row.name.replaceAll('`', "'")}\``,
    row.purpose ?? '',
    row.everyMs === undefined
      ? ''
      : [row.strategy, `every ${formatRough(row.everyMs)}`].filter((part) => part !== undefined).join(', '),
    row.owner ?? '',
    dateOf(row.updatedAt ?? row.createdAt).slice(0, 10),
  ])
  return [head, head.map(() => '---'), ...lines].map((row) => `| ${row.map(markdownCell).join(' | ')} |`).join('\n')
}

const markdownCell = (text: string): string =>
  text
    .replaceAll(/[\r\n]+/g, ' ')
    .replaceAll('|', '\\|')
    .replaceAll('<', '&lt;')

export { type BackupFacts, type PrometheusOptions, renderPrometheus } from './prometheus.js'
