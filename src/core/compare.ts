import type { Lookup } from './ports.js'
import type { SecretValue } from './secret.js'

/** How a value that is wanted stands to what a provider holds. */
export type Comparison = 'same' | 'differs' | 'absent' | 'deleted'

/** Bytes decide: versions, labels and dates do not count. A doubt never comes here, it was thrown as a Failure. */
export function compareRow(want: SecretValue, found: Lookup): Comparison {
  if (found.state !== 'present') return found.state
  return found.value.equals(want) ? 'same' : 'differs'
}
