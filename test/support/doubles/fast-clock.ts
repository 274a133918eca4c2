import { setTimeout as pause } from 'node:timers/promises'
import type { Clock } from '../../../src/core/ports.js'

/** Time that runs `factor` times as fast: quotas of a minute can be kept, and waited for, within a test. */
export function fastClock(factor: number): Clock {
  const began = Date.now()
  return {
    now: () => new Date(began + (Date.now() - began) * factor),
    sleep: async (ms) => void (await pause(ms / factor)),
  }
}
