import { visible } from '../escape.js'
import type { ListRow } from './list.js'

export interface PrometheusOptions {
  readonly provider: string
  readonly environment?: string
  readonly now: Date
  readonly backups?: BackupFacts
}

/** What this machine knows of backups; a fact that it does not know gives no line. */
export interface BackupFacts {
  /** When the newest known backup of this place was made. */
  readonly newest?: Date
  /** The last drill that ended well: when, of which source, and when that backup was made. */
  readonly drilled?: { readonly at: Date; readonly source: string; readonly madeAt: Date }
  /** The drill that failed after it. */
  readonly failed?: { readonly at: Date }
}

interface Metric {
  readonly name: string
  readonly help: string
  readonly value: (row: ListRow, now: Date) => number | undefined
}

const seconds = (ms: number): number => Math.round(ms / 1000)
const unix = (date: Date | undefined): number | undefined => date && seconds(date.getTime())

/** Of what is there; only `vibesecrets_secret_present` is of deleted names too. */
const metrics: readonly Metric[] = [
  {
    name: 'vibesecrets_secret_age_seconds',
    help: 'Time since the value last changed.',
    value: ({ updatedAt, createdAt }, now) => {
      const since = updatedAt ?? createdAt
      return since && Math.max(0, seconds(now.getTime() - since.getTime()))
    },
  },
  {
    name: 'vibesecrets_secret_rotated_timestamp_seconds',
    help: 'When a rotation made the current value.',
    value: ({ rotatedAt }) => unix(rotatedAt),
  },
  {
    name: 'vibesecrets_secret_rotation_interval_seconds',
    help: 'How often it rotates.',
    value: ({ everyMs }) => everyMs && seconds(everyMs),
  },
  {
    name: 'vibesecrets_secret_due_timestamp_seconds',
    help: 'When its next rotation is due.',
    value: ({ dueAt }) => unix(dueAt),
  },
  {
    name: 'vibesecrets_secret_overdue',
    help: '1 when its rotation is due.',
    value: ({ dueAt }, now) => dueAt && (dueAt.getTime() <= now.getTime() ? 1 : 0),
  },
  {
    name: 'vibesecrets_secret_grace_until_timestamp_seconds',
    help: 'When the old value ends.',
    value: ({ graceUntil }) => unix(graceUntil),
  },
  {
    name: 'vibesecrets_secret_in_inventory',
    help: '1 when the inventory has it.',
    value: ({ known }) => (known ? 1 : 0),
  },
]

/** The text format of Prometheus, for the textfile collector. A metric nobody has a value for is left out. */
export function renderPrometheus(rows: readonly ListRow[], options: PrometheusOptions): string {
  const present = rows.filter(({ state }) => state === 'present')
  const labels = (more: Readonly<Record<string, string>>): string => labelText({ ...more, ...scope(options) })
  const counts = (['present', 'deleted'] as const).map((state) => {
    const n = rows.filter((row) => row.state === state).length
    return `vibesecrets_secrets${labels({ state })} ${n}`
  })
  const there = rows.map(({ name, state }) => `${PRESENT}${labels({ secret: name })} ${state === 'present' ? 1 : 0}`)
  const blocks = metrics.map(({ name, help, value }) => {
    const lines = present.flatMap((row) => {
      const n = value(row, options.now)
      return n === undefined ? [] : [`${name}${labels({ secret: row.name })} ${n}`]
    })
    return block(name, help, lines)
  })
  return `${[
    ...block('vibesecrets_secrets', 'Secrets of the provider.', counts),
    ...block(PRESENT, '1 when it is there, 0 when it is deleted and can be recovered.', there),
    ...blocks.flat(),
    ...backupBlocks(options.backups ?? {}, labels({})),
  ].join('\n')}\n`
}
const PRESENT = 'vibesecrets_secret_present'

/** Drills are of this machine, whatever is listed: their only label is the source of the backup that was tried. */
function backupBlocks({ newest, drilled, failed }: BackupFacts, place: string): string[] {
  const source = drilled === undefined || drilled.source === '' ? '' : labelText({ source: drilled.source })
  const line = (name: string, labels: string, n: number | undefined): string[] =>
    n === undefined ? [] : [`${name}${labels} ${n}`]
  const facts: readonly (readonly [string, string, string, number | undefined])[] = [
    ['newest_timestamp_seconds', place, 'When the newest known backup of this place was made.', unix(newest)],
    ['drill_last_success_timestamp_seconds', source, 'When a drill last gave back every value.', unix(drilled?.at)],
    ['drill_backup_timestamp_seconds', source, 'When the backup of that drill was made.', unix(drilled?.madeAt)],
    ['drill_last_failure_timestamp_seconds', '', 'When a drill failed after that.', unix(failed?.at)],
    ['drill_success', '', '1 when the last drill gave back every value, 0 when it failed.', success(drilled, failed)],
  ]
  return facts.flatMap(([end, labels, help, n]) => {
    const name = `vibesecrets_backup_${end}`
    return block(name, help, line(name, labels, n))
  })
}

function success(drilled: BackupFacts['drilled'], failed: BackupFacts['failed']): number | undefined {
  if (failed !== undefined) return 0
  return drilled === undefined ? undefined : 1
}

const block = (name: string, help: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...lines]

const scope = ({ provider, environment }: PrometheusOptions): Record<string, string> => ({
  provider,
  ...(environment === undefined ? {} : { environment }),
})

const labelText = (labels: Readonly<Record<string, string>>): string =>
  `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',')}}`

const escaped = (value: string): string => visible(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"')
