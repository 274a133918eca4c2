import type { Traits } from '../../core/ports.js'
import { NAME } from './paths.js'

/** Consul's limit of one entry, the smallest of Vault's storages; escapes of JSON come on top of it. */
const MAX_BYTES = 524_288

/** Vault has no quota but those that its operator sets; this is what a small server bears. */
export const LIMITS = { perSecond: 200, burst: 200, concurrency: 16 } as const

/** Facts of a KV engine: version 2 checks `cas` by itself, version 1 is read first. */
export function traitsOf(kvVersion: 1 | 2, keepsNotes: boolean, paced: boolean): Traits {
  return {
    id: 'vault',
    writable: true,
    maxBytes: MAX_BYTES,
    emptyValues: true,
    binary: true,
    names: { pattern: NAME, caseSensitive: true, maxLength: 512 },
    compareAndSet: kvVersion === 2 ? 'service' : 'read-first',
    settlesWithinMs: 1_000,
    labels: kvVersion === 2 && keepsNotes,
    descriptions: kvVersion === 2 && keepsNotes,
    writesOverDeleted: kvVersion === 2,
    limits: LIMITS,
    paced,
  }
}
