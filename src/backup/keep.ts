import { type Named, newestFirst } from './file-name.js'

/** How many of the newest to keep, and of how many days, weeks and months one each. */
export interface Keep {
  readonly last?: number
  readonly daily?: number
  readonly weekly?: number
  readonly monthly?: number
}

export interface Kept {
  readonly named: Named
  /** Why it stays: "newest 1", "day 2026-11-24". Empty: it goes. */
  readonly because: readonly string[]
}

/** Which backups of one source stay. Pure; days, weeks and months are those of UTC. */
export function chosen(backups: readonly Named[], keep: Keep): Kept[] {
  const sorted = [...backups].sort(newestFirst)
  const because = new Map(sorted.map((named) => [named, [] as string[]]))
  for (const named of sorted.slice(0, keep.last ?? 0)) because.get(named)?.push('among the newest')
  const rules = [
    [keep.daily ?? 0, dayOf, 'day'],
    [keep.weekly ?? 0, weekOf, 'week'],
    [keep.monthly ?? 0, monthOf, 'month'],
  ] as const
  for (const [count, period, word] of rules)
    for (const [name, named] of [...newestOfEach(sorted, period)].slice(0, count))
      because.get(named)?.push(`${word} ${name}`)
  return sorted.map((named) => ({ named, because: because.get(named) ?? [] }))
}

/** The newest of each period, newest period first. */
function newestOfEach(sorted: readonly Named[], period: (time: Date) => string): Map<string, Named> {
  const found = new Map<string, Named>()
  for (const named of [...sorted].sort((a, b) => b.time.getTime() - a.time.getTime()))
    if (!found.has(period(named.time))) found.set(period(named.time), named)
  return found
}

const dayOf = (time: Date): string => time.toISOString().slice(0, 10)
const monthOf = (time: Date): string => time.toISOString().slice(0, 7)

/** By the Monday that it begins with. */
function weekOf(time: Date): string {
  const sinceMonday = (time.getUTCDay() + 6) % 7
  return dayOf(new Date(time.getTime() - sinceMonday * 24 * 3_600_000))
}

export const isEmptyKeep = ({ last, daily, weekly, monthly }: Keep): boolean =>
  [last, daily, weekly, monthly].every((n) => (n ?? 0) === 0)
