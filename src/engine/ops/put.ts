import { isDeepStrictEqual } from 'node:util'
import type { Before } from '../../core/plan.js'
import type { Present, Write } from '../../core/ports.js'
import type { Of, Operation, StepWorld, Verdict } from '../operation.js'
import { canWriteNow, isBefore, readyForWrite } from './before.js'
import { plannedValue } from './value.js'

type Put = Of<'put'>

export const put: Operation<Put> = {
  subject: (step) => step.name,
  names: (step) => [step.name],

  async observe(step, world): Promise<Verdict> {
    const now = world.seen(step.name)
    const want = await plannedValue(step.value, world)
    if (now.state === 'present' && now.value.equals(want) && !lacksLabels(step, now, world)) return 'done'
    return isBefore(step, now, world) ? 'todo' : 'foreign'
  },

  async act(step, world) {
    const now = world.seen(step.name)
    const want = await plannedValue(step.value, world)
    const onlyLabels = now.state === 'present' && now.value.equals(want)
    if (onlyLabels && world.provider.label !== undefined) return relabel(step, now, world)
    const options = optionsOf(step, await readyForWrite(step, world), world)
    await world.provider.write(step.name, want, options)
  },

  async write(step, world): Promise<Write | undefined> {
    if (!canWriteNow(step, world)) return undefined
    const value = await plannedValue(step.value, world)
    return { name: step.name, value, ...optionsOf(step, await readyForWrite(step, world), world) }
  },
}

/** The value stands already, on the planned version, but what should stand beside it does not. */
function lacksLabels(step: Put, now: Present, { provider }: StepWorld): boolean {
  if (now.version !== step.before) return false
  const labels = provider.traits.labels ? (step.labels ?? now.labels) : now.labels
  const description = provider.traits.descriptions ? (step.description ?? now.description) : now.description
  return !isDeepStrictEqual({ ...labels }, { ...now.labels }) || (description ?? '') !== (now.description ?? '')
}

async function relabel(step: Put, now: Present, world: StepWorld): Promise<void> {
  const description = step.description === undefined ? {} : { description: step.description }
  await world.provider.label?.(step.name, step.labels ?? now.labels, { expect: now.version, ...description })
}

function optionsOf(step: Put, expect: Before, world: StepWorld) {
  return {
    expect,
    token: world.token,
    ...(step.labels && { labels: step.labels }),
    ...(step.description !== undefined && { description: step.description }),
    ...(step.expiresAfterMs !== undefined && { expiresAfterMs: step.expiresAfterMs }),
  }
}
