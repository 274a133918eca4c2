import { type SecretName, secretName } from '../core/names.js'
import type { Labels } from '../core/ports.js'

/** The entry beside `name` that holds the value before the current one, for as long as it is accepted. */
export const oldNameOf = (name: SecretName): SecretName => secretName(`${name}-old`)

/** Beside a current value: when a rotation made it. */
export const ROTATED = 'rotated'

/** What stands beside an old value, so that any host knows whose it is and can end it. */
export interface Kept {
  /** The secret that it was the value of. */
  readonly of: string
  readonly since: Date
  /** From this instant on it is no longer accepted. */
  readonly until: Date
  /** Tells one keeping from another. */
  readonly by: string
}

export const labelsOfKept = ({ of, since, until, by }: Kept): Labels => ({
  role: 'old',
  of,
  since: since.toISOString(),
  until: until.toISOString(),
  by,
})

/** `undefined` for what is no old value of ours, or whose dates cannot be read: it is then never ended. */
export function keptOf(labels: Labels | undefined): Kept | undefined {
  const { role, of, since, until, by } = labels ?? {}
  const [begun, ends] = [dateOf(since), dateOf(until)]
  if (role !== 'old' || of === undefined || by === undefined || begun === undefined || ends === undefined)
    return undefined
  return { of, since: begun, until: ends, by }
}

/** The deadline itself is no longer within it. */
export const isOver = ({ until }: Pick<Kept, 'until'>, now: Date): boolean => now.getTime() >= until.getTime()

/** When a rotation last made the current value, where the provider keeps labels. */
export const rotatedAt = (labels: Labels): Date | undefined => dateOf(labels[ROTATED])

/** Only the form that we write: others could be read as another time. */
function dateOf(text: string | undefined): Date | undefined {
  if (text === undefined || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text)) return undefined
  const date = new Date(text)
  return Number.isNaN(date.getTime()) ? undefined : date
}
