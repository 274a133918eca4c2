import type { Traits } from '../../core/ports.js'

/** learn.microsoft.com/azure/key-vault/general/service-limits: in ten seconds 300 secrets are made, and 4,000 other requests. */
export const SETS = { key: 'sets', perSecond: 25, burst: 200 } as const
export const OTHERS = { key: 'others', perSecond: 300, burst: 2_000 } as const

/** Of text; a binary value takes a third more on its way. */
export const MAX_BYTES = 25_600
export const MAX_NAME = 127

export const traits: Traits = {
  id: 'azure',
  writable: true,
  maxBytes: MAX_BYTES,
  emptyValues: true,
  binary: true,
  names: { pattern: /^[\s\S]+$/, caseSensitive: false, maxLength: MAX_NAME },
  compareAndSet: 'read-first',
  settlesWithinMs: 10_000,
  labels: true,
  descriptions: true,
  writesOverDeleted: true,
  limits: { perSecond: OTHERS.perSecond, burst: OTHERS.burst, concurrency: 16 },
}
