import { describe, expect, test } from '@jest/globals'
import { noted, readKnown, writeKnown } from '../../../src/backup/known.js'
import type { Failure } from '../../../src/core/failure.js'
import { drill, lastDrill } from '../../../src/flows/drill.js'
import { perform } from '../../../src/flows/perform.js'
import { refuseOlder } from '../../../src/flows/restore.js'
import { planRollback, runToUndo } from '../../../src/flows/rollback.js'
import { type MemoryOptions, MemoryStore, memoryProvider } from '../../../src/providers/memory.js'
import { localWorld } from '../../support/local-store.js'
import { N } from '../../support/world.js'
import { codeOf, header, memoryHost } from './support.js'
import { backupOf, contextOf, everything, loaded, put, restored } from './world.js'

const values: Record<string, (string | Uint8Array)[]> = {
  empty: [''],
  dash: ['-rf'],
  crlf: ['a\r\nb\r\n'],
  newlines: ['\n\nx\n\n'],
  binary: [Uint8Array.of(0, 255, 254, 10)],
  large: ['x'.repeat(60_000)],
  history: ['one', 'two', 'one', 'three'],
  __proto__x: ['p'],
}
values['n'.repeat(400)] = ['a long name']

async function source() {
  const provider = memoryProvider()
  for (const [name, versions] of Object.entries(values)) await put(provider, name, ...versions)
  const host = memoryHost()
  const { name } = await backupOf(provider, host)
  return { provider, host, name }
}

const targets: Record<string, Omit<MemoryOptions, 'store'>> = {
  'with everything': {},
  'without versions': { lacks: ['versions'] },
  'without batches and undelete': { lacks: ['writeMany', 'removeMany', 'readEach', 'undelete'] },
  'that cannot compare and set': { traits: { compareAndSet: 'read-first' } },
  'that settles late': { traits: { settlesWithinMs: 3000 } },
}

describe('a backup that is restored gives back everything', () => {
  test.each(Object.keys(targets))('into a provider %s', async (which) => {
    const { provider, host, name } = await source()
    const context = await contextOf(memoryProvider({ ...targets[which] }))
    const later =
      which === 'that settles late'
        ? await contextOf(memoryProvider({ ...targets[which], now: context.clock.now }))
        : context
    await restored({ loaded: await loaded(host, name) }, later)
    const want = await everything(provider)
    const keeps = later.provider.versions !== undefined
    const found = await everything(later.provider)
    expect(found).toEqual(
      keeps ? want : Object.fromEntries(Object.entries(want).map(([one, all]) => [one, all.slice(-1)])),
    )
    expect(await later.provider.read(N('history'))).toMatchObject({
      labels: { key: 'HISTORY' },
      description: 'about history',
    })
  })
  test('into the local store on the disk, and from there once more', async () => {
    const { provider, host, name } = await source()
    const local = await (await localWorld()).open()
    await restored({ loaded: await loaded(host, name) }, await contextOf(local))
    expect(await everything(local)).toEqual(await everything(provider))
    const again = memoryHost()
    const report = await backupOf(local, again)
    const back = await contextOf(memoryProvider())
    await restored({ loaded: await loaded(again, report.name) }, back)
    expect(await everything(back.provider)).toEqual(await everything(provider))
  })
  test('the current values alone where that was asked', async () => {
    const { host, name } = await source()
    const context = await contextOf(memoryProvider())
    await restored({ loaded: await loaded(host, name, { allVersions: false }) }, context)
    expect((await everything(context.provider))['history']).toHaveLength(1)
  })
  test('a second restore finds all as it is and writes nothing', async () => {
    const { host, name } = await source()
    const store = new MemoryStore()
    const context = await contextOf(memoryProvider({ store }))
    await restored({ loaded: await loaded(host, name) }, context)
    const before = store.changes
    const { rows } = await restored({ loaded: await loaded(host, name) }, context)
    expect([store.changes, new Set(rows.map(({ action }) => action))]).toEqual([before, new Set(['same'])])
  })
  test('and a rollback takes it all away again', async () => {
    const { host, name } = await source()
    const context = await contextOf(memoryProvider({ lacks: ['undelete'] }))
    await put(context.provider, 'empty', 'was here')
    await put(context.provider, 'history', 'old')
    const before = await everything(context.provider)
    await restored({ loaded: await loaded(host, name), onConflict: 'overwrite' }, context)
    const back = await planRollback({ run: await runToUndo(context.runs, {}), keepSecrets: false }, context)
    await perform(back, context)
    const current = async () =>
      Object.fromEntries(Object.entries(await everything(context.provider)).map(([one, all]) => [one, all.at(-1)]))
    expect(await current()).toEqual(Object.fromEntries(Object.entries(before).map(([one, all]) => [one, all.at(-1)])))
  })
})

