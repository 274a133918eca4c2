import type { SecretName } from '../core/names.js'
import type { Present } from '../core/ports.js'
import { overPresent, type Stages, type Subject } from './subject.js'

/** Ends an old value, in the softest way the service has; a rollback can bring it back. */
export function planRetire(name: SecretName, there: Present, ref: Subject['ref']): Stages {
  return [[{ op: 'remove', name, ...overPresent(name, there, ref) }]]
}
