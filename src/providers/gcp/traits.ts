import type { Traits } from '../../core/ports.js'

/** docs.cloud.google.com/secret-manager/quotas: 600 reads and 600 writes a minute, for a whole project. */
export const READS = { key: 'reads', perSecond: 9, burst: 500 } as const
export const WRITES = { key: 'writes', perSecond: 9, burst: 500 } as const
export const ACCESSES = { key: 'accesses', perSecond: 1_000, burst: 1_000 } as const

export const traits: Traits = {
  id: 'gcp',
  writable: true,
  maxBytes: 65_536,
  emptyValues: false,
  binary: true,
  names: { pattern: /^[A-Za-z0-9_-]+$/, caseSensitive: true, maxLength: 255 },
  compareAndSet: 'service',
  // Documented as "typically within minutes"; ours are read by number, which is strongly consistent.
  settlesWithinMs: 60_000,
  labels: true,
  descriptions: true,
  writesOverDeleted: true,
  limits: { perSecond: WRITES.perSecond, burst: WRITES.burst, concurrency: 16 },
}
