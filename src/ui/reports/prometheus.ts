import { visible } from '../escape.js'
import type { ListRow } from './list.js'

export interface PrometheusOptions {
  readonly provider: string
  readonly environment?: string
  readonly now: Date
}

interface Metric {
  readonly name: string
  readonly help: string
  readonly value: (row: ListRow, now: Date) => number | undefined
}

const seconds = (ms: number): number => Math.round(ms / 1000)
const unix = (date: Date | undefined): number | undefined => date && seconds(date.getTime())

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
  const blocks = metrics.map(({ name, help, value }) => {
    const lines = present.flatMap((row) => {
      const n = value(row, options.now)
      return n === undefined ? [] : [`${name}${labels({ secret: row.name })} ${n}`]
    })
    return lines.length === 0 ? [] : head(name, help).concat(lines)
  })
  return `${[...head('vibesecrets_secrets', 'Secrets of the provider.'), ...counts, ...blocks.flat()].join('\n')}\n`
}

const scope = ({ provider, environment }: PrometheusOptions): Record<string, string> => ({
  provider,
  ...(environment === undefined ? {} : { environment }),
})

const head = (name: string, help: string): string[] => [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`]

const labelText = (labels: Readonly<Record<string, string>>): string =>
  `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',')}}`

const escaped = (value: string): string => visible(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"')
