import { describe, expect, test } from '@jest/globals'
import { KNOWN_FILE, readKnown } from '../../../src/backup/known.js'
import { Failure } from '../../../src/core/failure.js'
import type { Provider } from '../../../src/core/ports.js'
import { MemoryStore, memoryProvider } from '../../../src/providers/memory.js'
import { countCalls } from '../../../src/providers/wrap/count.js'
import { readOnly } from '../../../src/providers/wrap/read-only.js'
import { N } from '../../support/world.js'
import { codeOf, golden, memoryHost, once, read } from './support.js'
import { backupOf, contextOf, keyPair, put } from './world.js'

const files = (host: ReturnType<typeof memoryHost>) => host.places.get('b/') ?? new Map<string, Uint8Array>()
async function held(host: ReturnType<typeof memoryHost>, name: string) {
  const { entries, contents } = await read(once(files(host).get(name) ?? Buffer.alloc(0)), keyPair)
  return { texts: entries.map((one) => `${one.name}=${Buffer.from(one.bytes).toString()}`), entries, contents }
}

/** The provider, with something done at the `at`-th call of a method. */
function disturbed(
  provider: Provider,
  method: 'list' | 'readEach',
  at: number,
  act: (count: number) => Promise<void>,
): Provider {
  let count = 0
  if (method === 'list')
    return {
      ...provider,
      async *list(options) {
        count++
        if (count >= at) await act(count)
        yield* provider.list(options)
      },
    }
  return {
    ...provider,
    async readEach(names) {
      count++
      const found = (await provider.readEach?.(names)) ?? new Map()
      if (count === at) await act(count)
      return found
    },
  }
}

describe('a backup', () => {
  test('holds every version, label and description, and writes nothing to the provider', async () => {
    const store = new MemoryStore()
    const provider = memoryProvider({ store })
    await put(provider, 'b', 'one', 'two')
    await put(provider, 'a', 'x')
    const host = memoryHost()
    const report = await backupOf(readOnly(provider), host)
    const { texts, entries } = await held(host, report.name)
    expect(texts).toEqual(['a=x', 'b=one', 'b=two'])
    expect(entries.at(-1)).toMatchObject({ current: true, labels: { key: 'B' }, description: 'about b' })
    expect(report).toMatchObject({ secrets: 2, versions: 3, again: [], deleted: [] })
    expect(host.open.size).toBe(0)
  })
  test('reads each value once, lists twice, and asks for nothing else', async () => {
    const provider = memoryProvider()
    for (let at = 0; at < 50; at++) await put(provider, `n${at}`, 'v')
    const counted = countCalls(provider)
    await backupOf(counted.provider, memoryHost(), { allVersions: false })
    // a listing counts each of its names, and its end
    expect(Object.fromEntries(counted.calls)).toEqual({ identity: 1, list: 2 * 51, readEach: 1 })
  })
  test('counts on, names its predecessor, and is remembered as the newest', async () => {
    const provider = memoryProvider()
    await put(provider, 'a', 'x')
    const host = memoryHost()
    const context = await contextOf(provider)
    const reports = [
      await backupOf(provider, host, {}, context),
      await backupOf(provider, host, {}, context),
      await backupOf(provider, host, {}, context),
    ]
    expect(reports.map(({ header }) => header.counter)).toEqual([1, 2, 3])
    expect(reports[2]?.header.previous).toBe(reports[1]?.header.id)
    expect(readKnown(host.stateFolder.files.get(KNOWN_FILE)).get('memory')).toMatchObject({
      counter: 3,
      id: reports[2]?.header.id,
    })
  })
  test('goes on from the highest number of its place where this machine knows nothing', async () => {
    const host = memoryHost()
    const place = new Map<string, Uint8Array>([
      ['vibesecrets-memory-20260101T000000Z-000041-0123abcd.age', Buffer.from('x')],
    ])
    host.places.set('b/', place)
    expect((await backupOf(memoryProvider(), host)).header.counter).toBe(42)
  })
  test('of nothing is a backup of nothing', async () => {
    const host = memoryHost()
    expect(await backupOf(memoryProvider(), host)).toMatchObject({ secrets: 0, versions: 0 })
  })
})

