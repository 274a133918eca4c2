import type { Of, Operation, Verdict } from '../operation.js'
import { isBefore } from './before.js'
import { put } from './put.js'
import { plannedValue } from './value.js'

type Keep = Of<'keep'>

/** A `put` that is done only when it is ours: two hosts that keep one value must not both believe they did it. */
export const keep: Operation<Keep> = {
  subject: (step) => step.name,
  names: (step) => [step.name],

  async observe(step, world): Promise<Verdict> {
    const now = world.seen(step.name)
    const want = await plannedValue(step.value, world)
    if (now.state === 'present' && now.value.equals(want) && now.labels['by'] === step.labels['by']) return 'done'
    return isBefore(step, now, world) ? 'todo' : 'foreign'
  },

  act: (step, world) => put.act({ ...step, op: 'put' }, world),
}
