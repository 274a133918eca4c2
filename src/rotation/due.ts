/** What the inventory asks for, and what is known of the current value. */
export interface Age {
  readonly changedAt?: Date
  readonly rotatedAt?: Date
  readonly everyMs?: number
  readonly minimumMs?: number
}

/** Two crons that start in one minute make one rotation, also where no minimum is configured. */
export const USUAL_MINIMUM_MS = 60_000

/** When the next rotation is due: `never` without an interval, `unknown` where nobody tells how old the value is. */
export function dueAt({ changedAt, rotatedAt, everyMs }: Age): Date | 'never' | 'unknown' {
  if (everyMs === undefined) return 'never'
  const since = changedAt ?? rotatedAt
  return since === undefined ? 'unknown' : new Date(since.getTime() + everyMs)
}

/** Since when, if it is too soon after the last rotation; a value that was set by hand can be rotated at once. */
export function tooSoonAfter({ changedAt, rotatedAt, minimumMs }: Age, now: Date): Date | undefined {
  const since = rotatedAt ?? (minimumMs === undefined ? undefined : changedAt)
  if (since === undefined) return undefined
  return now.getTime() - since.getTime() < (minimumMs ?? USUAL_MINIMUM_MS) ? since : undefined
}