describe('what changes while it is read', () => {
  const rest = ['a=1', 'c=3']
  const change: Record<string, { act: (provider: Provider) => Promise<void>; want: string[]; again: string[] }> = {
    'a new value is read again': { act: (p) => put(p, 'b', 'new'), want: ['a=1', 'b=2', 'b=new', 'c=3'], again: ['b'] },
    'a new name is read too': { act: (p) => put(p, 'd', '4'), want: ['a=1', 'b=2', 'c=3', 'd=4'], again: ['d'] },
    'a name that is gone is left out': {
      act: async (p) => {
        const now = await p.read(N('b'))
        if (now.state === 'present') await p.remove(N('b'), { expect: now.version })
      },
      want: rest,
      again: ['b'],
    },
  }
  test.each(Object.keys(change))('%s', async (which) => {
    const provider = memoryProvider()
    await put(provider, 'a', '1')
    await put(provider, 'b', '2')
    await put(provider, 'c', '3')
    let done = false
    const act = async () => {
      if (!done) await change[which]?.act(provider)
      done = true
    }
    const host = memoryHost()
    const report = await backupOf(disturbed(provider, 'readEach', 1, act), host)
    expect((await held(host, report.name)).texts).toEqual(change[which]?.want)
    expect(report.again).toEqual(change[which]?.again)
    expect(host.open.size).toBe(0)
  })
  test('a name that never stops changing is named, and no file is written', async () => {
    const provider = memoryProvider()
    await put(provider, 'a', '1')
    await put(provider, 'restless', '0')
    const host = memoryHost()
    const moving = disturbed(provider, 'list', 2, (count) => put(provider, 'restless', `v${count}`))
    const error = (await backupOf(moving, host).catch((thrown: unknown) => thrown)) as Failure
    expect([error.code, error.details.names]).toEqual(['FOREIGN_CHANGE', ['restless']])
    expect([files(host).size, host.open.size]).toEqual([0, 0])
  })
  test('where a listing tells no version, values are read a second time to be sure', async () => {
    const provider = memoryProvider()
    await put(provider, 'a', '1')
    const mute: Provider = {
      ...provider,
      async *list() {
        for await (const { name, state } of provider.list()) yield { name, state }
      },
    }
    const counted = countCalls(mute)
    await backupOf(counted.provider, memoryHost(), { allVersions: false })
    expect(counted.calls.get('readEach')).toBe(2)
  })
})

describe('a backup that cannot be whole is no backup', () => {
  test('each name that cannot be read is told, and nothing is left', async () => {
    const provider = memoryProvider()
    for (const name of ['a', 'b', 'c']) await put(provider, name, 'x')
    const partly: Provider = {
      ...provider,
      async readEach(names) {
        const found = new Map<(typeof names)[number], Awaited<ReturnType<Provider['read']>> | Error>(
          (await provider.readEach?.(names)) ?? [],
        )
        for (const name of names) if (name !== 'b') found.set(name, new Failure('PERMISSION_DENIED', { secret: name }))
        return found
      },
    }
    const host = memoryHost()
    const error = (await backupOf(partly, host).catch((thrown: unknown) => thrown)) as Failure
    expect([error.code, error.details.names]).toEqual(['PERMISSION_DENIED', ['a', 'c']])
    expect([files(host).size, host.open.size]).toEqual([0, 0])
  })
  test('a byte that changes on the disk before it is verified: 100 of 100 found', async () => {
    const provider = memoryProvider()
    await put(provider, 'a', 'one')
    let found = 0
    for (let round = 0; round < 100; round++) {
      const host = memoryHost()
      host.corrupt = (bytes) => {
        const at = Math.floor((round / 100) * bytes.byteLength)
        bytes[at] = (bytes[at] ?? 0) ^ (1 << (round % 8))
      }
      if (
        ['DAMAGED', 'INPUT_INVALID'].includes(await codeOf(backupOf(provider, host))) &&
        files(host).size === 0 &&
        host.open.size === 0
      )
        found++
    }
    expect(found).toBe(100)
  })
  test('a taken name is left as it is, unless replacing it was said', async () => {
    const provider = memoryProvider()
    const host = memoryHost()
    host.places.set('b/', new Map([['x.age', golden('key.txt')]]))
    expect(await codeOf(backupOf(provider, host, { name: 'x.age' }))).toBe('CONFLICT')
    expect(files(host).get('x.age')).toEqual(golden('key.txt'))
    expect(host.open.size).toBe(0)
    expect(await codeOf(backupOf(provider, host, { name: 'x.age', replace: true }))).toBe('fine')
  })
  test('a run that was stopped leaves nothing', async () => {
    const provider = memoryProvider()
    await put(provider, 'a', '1')
    const stop = new AbortController()
    stop.abort(new Failure('INTERRUPTED'))
    const host = memoryHost()
    expect(await codeOf(backupOf(provider, host, {}, { ...(await contextOf(provider)), signal: stop.signal }))).toBe(
      'INTERRUPTED',
    )
    expect([files(host).size, host.open.size]).toEqual([0, 0])
  })
})
