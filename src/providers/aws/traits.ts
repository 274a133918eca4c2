import type { Traits } from '../../core/ports.js'

/** docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
export const traits: Traits = {
  id: 'aws',
  writable: true,
  maxBytes: 65_536,
  emptyValues: false,
  binary: true,
  names: { pattern: /^[A-Za-z0-9/_+=.@-]+$/, caseSensitive: true, maxLength: 512 },
  compareAndSet: 'service',
  settlesWithinMs: 5_000,
  labels: true,
  descriptions: true,
  writesOverDeleted: true,
  limits: { perSecond: 40, burst: 50, concurrency: 16 },
}
