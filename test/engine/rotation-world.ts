import { Failure } from '../../src/core/failure.js'
import type { Provider, Random } from '../../src/core/ports.js'
import type { Context } from '../../src/flows/context.js'
import { planRotation, type RotateRequest, type Rotation } from '../../src/flows/rotate.js'
import { performRotation, resumeRotation, unfinishedRotation } from '../../src/flows/rotate-perform.js'
import { keptOf } from '../../src/rotation/labels.js'
import { Crash, Faults } from '../support/faults.js'
import { boot, lookAt, type Machine, N, type Process } from '../support/world.js'

export const JWT = N('jwt-secret')
export const OLD = N('jwt-secret-old')
export const GRACE_MS = 7_200_000

export const request = (more: Partial<RotateRequest> = {}): RotateRequest => ({
  name: JWT,
  graceMs: GRACE_MS,
  due: false,
  finalize: false,
  force: false,
  compromised: false,
  ...more,
})

let processes = 0

/** Never the same in two processes: a value tells who made it. */
function ownRandom(): Random {
  const seed = ++processes
  let count = 0
  return (bytes) => {
    count += 1
    return Uint8Array.from({ length: bytes }, (_, at) => (seed * 89 + (seed >> 8) * 7 + count * 31 + at * 13) & 255)
  }
}

export function contextOf(
  on: Machine,
  faults = new Faults(),
  key?: Uint8Array,
): { context: Context; process: Process } {
  const process = boot(on, faults)
  const { surroundings, runs } = process
  const context: Context = {
    ...surroundings,
    ...(key === undefined ? {} : { fingerprintKey: key }),
    identity: 'memory',
    prefix: '',
    random: ownRandom(),
    runs,
    locked: (work) => work(),
  }
  return { context, process }
}

/** What the command does for one secret: resume what is unfinished, else plan and perform. */
export async function rotate(context: Context, wish: RotateRequest): Promise<Rotation | 'resumed'> {
  const open = await unfinishedRotation(wish.name, context)
  if (open !== undefined && (await resumeRotation(open, context)) === 'done') return 'resumed'
  const rotation = await planRotation(wish, context)
  if (rotation.prepared !== undefined) await performRotation(rotation.prepared, context)
  return rotation
}

/** Failures and crashes are what a process may end with; anything else is a bug. */
export async function attempt<T>(work: () => Promise<T>): Promise<T | Failure | Crash> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Failure || error instanceof Crash) return error
    throw error
  }
}

/** The values that a program accepts now: the current one, and the old one until its deadline. */
export function accepted(on: Machine, name: string = JWT): string[] {
  const [now, old] = [on.store.get(name), on.store.get(`${name}-old`)]
  const current = now === undefined || now.deletedAt !== undefined ? [] : [now.versions.at(-1)?.value.reveal() ?? '']
  const until = old === undefined || old.deletedAt !== undefined ? undefined : keptOf(old.labels)?.until.getTime()
  return until === undefined || on.now >= until ? current : [...current, old?.versions.at(-1)?.value.reveal() ?? '']
}

export const held = async (on: Machine, name: string): Promise<string> => {
  const found = await lookAt(on, name)
  return found.state === 'present' ? found.value.reveal() : found.state
}

/** Lets others go on at any point of any call: `turns` says how many turns to wait. */
export function unhurried(provider: Provider, turns: () => number): Provider {
  const wrapped: Record<string, unknown> = { ...provider }
  for (const [name, method] of Object.entries(wrapped)) {
    if (typeof method !== 'function' || name === 'list' || name === 'versions') continue
    wrapped[name] = async (...args: unknown[]) => {
      for (let left = turns(); left > 0; left--) await undefined
      const answer: unknown = await (method as (...all: unknown[]) => unknown)(...args)
      for (let left = turns(); left > 0; left--) await undefined
      return answer
    }
  }
  return wrapped as unknown as Provider
}
