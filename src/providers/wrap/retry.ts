import { Failure, isFailure } from '../../core/failure.js'
import type { SecretName } from '../../core/names.js'
import type { Clock, Lookup, Provider, Random } from '../../core/ports.js'
import { around, type Call } from './around.js'
import { backoffMs } from './backoff.js'

/** How long and how often something is tried again. */
export interface RetryPolicy {
  /** Tries of one call while the service cannot be reached, the first one counted. */
  readonly attempts: number
  /** Tries while it says "slow down": it is there, so patience pays. */
  readonly throttledAttempts: number
  /** No further try begins when this much time has passed since the first. */
  readonly totalMs: number
  readonly clock: Clock
  readonly random: Random
  readonly onRetry?: (retry: { readonly what: string; readonly attempt: number; readonly inMs: number }) => void
}

/** With half of all requests refused, 24 tries fail once in 16 million. */
export const defaultTries = { attempts: 5, throttledAttempts: 24, totalMs: 180_000 } as const

/** Tries again what is safe to repeat. A write in doubt is repeated only where its token or `expect` makes it one. */
export function withRetry(provider: Provider, policy: RetryPolicy): Provider {
  if (provider.traits.paced === true) return provider
  const repeatable = provider.traits.compareAndSet === 'service'
  const wrapped = around(provider, (call, run) => tryCall(call, run, policy, repeatable))
  const { readEach } = provider
  if (readEach === undefined) return wrapped
  const each = (names: readonly SecretName[]) => readPatiently(names, (some) => readEach.call(provider, some), policy)
  return { ...wrapped, readEach: each, readMany: async (names) => allOrThrow(await each(names)) }
}

async function tryCall<T>(call: Call<T>, run: () => Promise<T>, policy: RetryPolicy, repeatable: boolean): Promise<T> {
  const tries = beginTries(call.method, policy)
  let doubt = false
  for (;;) {
    try {
      return await run()
    } catch (error) {
      const done = doubt && isFailure(error, ...REFUSALS) ? await call.proof?.() : undefined
      if (done !== undefined) return done.result
      if (isFailure(error) && error.details.mayHaveHappened === true) {
        if (call.kind === 'write' && (!repeatable || call.once === true)) throw error
        doubt = true
      }
      await tries.again(doubt ? inDoubt(error) : error)
    }
  }
}

/** An earlier try went out and was not answered: a later one's refusal does not say that it had no effect. */
function inDoubt(error: unknown): unknown {
  if (!isFailure(error) || REFUSALS.some((code) => code === error.code)) return error
  return error.with({ mayHaveHappened: true })
}

/** What a repeated write hears when its first try took effect. */
const REFUSALS = ['CONFLICT', 'SECRET_DELETED', 'SECRET_NOT_FOUND'] as const

/** Repeats `send`, which has to be safe to repeat. */
export async function retrying<T>(what: string, policy: RetryPolicy, send: () => Promise<T>): Promise<T> {
  const tries = beginTries(what, policy)
  let doubt = false
  for (;;) {
    try {
      return await send()
    } catch (error) {
      doubt ||= isFailure(error) && error.details.mayHaveHappened === true
      await tries.again(doubt ? inDoubt(error) : error)
    }
  }
}

/** Counts tries. `again` waits before the next one, or throws what it was given. */
function beginTries(what: string, policy: RetryPolicy): { again(error: unknown): Promise<void> } {
  const startedAt = policy.clock.now().getTime()
  let attempt = 1
  const again = async (error: unknown): Promise<void> => {
    if (!isFailure(error, ...PASSING) || attempt >= limitFor(error, policy)) throw error
    const inMs = backoffMs(attempt, policy.random, error.details.retryAfterMs)
    if (policy.clock.now().getTime() - startedAt + inMs > policy.totalMs) throw error
    attempt++
    policy.onRetry?.({ what, attempt, inMs })
    await policy.clock.sleep(inMs)
  }
  return { again }
}

/** LOCKED is not among them: who holds a lock of ours says how long to wait. */
const PASSING = ['UNAVAILABLE', 'TIMEOUT', 'THROTTLED'] as const

const limitFor = (failure: Failure, policy: RetryPolicy): number =>
  failure.code === 'THROTTLED' ? policy.throttledAttempts : policy.attempts

type Each = ReadonlyMap<SecretName, Lookup | Error>

/** Reads again only the names that failed, so that one of them cannot spend the tries of the others. */
async function readPatiently(
  names: readonly SecretName[],
  read: (names: readonly SecretName[]) => Promise<Each>,
  policy: RetryPolicy,
): Promise<Each> {
  const results = new Map<SecretName, Lookup | Error>()
  const tries = beginTries('readEach', policy)
  for (let left = [...new Set(names)]; left.length > 0; ) {
    const answers = await read(left).catch((error: unknown) => everyOne(left, error))
    for (const name of left) results.set(name, answers.get(name) ?? missing(name))
    left = left.filter((name) => isFailure(results.get(name), ...PASSING))
    if (
      left.length > 0 &&
      !(await goesOn(
        tries,
        left.map((name) => results.get(name)),
      ))
    )
      break
  }
  return results
}

function everyOne(names: readonly SecretName[], error: unknown): Each {
  if (!isFailure(error)) throw error
  return new Map(names.map((name) => [name, error]))
}

const missing = (name: SecretName): Failure =>
  new Failure('PROTOCOL', { doing: 'reading', secret: name, why: 'the answer to a batch lacks it' })

/** Waits as the most patient of the failures asks; `false` when the tries are used up. */
async function goesOn(tries: { again(error: unknown): Promise<void> }, failures: readonly unknown[]): Promise<boolean> {
  const all = failures.filter((one) => isFailure(one))
  const longest = all.reduce((a, b) => (patience(b) > patience(a) ? b : a))
  return tries.again(longest).then(
    () => true,
    (error: unknown) => {
      if (error === longest) return false
      throw error
    },
  )
}
const patience = ({ code, details }: Failure): number => (details.retryAfterMs ?? 0) + (code === 'THROTTLED' ? 1 : 0)

function allOrThrow(each: Each): ReadonlyMap<SecretName, Lookup> {
  const found = new Map<SecretName, Lookup>()
  for (const [name, one] of each) {
    if (one instanceof Error) throw one
    found.set(name, one)
  }
  return found
}
