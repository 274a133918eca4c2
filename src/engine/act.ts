import { isFailure } from '../core/failure.js'
import type { Write } from '../core/ports.js'
import { checkInterrupt } from './interrupt.js'
import { asError, type Sight } from './look.js'
import type { Removal } from './operation.js'
import { eachAtMost } from './pool.js'
import { type Item, type Scene, stepWorld } from './verdicts.js'

/** What an act answered. It proves nothing: only looking does. */
export interface Answer {
  readonly failure?: Error
  /** It went out together with others: a refusal may be about one of those. */
  readonly batched: boolean
}

interface Call {
  readonly items: readonly Item[]
  readonly send: () => Promise<unknown>
}

/** Acts on every item, at most `concurrency` requests at a time; items of `alone` take no part in a batch. */
export async function actOn(
  items: readonly Item[],
  sight: Sight,
  alone: ReadonlySet<Item>,
  scene: Scene,
): Promise<ReadonlyMap<Item, Answer>> {
  const answers = new Map<Item, Answer>()
  const calls = await callsFor(items, sight, alone, scene, answers)
  await eachAtMost(limit(scene), calls, async (call) => {
    const failure = await attempt(call, scene)
    for (const item of call.items) answers.set(item, { ...(failure && { failure }), batched: call.items.length > 1 })
  })
  return answers
}

const limit = ({ world }: Scene): number =>
  Math.min(world.concurrency, world.provider.traits.limits?.concurrency ?? world.concurrency)

async function attempt(call: Call, { world }: Scene): Promise<Error | undefined> {
  try {
    checkInterrupt(world)
    await call.send()
    return undefined
  } catch (error) {
    return asError(error)
  }
}

/** One call for all writes and one for all removals where the provider has them; the rest one by one. */
async function callsFor(
  items: readonly Item[],
  sight: Sight,
  alone: ReadonlySet<Item>,
  scene: Scene,
  answers: Map<Item, Answer>,
): Promise<Call[]> {
  const { provider } = scene.world
  const writes = new Map<Item, Write>()
  const removals = new Map<Item, Removal>()
  for (const item of items.filter((each) => !alone.has(each))) {
    const world = stepWorld(item, scene, sight)
    try {
      const write = provider.writeMany && (await item.op.write?.(item.step, world))
      const removal = provider.removeMany && item.op.removal?.(item.step, world)
      if (write !== undefined) writes.set(item, write)
      if (removal !== undefined) removals.set(item, removal)
    } catch (error) {
      answers.set(item, { failure: asError(error), batched: false })
    }
  }
  const batched = (map: ReadonlyMap<Item, unknown>): readonly Item[] => (map.size > 1 ? [...map.keys()] : [])
  const together = [
    { items: batched(writes), send: async () => provider.writeMany?.([...writes.values()]) },
    { items: batched(removals), send: async () => provider.removeMany?.([...removals.values()]) },
  ].filter((call) => call.items.length > 0)
  const taken = new Set([...answers.keys(), ...together.flatMap((call) => call.items)])
  const single = items.filter((item) => !taken.has(item)).map((item) => callFor(item, sight, scene))
  return [...together, ...single]
}

function callFor(item: Item, sight: Sight, scene: Scene): Call {
  return { items: [item], send: () => item.op.act(item.step, stepWorld(item, scene, sight)) }
}

const REFUSALS = ['PERMISSION_DENIED', 'UNAUTHENTICATED', 'VALUE_UNFIT', 'NAME_INVALID', 'UNSUPPORTED'] as const
const STOPS = ['INTERRUPTED', 'TERMINATED', 'THROTTLED', 'SECRET_DELETED'] as const

/** Whether the act can not have taken effect, so that waiting for it to show is pointless. */
export function isRefused({ failure }: Answer): boolean {
  return isFailure(failure, ...REFUSALS, ...STOPS) && failure.details.mayHaveHappened !== true
}

/** Whether the same act can be tried again. A CONFLICT over what still looks as planned is an old view. */
export function isWorthRepeating({ failure, batched }: Answer): boolean {
  if (!isFailure(failure) || failure.code === 'INTERRUPTED' || failure.code === 'TERMINATED') return false
  return batched || failure.retryable || failure.details.mayHaveHappened === true || failure.code === 'CONFLICT'
}

/** After a refused batch each goes alone: then one name's fault is one name's fault. */
export const mustGoAlone = ({ failure, batched }: Answer): boolean =>
  batched && isFailure(failure) && !failure.retryable
