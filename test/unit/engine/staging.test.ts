import { describe, expect, test } from '@jest/globals'
import { isFailure } from '../../../src/core/failure.js'
import type { Provider, Staging } from '../../../src/core/ports.js'
import { sidecarStaging } from '../../../src/engine/staging.js'
import { type MemoryOptions, MemoryStore, memoryProvider } from '../../../src/providers/memory.js'
import { N, V } from '../../support/world.js'

const DB = N('db')

async function hostsOn(options: MemoryOptions = {}) {
  const store = new MemoryStore()
  const host = (yields: () => number): Provider => slowly(memoryProvider({ ...options, store }), yields)
  const raw = memoryProvider({ ...options, store })
  await raw.write(DB, V('old'), { expect: 'absent', token: 'seed' })
  return { store, host, raw }
}

/** Each call waits for as many turns as `yields` says: two hosts then meet in every order. */
function slowly(provider: Provider, yields: () => number): Provider {
  const wait = async (): Promise<void> => {
    for (let left = yields(); left > 0; left--) await null
  }
  const undelete = provider.undelete
  return {
    ...provider,
    read: (...args) => wait().then(() => provider.read(...args)),
    write: (...args) => wait().then(() => provider.write(...args)),
    remove: (...args) => wait().then(() => provider.remove(...args)),
    ...(undelete && { undelete: (name) => wait().then(() => undelete(name)) }),
  }
}

/** The minimal standard generator: the same numbers in each run. */
function drawn(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state * 48_271) % 2_147_483_647
    return state % below
  }
}

const memory = (): Staging => memoryProvider().staging!

describe.each([
  ['beside', () => sidecarStaging(memoryProvider())],
  ['beside, labels but no writer kept', () => sidecarStaging(forgetful())],
  ['of the service', memory],
])('staging %s', (_, make) => {
  test('what is staged is pending, with its owner, and not current', async () => {
    const staging = make()
    expect(await staging.pending(DB)).toEqual({ state: 'absent' })
    await staging.stage(DB, V('new'), { token: 'host-1/0', labels: { why: 'due' } })
    expect(await staging.pending(DB)).toMatchObject({ state: 'present', writtenBy: 'host-1/0', labels: { why: 'due' } })
  })

  test('a second value is refused, also from the same owner; the same one is the same write', async () => {
    const staging = make()
    await staging.stage(DB, V('new'), { token: 'host-1/0' })
    await staging.stage(DB, V('new'), { token: 'host-1/0' })
    for (const token of ['host-1/0', 'host-2/0']) {
      await expect(staging.stage(DB, V('newer'), { token })).rejects.toMatchObject({ code: 'CONFLICT' })
    }
  })

  test('discard is for any number of times, and makes room', async () => {
    const staging = make()
    await staging.stage(DB, V('new'), { token: 'host-1/0' })
    await staging.discard(DB)
    await staging.discard(DB)
    expect((await staging.pending(DB)).state).not.toBe('present')
    await staging.stage(DB, V('newer'), { token: 'host-2/0' })
  })
})

/** Keeps no tokens. */
function forgetful(): Provider {
  const provider = memoryProvider()
  return {
    ...provider,
    async read(name) {
      const found = await provider.read(name)
      if (found.state !== 'present') return found
      const { writtenBy, ...rest } = found
      return rest
    },
  }
}

async function seedOver(raw: Provider): Promise<void> {
  const now = await raw.read(DB)
  await raw.write(DB, V('theirs'), { expect: now.state === 'present' ? now.version : now.state, token: 'x' })
}

test('promote makes the pending value current, over the expected version only', async () => {
  const { raw } = await hostsOn()
  const staging = sidecarStaging(raw)
  const now = await raw.read(DB)
  const expect1 = now.state === 'present' ? now.version : undefined!
  await expect(staging.promote(DB, { expect: expect1, token: 't' })).rejects.toMatchObject({ code: 'SECRET_NOT_FOUND' })
  await staging.stage(DB, V('new'), { token: 't' })
  await staging.promote(DB, { expect: expect1, token: 't' })
  expect(await raw.read(DB)).toMatchObject({ state: 'present', writtenBy: 't' })
  expect((await staging.pending(DB)).state).toBe('present')
  await seedOver(raw)
  await expect(staging.promote(DB, { expect: expect1, token: 'u' })).rejects.toMatchObject({ code: 'CONFLICT' })
})

describe.each<[string, MemoryOptions, boolean]>([
  ['nothing pending before', {}, false],
  ['a discarded one before', {}, true],
  ['a discarded one before that has to be undeleted', { traits: { writesOverDeleted: false } }, true],
  ['nothing left of what was discarded', { lacks: ['undelete'] }, true],
])('two hosts, %s', (_, options, discarded) => {
  test('never have two winners', async () => {
    const tally = { won: 0, none: 0 }
    for (let seed = 1; seed <= 200; seed++) {
      const winners = await race(seed, options, discarded)
      expect(winners.length).toBeLessThanOrEqual(1)
      if (winners.length === 1) tally.won += 1
      else tally.none += 1
    }
    expect(tally.won).toBeGreaterThan(150)
  })
})

/** Both stage and promote at once; a winner is who could do both. */
async function race(seed: number, options: MemoryOptions, discarded: boolean): Promise<string[]> {
  const draw = drawn(seed)
  const { host, raw } = await hostsOn(options)
  if (discarded) {
    const before = sidecarStaging(raw)
    await before.stage(DB, V('long ago'), { token: 'host-0' })
    await before.discard(DB)
  }
  const now = await raw.read(DB)
  const expect = now.state === 'present' ? now.version : undefined!
  const rotate = async (token: string): Promise<string | undefined> => {
    const staging = sidecarStaging(host(() => draw(6)))
    try {
      await staging.stage(DB, V(`value of ${token}`), { token })
      await staging.promote(DB, { expect, token })
      return token
    } catch (error) {
      if (isFailure(error)) return undefined
      throw error
    }
  }
  const won = (await Promise.all([rotate('host-1'), rotate('host-2')])).filter((token) => token !== undefined)
  const after = await raw.read(DB)
  const current = after.state === 'present' ? after.value.reveal() : after.state
  if (won.length === 1 && current !== `value of ${won[0]}`) throw new Error(`${won[0]} won, but ${current} stands`)
  return won
}

test('with read-first the race is really lost in the gap: this is why it is said', async () => {
  const store = new MemoryStore()
  const other = sidecarStaging(memoryProvider({ store }))
  const inTheGap = (): Promise<void> => other.stage(DB, V('theirs'), { token: 'host-2' })
  const provider = memoryProvider({ store, traits: { compareAndSet: 'read-first' }, inTheGap })
  await sidecarStaging(provider).stage(DB, V('ours'), { token: 'host-1' })
  expect(await other.pending(DB)).toMatchObject({ writtenBy: 'host-1' })
})
