import type { FailureDetails } from '../../core/failure.js'
import type { Provider, Traits } from '../../core/ports.js'
import type { Ports, Request, Send } from '../description.js'
import { before, withDeadline } from './deadline.js'
import { withLimit } from './limit.js'
import { createLimiter, type Limiter } from './limiter.js'
import { type RetryPolicy, retrying, withRetry } from './retry.js'

/** Retry, pacing and deadline for one connection, whichever way its provider sends. */
export interface Manners {
  /** For `connect`. */
  readonly ports: Ports
  /** For what `connect` returned; leaves a provider alone that sends each request through the ports. */
  wrap(provider: Provider): Provider
}

export interface MannersSettings extends RetryPolicy {
  readonly timeoutMs: number
  /** `--concurrency`: wins over the provider's own number. */
  readonly concurrency?: number
}

const DEFAULT_LIMITS = { perSecond: 1_000, burst: 1_000, concurrency: 16 } as const

export function createManners(settings: MannersSettings): Manners {
  return {
    ports: { clock: settings.clock, random: settings.random, send: createSend(settings) },
    wrap: (provider) => {
      const limiter = createLimiter(
        { ...(provider.traits.limits ?? DEFAULT_LIMITS), ...width(settings) },
        settings.clock,
      )
      return withRetry(withLimit(withDeadline(provider, settings.timeoutMs), limiter), settings)
    },
  }
}

const width = ({ concurrency }: MannersSettings): Partial<NonNullable<Traits['limits']>> =>
  concurrency === undefined ? {} : { concurrency }

/** Retry outside, so that no place is held while waiting; the deadline inside, so that waiting does not use it up. */
export function createSend(settings: MannersSettings): Send {
  const limiters = new Map<string, Limiter>()
  const limiterOf = ({ quota }: Request<unknown>): Limiter => {
    const key = quota?.key ?? ''
    const limits = { ...DEFAULT_LIMITS, ...quota, ...width(settings) }
    const limiter = limiters.get(key) ?? createLimiter(limits, settings.clock)
    limiters.set(key, limiter)
    return limiter
  }
  return (request) => {
    const once = () => before(settings.timeoutMs, detailsOf(request), request.send)
    return retrying(request.doing, settings, () => limiterOf(request).run(once))
  }
}

const detailsOf = ({ doing, secret, writes }: Request<unknown>): FailureDetails => ({
  doing,
  ...(secret !== undefined && { secret }),
  ...(writes && { mayHaveHappened: true }),
})
