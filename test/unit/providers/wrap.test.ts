import { describe, expect, test } from '@jest/globals'
import { Failure, type FailureCode, type FailureDetails, isFailure } from '../../../src/core/failure.js'
import { type SecretName, secretName } from '../../../src/core/names.js'
import type { Clock, Listing, Lookup, Provider } from '../../../src/core/ports.js'
import { SecretValue, version } from '../../../src/core/secret.js'
import { MemoryStore, memoryProvider } from '../../../src/providers/memory.js'
import { overPages } from '../../../src/providers/pages.js'
import { chunks, parallel } from '../../../src/providers/parallel.js'
import { backoffMs } from '../../../src/providers/wrap/backoff.js'
import { countCalls } from '../../../src/providers/wrap/count.js'
import { withDeadline } from '../../../src/providers/wrap/deadline.js'
import { createLimiter } from '../../../src/providers/wrap/limiter.js'
import { createManners, createSend } from '../../../src/providers/wrap/manners.js'
import { withPrefix } from '../../../src/providers/wrap/prefix.js'
import { readOnly } from '../../../src/providers/wrap/read-only.js'
import { defaultTries, type RetryPolicy, withRetry } from '../../../src/providers/wrap/retry.js'
import { seeded } from '../../support/conformance-hostile.js'

const name = secretName
const text = (value: string): SecretValue => SecretValue.fromText(value)
const create = { expect: 'absent', token: 't1' } as const

/** A clock that jumps when somebody sleeps. */
function jumpingClock(): Clock & { readonly slept: number[] } {
  let now = 0
  const slept: number[] = []
  return {
    slept,
    now: () => new Date(now),
    sleep: async (ms) => {
      slept.push(ms)
      now += ms
    },
  }
}

function policyOf(more: Partial<RetryPolicy> = {}): RetryPolicy & { readonly clock: ReturnType<typeof jumpingClock> } {
  const next = seeded(5)
  const clock = jumpingClock()
  return { ...defaultTries, random: (count) => Uint8Array.from({ length: count }, () => next() & 255), ...more, clock }
}

/** What happens to the calls of one method, first to last; after that they work. */
type Script = readonly ('ok' | 'lost' | FailureCode | Failure)[]

/** Memory whose methods fail as the scripts say: `lost` acts and then fails with a doubt. */
function scripted(scripts: Partial<Record<string, Script>>, base: Provider = memoryProvider()) {
  const calls = new Map<string, number>()
  const play = async <T>(method: string, act: () => Promise<T>): Promise<T> => {
    const at = calls.get(method) ?? 0
    calls.set(method, at + 1)
    const step = scripts[method]?.[at] ?? 'ok'
    if (step === 'ok') return act()
    if (step === 'lost') await act()
    if (step instanceof Failure) throw step
    throw step === 'lost' ? new Failure('TIMEOUT', { mayHaveHappened: true }) : new Failure(step)
  }
  const provider: Provider = {
    ...base,
    read: (...args) => play('read', () => base.read(...args)),
    write: (...args) => play('write', () => base.write(...args)),
    remove: (...args) => play('remove', () => base.remove(...args)),
  }
  return { provider, calls }
}

const codeOf = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no failure',
    (error: unknown) => (isFailure(error) ? error.code : String(error)),
  )

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const one of source) all.push(one)
  return all
}

