import type { Random } from '../../core/ports.js'

const FIRST_MS = 100
const LONGEST_MS = 5_000

/** Exponential with full jitter; never earlier than the service asked for. `attempt` counts from 1. */
export function backoffMs(attempt: number, random: Random, retryAfterMs = 0): number {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1))
  return Math.max(retryAfterMs, Math.floor(ceiling * fraction(random)))
}

/** Evenly in [0, 1). */
function fraction(random: Random): number {
  const [a = 0, b = 0, c = 0] = random(3)
  return (a * 65_536 + b * 256 + c) / 16_777_216
}
