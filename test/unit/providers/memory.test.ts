import { describe, expect, test } from '@jest/globals'
import type { Lookup, Provider } from '../../../src/core/ports.js'
import { type Version, version } from '../../../src/core/secret.js'
import { MemoryStore, memoryProvider } from '../../../src/providers/memory.js'
import { N, V } from '../../support/world.js'

const A = N('a')
const B = N('b')

const add = (provider: Provider, text = 'one', token = 't1'): Promise<Version> =>
  provider.write(A, V(text), { expect: 'absent', token })
const textOf = (found: Lookup): string => (found.state === 'present' ? found.value.reveal() : found.state)
async function all<T>(items: AsyncIterable<T> | undefined): Promise<T[]> {
  const list: T[] = []
  for await (const item of items ?? []) list.push(item)
  return list
}

describe('compare-and-set', () => {
  test('a write happens over what it expects only', async () => {
    const provider = memoryProvider()
    const first = await add(provider)
    for (const expect1 of ['absent', 'deleted', version('v9')] as const) {
      await expect(provider.write(A, V('two'), { expect: expect1, token: 't2' })).rejects.toMatchObject({
        code: 'CONFLICT',
      })
    }
    const second = await provider.write(A, V('two'), { expect: first, token: 't2' })
    expect(await provider.read(A)).toMatchObject({ version: second, writtenBy: 't2' })
  })

  test('the same write again is the same write', async () => {
    const provider = memoryProvider()
    expect(await add(provider)).toBe(await add(provider))
    expect(await all(provider.versions?.(A))).toHaveLength(1)
  })

  test('two writers at once: one is refused', async () => {
    const provider = memoryProvider()
    const results = await Promise.allSettled([add(provider, 'x', 't1'), add(provider, 'y', 't2')])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  })

  test('read-first loses the race that it says it can lose', async () => {
    const store = new MemoryStore()
    const other = memoryProvider({ store })
    const inTheGap = async (): Promise<void> => void (await add(other, 'theirs', 'them'))
    const provider = memoryProvider({ store, traits: { compareAndSet: 'read-first' }, inTheGap })
    await add(provider, 'ours', 'us')
    expect(textOf(await provider.read(A))).toBe('ours')
    expect(await all(provider.versions?.(A))).toHaveLength(2)
  })
})

describe('removing', () => {
  test('is soft, and undelete brings back value, version and labels', async () => {
    const provider = memoryProvider()
    const made = await provider.write(A, V('one'), {
      expect: 'absent',
      token: 't',
      labels: { key: 'A' },
      description: 'd',
    })
    await provider.remove(A, { expect: made })
    expect(await provider.read(A)).toMatchObject({ state: 'deleted', version: made })
    expect(await all(provider.list())).toMatchObject([{ name: 'a', state: 'deleted' }])
    await provider.undelete?.(A)
    expect(await provider.read(A)).toMatchObject({
      state: 'present',
      version: made,
      labels: { key: 'A' },
      description: 'd',
    })
  })

  test('without undelete the name is gone', async () => {
    const provider = memoryProvider({ lacks: ['undelete'] })
    await provider.remove(A, { expect: await add(provider) })
    expect([provider.undelete, (await provider.read(A)).state]).toEqual([undefined, 'absent'])
  })

  test('a deleted name is written over where the service does that, and refused elsewhere', async () => {
    for (const writesOverDeleted of [true, false]) {
      const provider = memoryProvider({ traits: { writesOverDeleted } })
      await provider.remove(A, { expect: await add(provider) })
      const write = provider.write(A, V('two'), { expect: 'deleted', token: 't2' })
      if (writesOverDeleted) await write
      else await expect(write).rejects.toMatchObject({ code: 'SECRET_DELETED' })
    }
  })

  test('only over the expected version', async () => {
    const provider = memoryProvider()
    await add(provider)
    await expect(provider.remove(A, { expect: version('v9') })).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(provider.remove(B, { expect: version('v1') })).rejects.toMatchObject({ code: 'CONFLICT' })
  })
})

