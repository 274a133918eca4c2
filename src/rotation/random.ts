import { ROTATED } from './labels.js'
import { overPresent, type Stages, type Subject } from './subject.js'

/** One write, in place of the version that was looked at: of two hosts the service lets one through. */
export const planRandom = (subject: Subject): Stages => [[{ op: 'put', ...replacing(subject) }]]

/** The new value over the current one; what stands beside it stays, with the time of the rotation. */
export function replacing({ name, current, next, now, labels, expiresAfterMs, ref }: Subject) {
  return {
    name,
    value: ref('new', name, next),
    ...overPresent(name, current, ref),
    ...(labels ? { labels: { ...current.labels, [ROTATED]: now.toISOString() } } : {}),
    ...(expiresAfterMs === undefined ? {} : { expiresAfterMs }),
  }
}