describe('retry', () => {
  test('a read is tried again while the service cannot be reached, and given up in the end', async () => {
    const { provider, calls } = scripted({ read: ['UNAVAILABLE', 'TIMEOUT', 'THROTTLED'] })
    const seen: number[] = []
    const patient = withRetry(provider, policyOf({ onRetry: ({ attempt }) => seen.push(attempt) }))
    expect(await patient.read(name('a'))).toEqual({ state: 'absent' })
    expect([calls.get('read'), seen]).toEqual([4, [2, 3, 4]])
    const down = scripted({ read: Array<FailureCode>(50).fill('UNAVAILABLE') })
    expect(await codeOf(withRetry(down.provider, policyOf()).read(name('a')))).toBe('UNAVAILABLE')
    expect(down.calls.get('read')).toBe(defaultTries.attempts)
  })

  test('being throttled is waited for longer than silence', async () => {
    const { provider, calls } = scripted({ read: Array<FailureCode>(50).fill('THROTTLED') })
    expect(await codeOf(withRetry(provider, policyOf()).read(name('a')))).toBe('THROTTLED')
    expect(calls.get('read')).toBe(defaultTries.throttledAttempts)
  })

  for (const code of ['PERMISSION_DENIED', 'CONFLICT', 'PROTOCOL', 'LOCKED', 'UNAUTHENTICATED'] as const)
    test(`${code} is an answer: it is not asked again`, async () => {
      const { provider, calls } = scripted({ read: [code] })
      expect(await codeOf(withRetry(provider, policyOf()).read(name('a')))).toBe(code)
      expect(calls.get('read')).toBe(1)
    })

  test('no try begins after the total time, and none earlier than the service asked for', async () => {
    const slow = new Failure('THROTTLED', { retryAfterMs: 7_000 })
    const { provider, calls } = scripted({ read: [slow, slow, slow, slow] })
    const policy = policyOf({ totalMs: 20_000 })
    expect(await codeOf(withRetry(provider, policy).read(name('a')))).toBe('THROTTLED')
    expect([calls.get('read'), policy.clock.slept]).toEqual([3, [7_000, 7_000]])
  })

  test('a write that took effect and lost its reply is one write', async () => {
    const store = new MemoryStore()
    const { provider, calls } = scripted({ write: ['lost', 'lost'] }, memoryProvider({ store }))
    const made = await withRetry(provider, policyOf()).write(name('a'), text('v'), create)
    expect(await provider.read(name('a'))).toMatchObject({ state: 'present', version: made, writtenBy: 't1' })
    expect([calls.get('write'), store.changes]).toEqual([3, 1])
  })

  test("a refusal after a doubt is success only when the value carries the write's own token", async () => {
    const theirs = async (writtenBy: string | undefined, value: string) => {
      const found: Lookup = {
        state: 'present',
        version: version('9'),
        value: text(value),
        labels: {},
        ...(writtenBy && { writtenBy }),
      }
      const { provider } = scripted({ write: [new Failure('TIMEOUT', { mayHaveHappened: true }), 'CONFLICT'] })
      return withRetry({ ...provider, read: async () => found }, policyOf()).write(name('a'), text('v'), create)
    }
    expect(await theirs('t1', 'v')).toBe('9')
    expect(await theirs(undefined, 'v')).toBe('9')
    expect(await codeOf(theirs('other', 'v'))).toBe('CONFLICT')
    expect(await codeOf(theirs(undefined, 'other'))).toBe('CONFLICT')
  })

  test('a refusal without a doubt stands, also when the value there is the same', async () => {
    const { provider } = scripted({ write: ['THROTTLED', 'CONFLICT'] })
    expect(await codeOf(withRetry(provider, policyOf()).write(name('a'), text('v'), create))).toBe('CONFLICT')
  })

  test('with read-first a write in doubt is not repeated: the caller looks', async () => {
    const base = memoryProvider({ traits: { compareAndSet: 'read-first' } })
    const { provider, calls } = scripted({ write: ['THROTTLED', 'lost'] }, base)
    expect(await codeOf(withRetry(provider, policyOf()).write(name('a'), text('v'), create))).toBe('TIMEOUT')
    expect(calls.get('write')).toBe(2)
  })

  test('a removal that lost its reply is one removal', async () => {
    const { provider } = scripted({ remove: ['lost'] })
    const made = await provider.write(name('a'), text('v'), create)
    await withRetry(provider, policyOf()).remove(name('a'), { expect: made })
    expect((await provider.read(name('a'))).state).toBe('deleted')
  })

  test('a rotation that begins at once is not begun twice', async () => {
    let begun = 0
    const enable = async (): Promise<void> => {
      begun++
      throw new Failure('TIMEOUT', { mayHaveHappened: true })
    }
    const provider = withRetry({ ...memoryProvider(), rotation: { enable, cancel: async () => {} } }, policyOf())
    const options = { by: 'arn', everyDays: 30 }
    expect(await codeOf(provider.rotation?.enable(name('a'), { ...options, now: true }) ?? Promise.resolve())).toBe(
      'TIMEOUT',
    )
    expect(begun).toBe(1)
    expect(await codeOf(provider.rotation?.enable(name('a'), options) ?? Promise.resolve())).toBe('TIMEOUT')
    expect(begun).toBe(1 + defaultTries.attempts)
  })

  test('in a batch each name has its own tries: with half refused 500 of 500 arrive', async () => {
    const next = seeded(3)
    const base = memoryProvider()
    const names = Array.from({ length: 500 }, (_, at) => name(`n${at}`))
    for (const one of names) await base.write(one, text(one), create)
    const asked: number[] = []
    const readEach = async (some: readonly SecretName[]): Promise<ReadonlyMap<SecretName, Lookup | Error>> => {
      asked.push(some.length)
      const found = await base.readMany(some)
      return new Map([...found].map(([one, lookup]) => [one, next() % 2 === 0 ? new Failure('THROTTLED') : lookup]))
    }
    const found = await withRetry({ ...base, readEach }, policyOf()).readMany(names)
    expect([...found.values()].filter(({ state }) => state === 'present').length).toBe(500)
    expect(asked.length).toBeLessThanOrEqual(defaultTries.throttledAttempts)
    expect(asked.every((count, at) => count <= (asked[at - 1] ?? 500))).toBe(true)
  })

  test('readMany() throws the doubt of one name, readEach() shows it beside the others', async () => {
    const base = memoryProvider()
    await base.write(name('b'), text('v'), create)
    const readEach = async (some: readonly SecretName[]) =>
      new Map((await base.readMany(some)).entries()).set(name('a'), new Failure('PERMISSION_DENIED') as never)
    const patient = withRetry({ ...base, readEach }, policyOf())
    expect(await codeOf(patient.readMany([name('a'), name('b')]))).toBe('PERMISSION_DENIED')
    const each = await patient.readEach?.([name('a'), name('b')])
    expect([isFailure(each?.get(name('a'))), each?.get(name('b'))]).toMatchObject([true, { state: 'present' }])
  })
})

