import { seeded } from '../conformance-hostile.js'

/** What a double does instead of, or after, what it was asked for. */
export type Fault = 'throttled' | 'unavailable' | 'forbidden' | 'unauthenticated' | 'lost-reply' | 'damaged' | 'hang'
export type FaultRule = (method: string, resource: string) => Fault | undefined

/** How a test steers a double, and what it can ask it afterwards. */
export interface Control {
  /** Requests by method since the last `reset`. */
  readonly counts: ReadonlyMap<string, number>
  total(): number
  /** Requests that were asked to change something, and were not refused for their rate. */
  mutating(): number
  reset(): void
  /** Refuses this share of all requests for their rate, from 0 to 1. */
  throttle(share: number): void
  /** `undefined` ends it. */
  fault(rule: FaultRule | undefined): void
  /** Runs `act` once, when the next request that changes something has arrived and before it takes effect. */
  between(act: () => Promise<void>): void
}

export interface Gate extends Control {
  /** To be asked for each request that is known and allowed. */
  admit(method: string, resource: string, mutates: boolean): Promise<Fault | undefined>
}

export function createGate(seed = 1): Gate {
  const counts = new Map<string, number>()
  const next = seeded(seed)
  let share = 0
  let rule: FaultRule | undefined
  let mutations = 0
  let before: (() => Promise<void>) | undefined
  return {
    counts,
    total: () => [...counts.values()].reduce((sum, one) => sum + one, 0),
    mutating: () => mutations,
    reset() {
      counts.clear()
      mutations = 0
    },
    throttle(wanted) {
      share = wanted
    },
    fault(wanted) {
      rule = wanted
    },
    between(act) {
      before = act
    },
    async admit(method, resource, mutates) {
      counts.set(method, (counts.get(method) ?? 0) + 1)
      if (next() / 2 ** 32 < share) return 'throttled'
      if (mutates) {
        mutations++
        const act = before
        before = undefined
        await act?.()
      }
      return rule?.(method, resource)
    },
  }
}
