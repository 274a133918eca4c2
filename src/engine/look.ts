import { Failure, isFailure } from '../core/failure.js'
import type { SecretName } from '../core/names.js'
import type { Lookup, Provider, World } from '../core/ports.js'
import { checkInterrupt } from './interrupt.js'
import { eachAtMost } from './pool.js'

/** What is known to be there, from a look-up that was just made. */
export type Seen = ReadonlyMap<SecretName, Lookup>
/** What a look found. A doubt about one name stands beside the others and hides none of them. */
export type Sight = ReadonlyMap<SecretName, Lookup | Error>

type Looker = Pick<World, 'provider' | 'clock' | 'concurrency' | 'signal'>

const ATTEMPTS = 3

/**
 * What is there under `names`, in as few requests as the service has. `listed`: all names of a complete listing; what
 * it lacks is absent without a read. Throws the first doubt.
 */
export async function lookUp(
  world: Looker,
  names: readonly SecretName[],
  listed?: Iterable<SecretName>,
): Promise<Seen> {
  const known = listed === undefined ? new Map<SecretName, Lookup>() : absentIn(listed, names, world.provider)
  const sight = await look(world, names, known)
  for (const found of sight.values()) if (found instanceof Error) throw found
  return sight as Seen
}

function absentIn(listed: Iterable<SecretName>, names: readonly SecretName[], { traits }: Provider): Seen {
  const fold = (name: string): string => (traits.names.caseSensitive ? name : name.toLowerCase())
  const present = new Set([...listed].map(fold))
  return new Map(names.filter((name) => !present.has(fold(name))).map((name) => [name, { state: 'absent' }]))
}

/** One look at all names together; those in `known` are not asked for again. */
export async function look(world: Looker, names: readonly SecretName[], known?: Seen): Promise<Sight> {
  const asked = [...new Set(names)].filter((name) => known?.has(name) !== true)
  const found = asked.length === 0 ? new Map() : await persist(() => ask(world, asked), world)
  return new Map(names.map((name) => [name, known?.get(name) ?? found.get(name) ?? unanswered(name)]))
}

const unanswered = (name: SecretName): Failure =>
  new Failure('PROTOCOL', { doing: 'reading', secret: name, why: 'the answer lacks the name' })

async function ask(world: Looker, names: readonly SecretName[]): Promise<Sight> {
  const { provider } = world
  if (provider.readEach !== undefined) return provider.readEach(names)
  try {
    return await provider.readMany(names)
  } catch (error) {
    if (names.length === 1 || isPassing(error)) throw error
    return oneByOne(world, names)
  }
}

async function oneByOne(world: Looker, names: readonly SecretName[]): Promise<Sight> {
  const sight = new Map<SecretName, Lookup | Error>()
  await eachAtMost(world.concurrency, names, async (name) => {
    sight.set(name, await world.provider.read(name).catch(asError))
  })
  return sight
}

/** Repeats a call that only reads, while its failure is one that passes. An interrupted run may still look once. */
export async function persist<T>(read: () => Promise<T>, world: Pick<World, 'clock' | 'signal'>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await read()
    } catch (error) {
      if (attempt === ATTEMPTS || !isPassing(error)) throw error
      checkInterrupt(world)
      await world.clock.sleep(pauseAfter(attempt, error))
    }
  }
}

const isPassing = (error: unknown): boolean => isFailure(error) && error.retryable

/** Doubles from 100 ms, unless the service said how long. */
export function pauseAfter(attempt: number, error: unknown): number {
  const told = isFailure(error) ? error.details.retryAfterMs : undefined
  return told ?? 50 * 2 ** attempt
}

/** Whatever was thrown, as an Error. */
export const asError = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new Failure('INTERNAL', {}, { cause: thrown })
