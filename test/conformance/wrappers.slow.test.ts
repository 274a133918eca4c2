import type { Provider } from '../../src/core/ports.js'
import { countCalls } from '../../src/providers/wrap/count.js'
import { withDeadline } from '../../src/providers/wrap/deadline.js'
import { withLimit } from '../../src/providers/wrap/limit.js'
import { createLimiter } from '../../src/providers/wrap/limiter.js'
import { createManners } from '../../src/providers/wrap/manners.js'
import { withPrefix } from '../../src/providers/wrap/prefix.js'
import { defaultTries, withRetry } from '../../src/providers/wrap/retry.js'
import { conformance } from '../support/conformance.js'
import { memoryAbilities, openMemory } from '../support/conformance-memory.js'

const clock = { now: () => new Date(0), sleep: async () => {} }
const policy = { ...defaultTries, clock, random: (count: number) => new Uint8Array(count) }
const limits = { perSecond: 10, burst: 10, concurrency: 2 }

const wrappers: Readonly<Record<string, (provider: Provider) => Provider>> = {
  retry: (provider) => withRetry(provider, policy),
  limit: (provider) => withLimit(provider, createLimiter(limits, clock)),
  deadline: (provider) => withDeadline(provider, 30_000),
  count: (provider) => countCalls(provider).provider,
  'all manners': (provider) => createManners({ ...policy, timeoutMs: 30_000 }).wrap(provider),
}

for (const [title, wrap] of Object.entries(wrappers))
  conformance(`memory with ${title}`, () => openMemory({}, wrap), { traits: {}, abilities: memoryAbilities })

const names = { pattern: /^[a-zA-Z0-9/-]+$/, caseSensitive: true, maxLength: 200 }
conformance(
  'memory with a prefix',
  () => openMemory({ traits: { names } }, (provider) => withPrefix(provider, 'production/'), 'production/'),
  { traits: {}, abilities: memoryAbilities },
)

const poor = {
  traits: { compareAndSet: 'read-first', labels: false, descriptions: false, names },
  lacks: ['undelete', 'versions', 'label', 'writeMany', 'removeMany', 'readEach', 'destroyOldVersions', 'staging'],
} as const
const bothWrappers = (provider: Provider): Provider =>
  withPrefix(createManners({ ...policy, timeoutMs: 30_000 }).wrap(provider), 'a/')

conformance('memory that can do nothing with a prefix and all manners', () => openMemory(poor, bothWrappers, 'a/'), {
  traits: poor.traits,
  abilities: [],
})
