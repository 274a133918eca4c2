import { Failure } from '../../core/failure.js'
import type { Labels, Present } from '../../core/ports.js'
import type { Of, Operation, StepWorld } from '../operation.js'
import { put } from './put.js'

type Replace = Of<'replace'>

/** As a `put`, but the time of the old value begins now: also when the run stood still since it was kept. */
export const replace: Operation<Replace> = {
  subject: (step) => step.name,
  names: (step) => [step.name, step.old],
  observe: (step, world) => put.observe(asPut(step), world),

  async act(step, world) {
    await extend(step, world)
    await put.act(asPut(step), world)
  },
}

function asPut({ old: _, graceMs: __, ...step }: Replace): Of<'put'> {
  return { ...step, op: 'put' }
}

/** A hundredth of the time may have gone by since it was kept: saying it anew would cost a write each time. */
async function extend(step: Replace, world: StepWorld): Promise<void> {
  const old = world.seen(step.old)
  if (old.state !== 'present') throw new Failure('CONFLICT', { secret: step.old, why: 'the old value is not kept' })
  const now = world.clock.now().getTime()
  if (Date.parse(old.labels['until'] ?? '') - now >= step.graceMs * 0.99) return
  await relabel(step, old, { ...old.labels, until: new Date(now + step.graceMs).toISOString() }, world)
}

async function relabel({ old: name }: Replace, old: Present, labels: Labels, world: StepWorld): Promise<void> {
  const { provider, token } = world
  if (provider.label !== undefined) await provider.label(name, labels, { expect: old.version })
  else await provider.write(name, old.value, { expect: old.version, token: `${token}.old`, labels })
}
