import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { Failure } from '../../../src/core/failure.js'
import { SecretValue, version } from '../../../src/core/secret.js'
import type { StoreKeys } from '../../../src/providers/local/store.js'
import { held, localWorld, name, put, text } from '../../support/local-store.js'

const DAY = 24 * 60 * 60 * 1000
const all = async <T>(items: AsyncIterable<T> | readonly T[]): Promise<T[]> => {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

describe('reading', () => {
  test('makes no file and asks for no key where there is no store', async () => {
    const { folder, open } = await localWorld()
    const provider = await open({}, { keys: () => Promise.reject(new Error('asked')) })
    expect(await provider.read(name('a'))).toEqual({ state: 'absent' })
    expect(await all(provider.list())).toEqual([])
    expect(await provider.staging?.pending(name('a'))).toEqual({ state: 'absent' })
    expect(existsSync(folder)).toBe(false)
  })

  test('gives what was written, with its facts, also to another process', async () => {
    const { open, clock } = await localWorld()
    const options = { expect: 'absent', token: 't1', labels: { key: 'A_B' }, description: 'what for' } as const
    const made = await (await open()).write(name('a-b'), text('secret'), options)
    const found = await (await open()).read(name('a-b'))
    expect(found).toMatchObject({ state: 'present', version: made, writtenBy: 't1', createdAt: clock.now() })
    expect(found).toMatchObject({ labels: { key: 'A_B' }, description: 'what for' })
  })

  test.each([
    ['empty', new Uint8Array()],
    ['binary', Uint8Array.from([0, 255, 10, 13, 128])],
    ['large', new Uint8Array(1024 * 1024).fill(65)],
  ])('gives back a value that is %s', async (_, bytes) => {
    const { open } = await localWorld()
    const provider = await open()
    await put(provider, 'a', bytes)
    const found = await (await open()).read(name('a'))
    expect(found.state === 'present' && found.value.equals(SecretValue.fromBytes(bytes))).toBe(true)
  })

  test.each(['__proto__', 'constructor', 'a/b c', 'ключ', '🔑', '"', 'x'.repeat(512)])(
    'a name is only a name: %s',
    async (key) => {
      const { open } = await localWorld()
      await put(await open(), key, 'v')
      expect(await held(await open(), key)).toBe('v')
      expect((await all((await open()).list())).map((listing) => listing.name)).toEqual([key])
    },
  )

  test('sees what another process wrote meanwhile', async () => {
    const { open } = await localWorld()
    const [one, two] = [await open(), await open()]
    await put(one, 'a', '1')
    expect(await held(two, 'a')).toBe('1')
    await put(one, 'a', '2')
    expect(await held(two, 'a')).toBe('2')
  })

  test('list has names and facts, sorted, only those with the prefix', async () => {
    const { open } = await localWorld()
    const provider = await open()
    for (const key of ['p/b', 'p/a', 'q/c']) await put(provider, key, 'v')
    await provider.remove(name('p/b'), { expect: version('1') })
    const listed = await all(provider.list({ prefix: 'p/' }))
    expect(listed.map((listing) => [listing.name, listing.state, listing.version])).toEqual([
      ['p/a', 'present', '1'],
      ['p/b', 'deleted', '1'],
    ])
  })

  test('the file holds no value, and only its owner may open it', async () => {
    const { open, file, folder } = await localWorld()
    await put(await open(), 'a', 'canary-value-1234')
    expect(readFileSync(file, 'latin1')).not.toContain('canary')
    expect([statSync(file).mode & 0o777, statSync(folder).mode & 0o777]).toEqual([0o600, 0o700])
    expect(readdirSync(folder)).toEqual(['secrets.jsonl'])
  })
})

describe('writing', () => {
  test.each([
    ['absent', 'absent', true],
    ['absent', '1', false],
    ['absent', 'deleted', false],
    ['present', 'absent', false],
    ['present', '1', true],
    ['present', '2', false],
    ['deleted', 'absent', false],
    ['deleted', '1', false],
    ['deleted', 'deleted', true],
  ])('over %s with expect %s succeeds: %s', async (before, expected, succeeds) => {
    const { open, file } = await localWorld()
    const provider = await open()
    await put(provider, 'other', 'x')
    if (before !== 'absent') await put(provider, 'a', 'old')
    if (before === 'deleted') await provider.remove(name('a'), { expect: version('1') })
    const bytes = readFileSync(file)
    const expectation = expected === 'absent' || expected === 'deleted' ? expected : version(expected)
    const writing = provider.write(name('a'), text('new'), { expect: expectation, token: 't' })
    if (succeeds) {
      await writing
      expect(await held(await open(), 'a')).toBe('new')
    } else {
      await expect(writing).rejects.toMatchObject({ code: 'CONFLICT', details: { names: ['a'] } })
      expect(readFileSync(file).equals(bytes)).toBe(true)
    }
  })

  test('the same token with the same value is the same write, and the file stays as it is', async () => {
    const { open, file } = await localWorld()
    const provider = await open()
    const write = () => provider.write(name('a'), text('v'), { expect: 'absent', token: 't' })
    const first = await write()
    const bytes = readFileSync(file)
    expect(await write()).toBe(first)
    expect(readFileSync(file).equals(bytes)).toBe(true)
    const other = provider.write(name('a'), text('w'), { expect: 'absent', token: 't' })
    await expect(other).rejects.toMatchObject({ code: 'CONFLICT' })
  })

  test('many are written with one change of the file, or none is', async () => {
    const { open, file } = await localWorld()
    const provider = await open()
    await put(provider, 'b', 'old')
    const write = (key: string) => ({ name: name(key), value: text(key), expect: 'absent', token: key }) as const
    const bytes = readFileSync(file)
    await expect(provider.writeMany?.([write('a'), write('b')])).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(readFileSync(file).equals(bytes)).toBe(true)
    const written = await provider.writeMany?.([write('a'), write('c')])
    expect([...(written ?? [])]).toEqual([
      ['a', '1'],
      ['c', '1'],
    ])
    const found = await provider.readMany([name('a'), name('b'), name('none')])
    expect([...found.values()].map((lookup) => lookup.state)).toEqual(['present', 'present', 'absent'])
  })

  test('writers at once lose nothing: each name is written by one', async () => {
    const { open } = await localWorld()
    const providers = await Promise.all([1, 2, 3].map(() => open()))
    const outcomes = await Promise.allSettled(
      providers.flatMap((provider, who) =>
        ['a', 'b', 'c'].map((key) => provider.write(name(key), text(`${who}`), { expect: 'absent', token: `${who}` })),
      ),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
    const states = await (await open()).readMany(['a', 'b', 'c'].map(name))
    expect([...states.values()].every(({ state }) => state === 'present')).toBe(true)
  })

  test('labels and description stay unless they are given', async () => {
    const { open } = await localWorld()
    const provider = await open()
    const first = await provider.write(name('a'), text('1'), {
      expect: 'absent',
      token: 'a',
      labels: { x: '1' },
      description: 'd',
    })
    const second = await provider.write(name('a'), text('2'), { expect: first, token: 'b' })
    expect(await provider.read(name('a'))).toMatchObject({ labels: { x: '1' }, description: 'd' })
    await provider.label?.(name('a'), { y: '2' }, { expect: second })
    expect(await provider.read(name('a'))).toMatchObject({ version: second, labels: { y: '2' }, description: 'd' })
    await expect(provider.label?.(name('a'), {}, { expect: first })).rejects.toMatchObject({ code: 'CONFLICT' })
  })

  test.each([
    ['a name with a control character', 'a\u0001', 'NAME_INVALID', 1],
    ['a name of 513 characters', 'x'.repeat(513), 'NAME_INVALID', 1],
    ['a value over the limit', 'a', 'VALUE_UNFIT', 1024 * 1024 + 1],
  ])('refuses %s and makes no store', async (_, key, code, size) => {
    const { open, folder } = await localWorld()
    const writing = (await open()).write(key as ReturnType<typeof name>, SecretValue.fromBytes(new Uint8Array(size)), {
      expect: 'absent',
      token: 't',
    })
    await expect(writing).rejects.toMatchObject({ code })
    expect(existsSync(folder)).toBe(false)
  })
})

describe('versions', () => {
  test('old ones can be read, the newest ten are kept, newest first', async () => {
    const { open } = await localWorld()
    const provider = await open()
    for (let round = 1; round <= 12; round++) await put(provider, 'a', `value ${round}`)
    const versions = await all(provider.versions?.(name('a')) ?? [])
    expect(versions.map((each) => each.version)).toEqual(['12', '11', '10', '9', '8', '7', '6', '5', '4', '3'])
    const third = await provider.read(name('a'), version('3'))
    expect(third.state === 'present' && third.value.reveal()).toBe('value 3')
    expect(await provider.read(name('a'), version('2'))).toEqual({ state: 'absent' })
  })

  test('keepVersions and destroyOldVersions end old ones, never the current one', async () => {
    const { open } = await localWorld()
    const provider = await open({ keepVersions: 3 })
    for (const value of ['1', '2', '3', '4']) await put(provider, 'a', value)
    expect(await all(provider.versions?.(name('a')) ?? [])).toHaveLength(3)
    expect(await provider.destroyOldVersions?.(name('a'), 0)).toBe(2)
    expect(await provider.destroyOldVersions?.(name('a'), 1)).toBe(0)
    expect(await held(provider, 'a')).toBe('4')
  })
})

describe('deletion', () => {
  test('is soft: undelete brings back value, labels and versions', async () => {
    const { open, clock } = await localWorld()
    const provider = await open()
    await put(provider, 'a', '1')
    const current = await put(provider, 'a', '2')
    await provider.remove(name('a'), { expect: current })
    const recoverableUntil = new Date(clock.now().getTime() + 30 * DAY)
    expect(await provider.read(name('a'))).toMatchObject({ state: 'deleted', version: current, recoverableUntil })
    await provider.undelete?.(name('a'))
    await provider.undelete?.(name('a'))
    expect(await held(await open(), 'a')).toBe('2')
    expect(await all(provider.versions?.(name('a')) ?? [])).toHaveLength(2)
  })

  test('is for good after 30 days, and a later life of the name repeats no version', async () => {
    const { open, clock, file } = await localWorld()
    const provider = await open()
    for (const value of ['1', '2', '3']) await put(provider, 'a', value)
    await provider.remove(name('a'), { expect: version('3') })
    clock.pass(30 * DAY - 1)
    expect(await held(provider, 'a')).toBe('deleted')
    clock.pass(1)
    expect(await held(provider, 'a')).toBe('absent')
    expect(await all(provider.list())).toEqual([])
    await expect(provider.undelete?.(name('a'))).rejects.toMatchObject({ code: 'SECRET_NOT_FOUND' })
    await put(provider, 'b', 'x')
    expect(readFileSync(file, 'utf8')).not.toContain('"name":"a"')
    expect(await put(provider, 'a', 'again')).toBe('4')
  })

  test('refuses with CONFLICT unless what is expected is there, all or none', async () => {
    const { open } = await localWorld()
    const provider = await open()
    await put(provider, 'a', '1')
    await put(provider, 'b', '1')
    const removes = [
      { name: name('a'), expect: version('1') },
      { name: name('b'), expect: version('7') },
    ]
    await expect(provider.removeMany?.(removes)).rejects.toMatchObject({ code: 'CONFLICT' })
    expect([await held(provider, 'a'), await held(provider, 'b')]).toEqual(['1', '1'])
    await provider.remove(name('a'), { expect: version('1') })
    await expect(provider.remove(name('a'), { expect: version('1') })).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(provider.remove(name('none'), { expect: version('1') })).rejects.toMatchObject({ code: 'CONFLICT' })
  })
})

describe('staging', () => {
  async function staged() {
    const world = await localWorld()
    const provider = await world.open()
    const current = await put(provider, 'a', 'old')
    const { staging } = provider
    if (staging === undefined) throw new Error('no staging')
    return { ...world, provider, current, staging }
  }

  test('a pending value is not current until it is promoted, and stays pending until it is discarded', async () => {
    const { provider, staging, current } = await staged()
    await staging.stage(name('a'), text('new'), { token: 't', labels: { x: '1' } })
    expect([await held(provider, 'a'), (await staging.pending(name('a'))).state]).toEqual(['old', 'present'])
    await staging.promote(name('a'), { expect: current, token: 't' })
    await staging.promote(name('a'), { expect: current, token: 't' })
    expect(await provider.read(name('a'))).toMatchObject({ version: '2', writtenBy: 't', labels: { x: '1' } })
    expect(await staging.pending(name('a'))).toMatchObject({ state: 'present', writtenBy: 't' })
    await staging.discard(name('a'))
    await staging.discard(name('a'))
    expect(await staging.pending(name('a'))).toEqual({ state: 'absent' })
    expect(await held(provider, 'a')).toBe('new')
  })

  test('the first one wins: another token is refused, the same one is the same', async () => {
    const { open, staging, current } = await staged()
    const other = (await open()).staging
    await staging.stage(name('a'), text('mine'), { token: 'mine' })
    await staging.stage(name('a'), text('mine'), { token: 'mine' })
    const theirs = { token: 'theirs' }
    await expect(other?.stage(name('a'), text('theirs'), theirs)).rejects.toMatchObject({ code: 'CONFLICT' })
    const promoting = other?.promote(name('a'), { expect: current, ...theirs })
    await expect(promoting).rejects.toMatchObject({ code: 'CONFLICT' })
  })

  test('is refused to promote over a value that came in between', async () => {
    const { provider, staging, current } = await staged()
    await staging.stage(name('a'), text('new'), { token: 't' })
    await put(provider, 'a', 'somebody else’s')
    const promoting = staging.promote(name('a'), { expect: current, token: 't' })
    await expect(promoting).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(await held(provider, 'a')).toBe('somebody else’s')
  })

  test('a name with a pending value only is absent and not listed, and leaves nothing when discarded', async () => {
    const { provider, staging, file } = await staged()
    await staging.stage(name('new'), text('v'), { token: 't' })
    expect(await held(provider, 'new')).toBe('absent')
    expect((await all(provider.list())).map((listing) => listing.name)).toEqual(['a'])
    await staging.discard(name('new'))
    expect(readFileSync(file, 'utf8')).not.toContain('"new"')
  })
})

describe('the key', () => {
  test('is asked for with create: true only where there is no store', async () => {
    const { open } = await localWorld()
    const asked: boolean[] = []
    const keys: StoreKeys = async ({ create }) => {
      asked.push(create)
      return { key: () => new Uint8Array(32) }
    }
    await put(await open({}, { keys }), 'a', '1')
    await put(await open({}, { keys }), 'a', '2')
    expect(asked).toEqual([true, false, false])
  })

  test('a lost one is KEY_MISSING for reading and writing, and the store stays as it is', async () => {
    const { open, file } = await localWorld()
    await put(await open(), 'a', '1')
    const bytes = readFileSync(file)
    const provider = await open({}, { keys: () => Promise.reject(new Failure('KEY_MISSING')) })
    await expect(provider.read(name('a'))).rejects.toMatchObject({ code: 'KEY_MISSING' })
    const writing = provider.write(name('b'), text('x'), { expect: 'absent', token: 't' })
    await expect(writing).rejects.toMatchObject({ code: 'KEY_MISSING' })
    expect(readFileSync(file).equals(bytes)).toBe(true)
  })
})

test('the identity is the folder, before and after the first write', async () => {
  const { open, folder } = await localWorld()
  const provider = await open()
  const before = await provider.identity()
  await put(provider, 'a', '1')
  expect([before, await (await open()).identity()]).toEqual([`local:${folder}`, `local:${folder}`])
})