describe('a listing that fails on the way', () => {
  const listing = (at: number): Listing => ({ name: name(`n${at}`), state: 'present' })

  test('goes on at the page that failed, and is never shorter', async () => {
    let calls = 0
    const pages: number[] = []
    const list = () =>
      overPages<Listing>(async (from) => {
        if (++calls % 2 === 0) throw new Failure('THROTTLED')
        const page = Number(from ?? 0)
        pages.push(page)
        return { items: [listing(page * 2), listing(page * 2 + 1)], next: page < 4 ? String(page + 1) : undefined }
      })
    const listed = await collect(withRetry({ ...memoryProvider(), list }, policyOf()).list())
    expect(listed.map((one) => one.name)).toEqual(Array.from({ length: 10 }, (_, at) => `n${at}`))
    expect(pages).toEqual([0, 1, 2, 3, 4])
  })

  test('a generator is begun anew, and gives nothing twice and nothing less', async () => {
    let runs = 0
    const list = async function* () {
      runs++
      for (let at = 0; at < 6; at++) {
        if (at === runs * 2 && runs < 3) throw new Failure('UNAVAILABLE')
        yield listing(at)
      }
    }
    const listed = await collect(withRetry({ ...memoryProvider(), list }, policyOf()).list())
    expect([listed.map((one) => one.name), runs]).toEqual([['n0', 'n1', 'n2', 'n3', 'n4', 'n5'], 3])
  })

  test('one that stays broken ends with its failure', async () => {
    const list = () => overPages<Listing>(async () => Promise.reject(new Failure('UNAVAILABLE')))
    expect(await codeOf(collect(withRetry({ ...memoryProvider(), list }, policyOf()).list()))).toBe('UNAVAILABLE')
  })
})

