import { Failure } from '../../core/failure.js'
import type { Version } from '../../core/secret.js'
import { checkInterrupt } from '../interrupt.js'
import type { Of, Operation, StepWorld, Verdict } from '../operation.js'
import { isBefore, readyForWrite } from './before.js'
import { plannedValue } from './value.js'

type History = Of<'history'>

export const history: Operation<History> = {
  subject: (step) => step.name,
  names: (step) => [step.name],

  async observe(step, world): Promise<Verdict> {
    const count = await written(step, world)
    if (count === undefined) return 'foreign'
    return count === step.values.length ? 'done' : 'todo'
  },

  async act(step, world) {
    const count = await written(step, world)
    if (count === undefined) throw new Failure('CONFLICT', { secret: step.name })
    const now = world.seen(step.name)
    let expect = count > 0 && now.state === 'present' ? now.version : await readyForWrite(step, world)
    for (const [index, ref] of [...step.values.entries()].slice(count)) {
      checkInterrupt(world)
      const value = await plannedValue(ref, world)
      expect = await world.provider.write(step.name, value, { expect, ...optionsOf(step, index, world) })
    }
  },
}

/** How many of the values, from the oldest, stand on top of what was there; `undefined`: something else does. */
async function written(step: History, world: StepWorld): Promise<number | undefined> {
  const now = world.seen(step.name)
  if (now.state !== 'present' || now.version === step.before) return isBefore(step, now, world) ? 0 : undefined
  const { newer, reachedBase } = await newerVersions(step, world)
  if (reachedBase && newer.length === 0) return isBefore(step, now, world) ? 0 : undefined
  const count = reachedBase ? newer.length : step.values.length
  return (await areNewest(step, newer, count, world)) ? count : undefined
}

/** Versions above the one that was planned on, newest first. A base that the service has dropped is not reached. */
async function newerVersions(step: History, world: StepWorld): Promise<{ newer: Version[]; reachedBase: boolean }> {
  if (world.provider.versions === undefined) throw new Failure('UNSUPPORTED', { secret: step.name })
  const base = step.before === 'deleted' ? step.deletedVersion : step.before
  const newer: Version[] = []
  for await (const { version, state } of world.provider.versions(step.name)) {
    if (version === base) return { newer, reachedBase: true }
    if (state === 'enabled') newer.push(version)
    if (newer.length > step.values.length) return { newer, reachedBase: false }
  }
  return { newer, reachedBase: step.before === 'absent' }
}

/** The `count` newest versions hold the `count` oldest values of the step, in order. */
async function areNewest(step: History, newer: readonly Version[], count: number, world: StepWorld): Promise<boolean> {
  if (count > step.values.length || count > newer.length) return false
  for (const [index, ref] of step.values.slice(0, count).entries()) {
    const at = newer[count - 1 - index]
    const found = await world.provider.read(step.name, at)
    if (found.state !== 'present' || !found.value.equals(await plannedValue(ref, world))) return false
  }
  return true
}

function optionsOf(step: History, index: number, world: StepWorld) {
  return {
    token: `${world.token}.${index}`,
    ...(step.labels && { labels: step.labels }),
    ...(step.description !== undefined && { description: step.description }),
  }
}
