import { isFailure } from '../../core/failure.js'
import type { Clock, Traits } from '../../core/ports.js'

export type Limits = NonNullable<Traits['limits']>

/** Paces calls: at most so many at a time, and so many a second with a burst. Slows down when told to, and recovers. */
export interface Limiter {
  run<T>(act: () => Promise<T>): Promise<T>
  /** What is allowed at this moment: for tests and for curiosity. */
  readonly now: { readonly perSecond: number; readonly concurrency: number }
}

const SLOWER = 0.7
/** A service that refuses at random would otherwise be asked ever more slowly, for nothing. */
const FLOOR = 0.25
const RECOVERY = 0.02
/** Refusals of calls that were on their way together count once. */
const ONE_SCOLDING_MS = 1_000

export function createLimiter(limits: Limits, clock: Clock): Limiter {
  const slots = createSlots(limits.concurrency)
  const bucket = createBucket(limits, clock)
  let scoldedAt = Number.NEGATIVE_INFINITY

  const slowDown = (retryAfterMs: number): void => {
    const now = clock.now().getTime()
    bucket.pause(now + retryAfterMs)
    if (now - scoldedAt < ONE_SCOLDING_MS) return
    scoldedAt = now
    slots.setWidth(Math.max(1, limits.concurrency * FLOOR, slots.width() * SLOWER))
    bucket.setRate(Math.max(limits.perSecond * FLOOR, bucket.rate() * SLOWER))
    bucket.empty()
  }
  const speedUp = (): void => {
    slots.setWidth(Math.min(limits.concurrency, slots.width() + limits.concurrency * RECOVERY))
    bucket.setRate(Math.min(limits.perSecond, bucket.rate() + limits.perSecond * RECOVERY))
  }

  return {
    async run(act) {
      await slots.enter()
      try {
        await bucket.take()
        const result = await act()
        speedUp()
        return result
      } catch (error) {
        if (isFailure(error, 'THROTTLED')) slowDown(error.details.retryAfterMs ?? 0)
        throw error
      } finally {
        slots.leave()
      }
    },
    get now() {
      return { perSecond: bucket.rate(), concurrency: Math.max(1, Math.floor(slots.width())) }
    },
  }
}

/** First come, first served. */
function createSlots(concurrency: number) {
  const waiting: (() => void)[] = []
  let width = concurrency
  let active = 0
  const admit = (): void => {
    while (active < Math.max(1, Math.floor(width))) {
      const next = waiting.shift()
      if (next === undefined) return
      active++
      next()
    }
  }
  return {
    width: () => width,
    setWidth(next: number): void {
      width = next
      admit()
    },
    enter: () =>
      new Promise<void>((resolve) => {
        waiting.push(resolve)
        admit()
      }),
    leave(): void {
      active--
      admit()
    },
  }
}

/** A token bucket that is borrowed from: who comes too early takes a token of the future and sleeps until then. */
function createBucket(limits: Limits, clock: Clock) {
  let rate = limits.perSecond
  let tokens = limits.burst
  let filledAt = clock.now().getTime()
  let pausedUntil = 0
  const fill = (): number => {
    const now = clock.now().getTime()
    tokens = Math.min(limits.burst, tokens + (Math.max(0, now - filledAt) * rate) / 1_000)
    filledAt = now
    return now
  }
  return {
    rate: () => rate,
    setRate(next: number): void {
      fill()
      rate = next
    },
    empty(): void {
      tokens = Math.min(tokens, 0)
    },
    pause(until: number): void {
      pausedUntil = Math.max(pausedUntil, until)
    },
    async take(): Promise<void> {
      const now = fill()
      tokens -= 1
      const wait = Math.max(pausedUntil - now, (-tokens * 1_000) / rate)
      if (wait > 0) await clock.sleep(Math.ceil(wait))
    },
  }
}
