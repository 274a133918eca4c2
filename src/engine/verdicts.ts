import type { Step } from '../core/plan.js'
import type { World } from '../core/ports.js'
import { asError, look, type Seen, type Sight } from './look.js'
import type { Operation, StepWorld, Verdict } from './operation.js'
import { eachAtMost } from './pool.js'

/** A step of a stage with its number and what carries it out. */
export interface Item {
  readonly index: number
  readonly step: Step
  readonly op: Operation<Step>
}

/** What the steps of a stage see of their run. */
export interface Scene {
  readonly world: World
  readonly owner: string
  /** Steps with an intention in the journal; grows. */
  readonly begun: Set<number>
}

/** A stage as one look shows it. */
export interface View {
  readonly sight: Sight
  readonly verdicts: ReadonlyMap<Item, Verdict | Error>
  /** Why the looking ended early. */
  readonly interrupted?: Error
}

const LONGEST_PAUSE = 1_000

/** One look: names together, then each step's verdict. */
export async function view(items: readonly Item[], scene: Scene, known?: Seen): Promise<View> {
  const names = items.flatMap(({ op, step }) => op.names(step))
  const sight = await look(scene.world, names, known)
  const verdicts = new Map<Item, Verdict | Error>()
  await eachAtMost(scene.world.concurrency, items, async (item) => {
    const judged = item.op.observe(item.step, stepWorld(item, scene, sight))
    verdicts.set(item, await judged.catch(asError))
  })
  return { sight, verdicts }
}

/**
 * Looks again at the steps whose verdict is not `final`, until the provider's own limit: a finished write may stay
 * invisible for a while, and what looks foreign may be an old state.
 */
export async function viewUntil(
  items: readonly Item[],
  final: (item: Item, verdict: Verdict | Error) => boolean,
  scene: Scene,
  known?: Seen,
): Promise<View> {
  const { clock, provider } = scene.world
  const deadline = clock.now().getTime() + provider.traits.settlesWithinMs
  let seen = await view(items, scene, known)
  for (let pause = 50; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    const unclear = items.filter((item) => !final(item, verdictOf(item, seen)))
    const remaining = deadline - clock.now().getTime()
    if (unclear.length === 0 || remaining <= 0) return seen
    const interrupted = await clock.sleep(Math.min(pause, remaining)).then(() => undefined, asError)
    if (interrupted !== undefined) return { ...seen, interrupted }
    seen = merge(seen, await view(unclear, scene))
  }
}

const merge = (older: View, newer: View): View => ({
  sight: new Map([...older.sight, ...newer.sight]),
  verdicts: new Map([...older.verdicts, ...newer.verdicts]),
})

/** What `seen` says of `item`. */
export function verdictOf(item: Item, seen: View): Verdict | Error {
  return seen.verdicts.get(item) ?? new RangeError('a step was not looked at')
}

/** The world as one step is given it. */
export function stepWorld(item: Item, scene: Scene, sight: Sight): StepWorld {
  return {
    ...scene.world,
    owner: scene.owner,
    token: `${scene.owner}/${item.index}`,
    begun: scene.begun.has(item.index),
    seen(name) {
      const found = sight.get(name)
      if (found === undefined) throw new RangeError('a step asks for a name that it did not announce')
      if (found instanceof Error) throw found
      return found
    },
  }
}
