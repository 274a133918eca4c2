import { Failure } from '../../core/failure.js'
import type { Lookup } from '../../core/ports.js'
import type { Of, Operation, StepWorld, Verdict } from '../operation.js'
import { plannedValue } from './value.js'

type Undelete = Of<'undelete'>

export const undelete: Operation<Undelete> = {
  subject: (step) => step.name,
  names: (step) => [step.name],

  async observe(step, world): Promise<Verdict> {
    const now = world.seen(step.name)
    if (now.state === 'absent') return 'foreign'
    if (now.state === 'present') return (await isWanted(step, now, world)) ? 'done' : 'foreign'
    return now.version === undefined || (step.version ?? now.version) === now.version ? 'todo' : 'foreign'
  },

  async act(step, world) {
    if (world.provider.undelete === undefined) throw new Failure('UNSUPPORTED', { secret: step.name })
    await world.provider.undelete(step.name)
  },
}

async function isWanted(step: Undelete, now: Lookup & { state: 'present' }, world: StepWorld): Promise<boolean> {
  return step.value === undefined || now.value.equals(await plannedValue(step.value, world))
}