describe('labels and descriptions that differ beside an equal value', () => {
  async function differing(onConflict: 'fail' | 'skip' | 'overwrite', more: MemoryOptions = {}) {
    const { host, name } = await source()
    const context = await contextOf(memoryProvider(more))
    await restored({ loaded: await loaded(host, name) }, context)
    const there = await context.provider.read(N('history'))
    if (there.state !== 'present') throw new Error('it is there')
    await context.provider.label?.(
      N('history'),
      { key: 'OTHER', own: 'kept' },
      { expect: there.version, description: 'another' },
    )
    const plan = await restored({ loaded: await loaded(host, name), onConflict }, context)
    const read = async () => await context.provider.read(N('history'))
    return { plan, context, read, versions: async () => (await everything(context.provider))['history'] }
  }
  test.each(['fail', 'skip'] as const)('are kept with %s, and the plan says so', async (onConflict) => {
    const { plan, read } = await differing(onConflict)
    expect(plan.notes.filter(({ code }) => code === 'kept').map(({ key }) => key)).toEqual(['history'])
    expect(plan.plan.stages).toEqual([])
    expect(await read()).toMatchObject({ labels: { key: 'OTHER', own: 'kept' }, description: 'another' })
  })
  test('are put right with overwrite, no version is made, labels of the target alone stay', async () => {
    const { plan, read, versions, context } = await differing('overwrite')
    expect(plan.rows.filter(({ action }) => action !== 'same').map(({ wanted }) => wanted.name)).toEqual(['history'])
    expect(await read()).toMatchObject({ labels: { key: 'HISTORY', own: 'kept' }, description: 'about history' })
    expect(await versions()).toHaveLength(4)
    const back = await planRollback({ run: await runToUndo(context.runs, {}), keepSecrets: false }, context)
    await perform(back, context)
    expect(await read()).toMatchObject({ labels: { key: 'OTHER', own: 'kept' }, description: 'another' })
  })
})

describe('what is there, and what fits', () => {
  test('another value is a conflict, and then nothing is written; skip and overwrite do as they say', async () => {
    const { host, name } = await source()
    const file = await loaded(host, name)
    const store = new MemoryStore()
    const context = await contextOf(memoryProvider({ store }))
    await put(context.provider, 'dash', 'theirs')
    const before = store.changes
    const { plan, rows } = await restored({ loaded: file }, context)
    expect([plan.stages, store.changes, rows.find(({ action }) => action === 'conflict')?.wanted.name]).toEqual([
      [],
      before,
      'dash',
    ])
    await restored({ loaded: file, onConflict: 'skip' }, context)
    expect(await context.provider.read(N('dash'))).toMatchObject({ version: 'v1' })
    await restored({ loaded: file, onConflict: 'overwrite' }, context)
    expect((await everything(context.provider))['dash']?.at(-1)).toBe(Buffer.from('-rf').toString('hex'))
  })
  test('a deleted name comes back with its history on top', async () => {
    const { host, name } = await source()
    const context = await contextOf(memoryProvider({ traits: { writesOverDeleted: false } }))
    await put(context.provider, 'history', 'gone')
    const there = await context.provider.read(N('history'))
    if (there.state === 'present') await context.provider.remove(N('history'), { expect: there.version })
    await restored({ loaded: await loaded(host, name) }, context)
    expect((await everything(context.provider))['history']).toEqual(
      ['gone', 'one', 'two', 'one', 'three'].map((text) => Buffer.from(text).toString('hex')),
    )
  })
  test('everything that does not fit is named before the first write', async () => {
    const { host, name } = await source()
    const store = new MemoryStore()
    const traits = {
      maxBytes: 25_000,
      emptyValues: false,
      binary: false,
      names: { pattern: /^[a-z-]+$/, caseSensitive: false, maxLength: 127 },
    }
    const context = await contextOf(memoryProvider({ store, traits }))
    const error = (await restored({ loaded: await loaded(host, name) }, context).catch(
      (thrown: unknown) => thrown,
    )) as Failure
    expect([error.code, store.changes]).toEqual(['VALUE_UNFIT', 0])
    expect(error.details.problems?.map((line) => line.split(':')[0]?.slice(0, 10))).toEqual([
      '__proto__x',
      'binary',
      'empty',
      'large',
      'nnnnnnnnnn',
    ])
  })
  test('an older version that does not fit is found too', async () => {
    const provider = memoryProvider()
    await put(provider, 'a', 'x'.repeat(100), 'short')
    const host = memoryHost()
    const { name } = await backupOf(provider, host)
    const context = await contextOf(memoryProvider({ traits: { maxBytes: 50 } }))
    expect(await codeOf(restored({ loaded: await loaded(host, name) }, context))).toBe('VALUE_UNFIT')
    expect(await codeOf(restored({ loaded: await loaded(host, name, { allVersions: false }) }, context))).toBe('fine')
  })
  test('what gets lost is said by name', async () => {
    const { host, name } = await source()
    const context = await contextOf(
      memoryProvider({ lacks: ['versions'], traits: { labels: false, descriptions: false } }),
    )
    const { notes } = await restored({ loaded: await loaded(host, name) }, context)
    expect(notes.filter(({ key }) => key === 'history').map(({ code }) => code)).toEqual([
      'labels',
      'description',
      'versions',
    ])
    expect(notes.filter(({ key }) => key === 'dash').map(({ code }) => code)).toEqual(['labels', 'description'])
  })
  test('names are chosen and changed on the way; two that meet are refused', async () => {
    const { host, name } = await source()
    const file = await loaded(host, name, { wants: (each) => each === 'dash' || each === 'crlf' })
    const context = await contextOf(memoryProvider())
    await restored({ loaded: file, names: new Map([['dash', 'renamed']]) }, context)
    expect(Object.keys(await everything(context.provider)).sort()).toEqual(['crlf', 'renamed'])
    expect(await codeOf(restored({ loaded: file, names: new Map([['dash', 'crlf']]) }, context))).toBe('NAME_INVALID')
    expect(await codeOf(restored({ loaded: file, names: new Map([['nobody', 'x']]) }, context))).toBe('USAGE')
  })
})

