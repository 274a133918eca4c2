import type { SecretName } from '../core/names.js'
import type { Step, ValueRef } from '../core/plan.js'
import type { Lookup, Present } from '../core/ports.js'
import type { SecretValue } from '../core/secret.js'

/** What a planner is told of one secret: what is there, what it becomes, and how values get their references. */
export interface Subject {
  readonly name: SecretName
  readonly current: Present
  readonly next: SecretValue
  readonly now: Date
  /** Whether labels stay beside values there. */
  readonly labels: boolean
  /** For services that keep an expiry date beside the value. */
  readonly expiresAfterMs?: number
  /** Puts a value into the run's bundle. */
  readonly ref: (from: 'new' | 'old', entry: string, value: SecretValue) => ValueRef
}

/** Stages run in order; steps of one stage are independent. */
export type Stages = readonly (readonly Step[])[]

/** What a step that writes over something has to know of it. */
export function over(name: SecretName, there: Lookup, ref: Subject['ref']) {
  if (there.state === 'absent') return { before: there.state }
  if (there.state === 'deleted')
    return { before: there.state, ...(there.version === undefined ? {} : { deletedVersion: there.version }) }
  return overPresent(name, there, ref)
}

export function overPresent(name: SecretName, there: Present, ref: Subject['ref']) {
  return {
    before: there.version,
    saved: ref('old', name, there.value),
    savedLabels: there.labels,
    ...(there.description === undefined ? {} : { savedDescription: there.description }),
  }
}
