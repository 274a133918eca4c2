import type { Lookup } from '../core/ports.js'
import { type Kept, labelsOfKept, oldNameOf } from './labels.js'
import { replacing } from './random.js'
import { over, type Stages, type Subject } from './subject.js'

export interface JwtSubject extends Subject {
  /** What is there under the name of the old value. */
  readonly old: Lookup
  readonly kept: Kept
}

/**
 * The old value is kept, with its deadline, before the new one is promoted: at every instant whoever verifies finds
 * every value that signed a token. Keeping it is also what lets one of two hosts through.
 */
export function planJwt(subject: JwtSubject): Stages {
  const { name, current, old, kept, ref } = subject
  const beside = oldNameOf(name)
  const value = ref('old', name, current.value)
  return [
    [{ op: 'keep', name: beside, value, ...over(beside, old, ref), labels: labelsOfKept(kept) }],
    [{ op: 'replace', ...replacing(subject), old: beside, graceMs: kept.until.getTime() - kept.since.getTime() }],
  ]
}

export interface GraceRules {
  readonly graceMs: number
  readonly tokenLifeMs?: number
  readonly cacheTtlMs?: number
}

/** Milliseconds that a grace is too short by: a token signed at the last moment may live on, and be signed late. */
export function graceLacks({ graceMs, tokenLifeMs, cacheTtlMs }: GraceRules): number {
  return Math.max(0, (tokenLifeMs ?? 0) + (cacheTtlMs ?? 0) - graceMs)
}