describe('versions', () => {
  test('come newest first, and each can be read', async () => {
    const provider = memoryProvider()
    const first = await add(provider)
    const second = await provider.write(A, V('two'), { expect: first, token: 't2' })
    expect((await all(provider.versions?.(A))).map((each) => each.version)).toEqual([second, first])
    expect([textOf(await provider.read(A, first)), textOf(await provider.read(A, version('v9')))]).toEqual([
      'one',
      'absent',
    ])
  })

  test('are ended for good but for the newest', async () => {
    const provider = memoryProvider()
    let last = await add(provider)
    for (const text of ['two', 'three']) last = await provider.write(A, V(text), { expect: last, token: text })
    expect(await provider.destroyOldVersions?.(A, 1)).toBe(2)
    expect((await all(provider.versions?.(A))).map(({ state }) => state)).toEqual(['enabled', 'destroyed', 'destroyed'])
    expect(textOf(await provider.read(A))).toBe('three')
  })
})

describe('many in one request', () => {
  test('all or none', async () => {
    const provider = memoryProvider()
    await add(provider)
    const write = (name: typeof A) => ({ name, value: V('new'), expect: 'absent' as const, token: 't2' })
    await expect(provider.writeMany?.([write(B), write(A)])).rejects.toMatchObject({ code: 'CONFLICT' })
    expect((await provider.read(B)).state).toBe('absent')
    const written = await provider.writeMany?.([write(B)])
    expect([...(written?.keys() ?? [])]).toEqual(['b'])
  })
})

test('labels are replaced, the value untouched; a write without labels keeps them', async () => {
  const provider = memoryProvider()
  const made = await provider.write(A, V('one'), { expect: 'absent', token: 't', labels: { a: '1', b: '2' } })
  await provider.label?.(A, { c: '3' }, { expect: made, description: 'd' })
  expect(await provider.read(A)).toMatchObject({ version: made, labels: { c: '3' }, description: 'd' })
  await provider.write(A, V('two'), { expect: made, token: 't2' })
  expect(await provider.read(A)).toMatchObject({ labels: { c: '3' }, description: 'd' })
})

test('a change is not seen before it settles, and compared at once all the same', async () => {
  let now = 1_000
  const provider = memoryProvider({ traits: { settlesWithinMs: 500 }, now: () => new Date(now) })
  await add(provider)
  expect((await provider.read(A)).state).toBe('absent')
  await expect(add(provider, 'two', 't2')).rejects.toMatchObject({ code: 'CONFLICT' })
  now += 500
  expect(textOf(await provider.read(A))).toBe('one')
})

test('what the service could not hold is refused before anything is written', async () => {
  const names = { pattern: /^[a-z]+$/, caseSensitive: true, maxLength: 3 }
  const provider = memoryProvider({ traits: { maxBytes: 3, emptyValues: false, binary: false, names } })
  await expect(add(provider, 'four')).rejects.toMatchObject({ code: 'VALUE_UNFIT' })
  await expect(add(provider, '')).rejects.toMatchObject({ code: 'VALUE_UNFIT' })
  await expect(provider.write(N('abcd'), V('x'), { expect: 'absent', token: 't' })).rejects.toMatchObject({
    code: 'NAME_INVALID',
  })
})

test('a read-only one refuses to write', async () => {
  await expect(add(memoryProvider({ traits: { writable: false } }))).rejects.toMatchObject({ code: 'UNSUPPORTED' })
})

test('a listing has the names under a prefix, sorted, without values', async () => {
  const provider = memoryProvider()
  for (const name of ['x/b', 'y/c', 'x/a'])
    await provider.write(N(name), V('canary'), { expect: 'absent', token: name })
  const listed = await all(provider.list({ prefix: 'x/' }))
  expect(listed.map(({ name }) => name)).toEqual(['x/a', 'x/b'])
  expect(JSON.stringify(listed)).not.toMatch(/canary|secret/)
})
