import type { Of, Operation, Verdict } from '../operation.js'

export const remove: Operation<Of<'remove'>> = {
  subject: (step) => step.name,
  names: (step) => [step.name],

  async observe(step, world): Promise<Verdict> {
    const now = world.seen(step.name)
    if (now.state !== 'present') return 'done'
    return now.version === step.before ? 'todo' : 'foreign'
  },

  act: (step, world) => world.provider.remove(step.name, { expect: step.before }),
  removal: (step) => ({ name: step.name, expect: step.before }),
}