describe('an old backup is not passed off as new', () => {
  test('nine of ten backups are refused, the newest is not', async () => {
    const provider = memoryProvider()
    const host = memoryHost()
    const context = await contextOf(provider)
    const names: string[] = []
    for (let at = 0; at < 10; at++) {
      await put(provider, `n${at}`, 'x')
      names.push((await backupOf(provider, host, {}, context)).name)
    }
    const codes = await Promise.all(
      names.map(async (name) => codeOf(loaded(host, name).then((file) => refuseOlder(file, host)))),
    )
    expect(codes).toEqual([...Array.from({ length: 9 }, () => 'PLAN_STALE'), 'fine'])
  })
  test('under the name of the newest it is damage', async () => {
    const provider = memoryProvider()
    const host = memoryHost()
    const context = await contextOf(provider)
    const [old, newest] = [await backupOf(provider, host, {}, context), await backupOf(provider, host, {}, context)]
    const place = host.places.get('b/')
    place?.set(newest.name, place.get(old.name) ?? Buffer.alloc(0))
    expect(await codeOf(loaded(host, newest.name))).toBe('DAMAGED')
  })
  test('what is known only grows', () => {
    const one = noted(new Map(), header({ counter: 5 }), 'x')
    expect(noted(one, header({ counter: 4, id: 'f'.repeat(32) }), 'y')).toBe(one)
    expect(readKnown(writeKnown(one))).toEqual(one)
    expect(readKnown(Buffer.from('{"sources":{"a":{"id":1}}}')).size).toBe(0)
    expect(readKnown(Buffer.from('garbage')).size).toBe(0)
  })
})

describe('a drill', () => {
  test('restores and compares every value, and is remembered', async () => {
    const { host, name } = await source()
    const file = await loaded(host, name)
    const done = await drill(file, await contextOf(memoryProvider()), host)
    expect(done).toMatchObject({ secrets: 9, versions: 12, counter: 1, source: 'memory' })
    expect(await lastDrill(host.state)).toEqual(done)
  })
  test('names what did not come back, and remembers nothing', async () => {
    const { host, name } = await source()
    const scratch = memoryProvider()
    const lossy = {
      ...scratch,
      versions: async function* (one: Parameters<NonNullable<typeof scratch.versions>>[0]) {
        let count = 0
        for await (const version of scratch.versions?.(one) ?? []) if (count++ < 3) yield version
      },
    }
    const error = (await drill(await loaded(host, name), await contextOf(lossy), host).catch(
      (thrown: unknown) => thrown,
    )) as Failure
    expect(['DIFFERS', 'NO_EFFECT', 'FOREIGN_CHANGE']).toContain(error.code)
    expect(await lastDrill(host.state)).toBeUndefined()
  })
})