describe('pacing', () => {
  test('a burst goes at once, then so many a second', async () => {
    const clock = jumpingClock()
    const limiter = createLimiter({ perSecond: 10, burst: 20, concurrency: 100 }, clock)
    for (let at = 0; at < 50; at++) await limiter.run(async () => {})
    expect(clock.now().getTime()).toBeGreaterThanOrEqual(3_000)
    expect(clock.now().getTime()).toBeLessThan(3_200)
    expect(clock.slept.length).toBeLessThanOrEqual(30)
  })

  test('no more than so many at a time', async () => {
    const limiter = createLimiter({ perSecond: 1_000, burst: 1_000, concurrency: 3 }, jumpingClock())
    let active = 0
    let most = 0
    const act = async (): Promise<void> => {
      most = Math.max(most, ++active)
      await new Promise(setImmediate)
      active--
    }
    await Promise.all(Array.from({ length: 20 }, () => limiter.run(act)))
    expect(most).toBe(3)
  })

  test('slows down when throttled, waits as long as asked, and recovers', async () => {
    const clock = jumpingClock()
    const limiter = createLimiter({ perSecond: 100, burst: 100, concurrency: 10 }, clock)
    const refuse = () => limiter.run(() => Promise.reject(new Failure('THROTTLED', { retryAfterMs: 4_000 })))
    await codeOf(refuse())
    const slow = limiter.now
    expect(slow.perSecond).toBeLessThan(100)
    expect(slow.concurrency).toBeLessThan(10)
    await limiter.run(async () => {})
    expect(clock.slept.at(-1)).toBeGreaterThanOrEqual(4_000)
    for (let at = 0; at < 100; at++) await limiter.run(async () => {})
    expect(limiter.now).toEqual({ perSecond: 100, concurrency: 10 })
    for (let at = 0; at < 50; at++) {
      await clock.sleep(2_000)
      await codeOf(refuse())
    }
    expect(limiter.now).toEqual({ perSecond: 25, concurrency: 2 })
  })

  test('other failures change nothing, and leave no place taken', async () => {
    const limiter = createLimiter({ perSecond: 10, burst: 10, concurrency: 1 }, jumpingClock())
    for (let at = 0; at < 5; at++)
      expect(await codeOf(limiter.run(() => Promise.reject(new Failure('CONFLICT'))))).toBe('CONFLICT')
    expect(limiter.now).toEqual({ perSecond: 10, concurrency: 1 })
  })

  test('the wait grows with each try up to a limit, with full jitter', () => {
    const whole = () => Uint8Array.from([255, 255, 255])
    const none = () => new Uint8Array(3)
    expect([1, 2, 3, 6, 7, 20].map((attempt) => backoffMs(attempt, whole))).toEqual([99, 199, 399, 3_199, 4_999, 4_999])
    expect([backoffMs(9, none), backoffMs(1, none, 1_500)]).toEqual([0, 1_500])
  })
})

describe('deadline', () => {
  const silent = new Promise<never>(() => {})

  test('a call that nobody answers ends with TIMEOUT, and a write says that it may have happened', async () => {
    const provider = withDeadline({ ...memoryProvider(), read: () => silent, write: () => silent }, 5)
    expect(await codeOf(provider.read(name('a')))).toBe('TIMEOUT')
    const failure = await provider.write(name('a'), text('v'), create).catch((error: unknown) => error)
    expect(isFailure(failure, 'TIMEOUT') && failure.details).toMatchObject({ secret: 'a', mayHaveHappened: true })
  })

  test('a listing ends, too', async () => {
    const list = () => overPages<Listing>(() => silent)
    expect(await codeOf(collect(withDeadline({ ...memoryProvider(), list }, 5).list()))).toBe('TIMEOUT')
  })
})

