import type { Traits } from '../../core/ports.js'

/** What the API server allows for the sum of all values of one Secret. */
export const MAX_TOTAL = 1_048_576
/** Gentle to an API server that others share. */
export const LIMITS = { perSecond: 50, burst: 100, concurrency: 8 } as const

/** Facts of a Secret: `resourceVersion` guards each write, and a read after a write sees it. */
export const traitsOf = (paced: boolean): Traits => ({
  id: 'k8s',
  writable: true,
  maxBytes: MAX_TOTAL,
  maxTotalBytes: MAX_TOTAL,
  emptyValues: true,
  binary: true,
  names: { pattern: /^(?!\.\.|\.$|__proto__$)[-._a-zA-Z0-9]+$/, caseSensitive: true, maxLength: 253 },
  compareAndSet: 'service',
  settlesWithinMs: 0,
  labels: true,
  descriptions: true,
  writesOverDeleted: false,
  limits: LIMITS,
  paced,
})