describe('read only', () => {
  test('every write is refused before it reaches the provider, every read goes through', async () => {
    const store = new MemoryStore()
    const plain = memoryProvider({ store })
    const made = await plain.write(name('a'), text('v'), create)
    const before = store.changes
    const provider = readOnly(plain)
    const writes: Promise<unknown>[] = [
      provider.write(name('b'), text('v'), create),
      provider.remove(name('a'), { expect: made }),
      provider.undelete?.(name('a')) ?? Promise.resolve(),
      provider.label?.(name('a'), {}, { expect: made }) ?? Promise.resolve(),
      provider.writeMany?.([{ name: name('b'), value: text('v'), ...create }]) ?? Promise.resolve(),
      provider.removeMany?.([{ name: name('a'), expect: made }]) ?? Promise.resolve(),
      provider.destroyOldVersions?.(name('a'), 1) ?? Promise.resolve(),
      provider.staging?.stage(name('a'), text('v'), { token: 't' }) ?? Promise.resolve(),
      provider.staging?.promote(name('a'), { expect: made, token: 't' }) ?? Promise.resolve(),
      provider.staging?.discard(name('a')) ?? Promise.resolve(),
    ]
    expect(await Promise.all(writes.map(codeOf))).toEqual(writes.map(() => 'INTERNAL'))
    expect(store.changes).toBe(before)
    expect((await provider.read(name('a'))).state).toBe('present')
    expect((await collect(provider.list())).length).toBe(1)
  })
})

describe('prefix', () => {
  test('names under another prefix are not there', async () => {
    const plain = memoryProvider()
    for (const one of ['app/a', 'app/b', 'apple', 'app/']) await plain.write(name(one), text(one), create)
    const provider = withPrefix(plain, 'app/')
    expect((await collect(provider.list())).map((one) => one.name)).toEqual(['a', 'b'])
    expect((await collect(provider.list({ prefix: 'b' }))).map((one) => one.name)).toEqual(['b'])
    expect((await provider.read(name('pple'))).state).toBe('absent')
    expect([...(await provider.readMany([name('a'), name('z')])).keys()]).toEqual(['a', 'z'])
  })

  test('the empty prefix changes nothing', () => {
    const plain = memoryProvider()
    expect(withPrefix(plain, '')).toBe(plain)
  })
})

describe('counting', () => {
  test('calls by method, and writes among them', async () => {
    const { provider, calls, writes } = countCalls(memoryProvider())
    await provider.write(name('a'), text('v'), create)
    await provider.read(name('a'))
    await provider.readMany([name('a'), name('b')])
    expect([Object.fromEntries(calls), writes()]).toEqual([{ write: 1, read: 1, readMany: 1 }, 1])
  })
})

describe('manners', () => {
  test('a provider that sends through the ports is left alone', () => {
    const manners = createManners({ ...policyOf(), timeoutMs: 1_000 })
    const paced = memoryProvider({ traits: { paced: true } })
    expect(manners.wrap(paced)).toBe(paced)
    expect(manners.wrap(memoryProvider())).not.toBe(paced)
  })

  test('a request is repeated, paced by its own quota, and ends in time', async () => {
    const policy = policyOf()
    const send = createSend({ ...policy, timeoutMs: 20 })
    let tries = 0
    const flaky = async (): Promise<string> => {
      if (++tries < 4) throw new Failure('THROTTLED')
      return 'done'
    }
    const quota = { key: 'q', perSecond: 1, burst: 1 }
    expect(await send({ doing: 'reading', quota, send: flaky })).toBe('done')
    expect(tries).toBe(4)
    expect(policy.clock.now().getTime()).toBeGreaterThan(2_900)
    const hang: Failure | unknown = await send({
      doing: 'writing',
      secret: 'a',
      writes: true,
      send: () => new Promise<never>(() => {}),
    }).catch((error: unknown) => error)
    const expected: FailureDetails = { doing: 'writing', secret: 'a', mayHaveHappened: true }
    expect(isFailure(hang, 'TIMEOUT') && hang.details).toMatchObject(expected)
  })
})

describe('doing many at once', () => {
  test('keeps the order, the width and the first failure', async () => {
    expect(await parallel([3, 1, 2], 2, async (item) => item * 2)).toEqual([6, 2, 4])
    expect(await parallel([], 2, async () => 1)).toEqual([])
    const done: number[] = []
    const failing = parallel([1, 2, 3, 4, 5], 2, async (item) => {
      if (item === 2) throw new Failure('IO')
      await new Promise(setImmediate)
      done.push(item)
    })
    expect(await codeOf(failing)).toBe('IO')
    expect(done).toEqual([1])
  })

  test('groups of at most so many', () => {
    expect(chunks([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]])
    expect(chunks([], 2)).toEqual([])
  })
})
