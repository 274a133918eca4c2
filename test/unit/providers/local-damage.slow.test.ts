import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { Failure } from '../../../src/core/failure.js'
import type { Provider } from '../../../src/core/ports.js'
import type { Disk } from '../../../src/providers/local/disk.js'
import { fixedKey, held, type LocalWorld, localWorld, name, put, text } from '../../support/local-store.js'

async function stored(): Promise<LocalWorld> {
  const world = await localWorld()
  const provider = await world.open()
  for (const key of ['a', 'b']) for (const value of ['one', 'two']) await put(provider, key, `${key} ${value}`)
  return world
}

async function failureOf(provider: Provider): Promise<Failure> {
  const error: unknown = await provider.read(name('a')).catch((reason: unknown) => reason)
  if (error instanceof Failure) return error
  throw new Error(`no Failure: ${String(error)}`)
}

type Edit = (lines: string[]) => string[]
/** Changes lines as somebody without the key would. */
async function tampered(edit: Edit): Promise<Failure> {
  const { file, open } = await stored()
  writeFileSync(file, edit(readFileSync(file, 'utf8').split('\n')).join('\n'))
  return failureOf(await open())
}
const onLine =
  (index: number, edit: (line: string) => string): Edit =>
  (lines) =>
    lines.map((line, at) => (at === index ? edit(line) : line))
const fields = (line: string): Record<string, unknown> => JSON.parse(line)
const swapBoxes: Edit = ([header = '', a = '', b = '', ...rest]) => {
  const [one, two] = [fields(a), fields(b)]
  const [va, vb] = [one['versions'], two['versions']]
  return [header, JSON.stringify({ ...one, versions: vb }), JSON.stringify({ ...two, versions: va }), ...rest]
}

describe('a store that was changed from outside is refused', () => {
  test.each<[string, Edit, string[]]>([
    ['values of two entries swapped', swapBoxes, ['a', 'b']],
    ['an entry renamed', onLine(1, (line) => line.replace('"a"', '"c"')), ['c']],
    ['a value damaged', onLine(2, (line) => line.replace(/"box":"..../, '"box":"AAAA')), ['b']],
    ['a line that is no JSON', onLine(2, () => 'nonsense'), ['line 3']],
  ])('%s: names the entry', async (_, edit, names) => {
    const failure = await tampered(edit)
    expect([failure.code, failure.details.names]).toEqual(['DAMAGED', names])
  })

  test.each<[string, Edit]>([
    ['an entry removed', (lines) => lines.filter((_, at) => at !== 1)],
    ['an entry twice', ([header = '', a = '', ...rest]) => [header, a, a, ...rest]],
    [
      'a version removed',
      onLine(1, (line) => JSON.stringify({ ...fields(line), versions: [(fields(line)['versions'] as unknown[])[0]] })),
    ],
    ['labels added', onLine(1, (line) => JSON.stringify({ ...fields(line), labels: { x: '1' } }))],
    ['a deletion added', onLine(1, (line) => JSON.stringify({ ...fields(line), deleted: '2026-01-01T00:00:00.000Z' }))],
    ['the counter changed', onLine(0, (line) => line.replace(/"counter":\d+/, '"counter":99'))],
    ['another store id', onLine(0, (line) => line.replace(/"store":"../, '"store":"zz'))],
    ['another digest', onLine(3, () => `{"mac":"${'0'.repeat(64)}"}`)],
    ['no digest', (lines) => lines.slice(0, -2)],
    ['its end cut off', (lines) => [lines.join('\n').slice(0, -10)]],
    ['text after the end', (lines) => [...lines, 'more']],
    ['an empty file', () => []],
    ['another file', () => ['A=1', 'B=2', '']],
    ['a damaged mark of the key', onLine(0, (line) => line.replace(/"key":"..../, '"key":"zzzz'))],
  ])('%s', async (_, edit) => {
    expect((await tampered(edit)).code).toBe('DAMAGED')
  })

  test('an entry put back to what it was before', async () => {
    const { file, open } = await stored()
    const before = readFileSync(file, 'utf8').split('\n')
    await put(await open(), 'a', 'three')
    const after = readFileSync(file, 'utf8').split('\n')
    writeFileSync(file, onLine(1, () => before[1] ?? '')(after).join('\n'))
    expect((await failureOf(await open())).code).toBe('DAMAGED')
  })

  test('writing is refused too, and changes nothing', async () => {
    const { file, open } = await stored()
    writeFileSync(file, readFileSync(file, 'utf8').replace('"a"', '"c"'))
    const bytes = readFileSync(file)
    const writing = (await open()).write(name('new'), text('x'), { expect: 'absent', token: 't' })
    await expect(writing).rejects.toMatchObject({ code: 'DAMAGED' })
    expect(readFileSync(file).equals(bytes)).toBe(true)
  })
})

describe('other reasons are told apart', () => {
  test('another key is KEY_WRONG, also for a store without entries', async () => {
    const { open } = await stored()
    expect((await failureOf(await open({}, { keys: fixedKey(2) }))).code).toBe('KEY_WRONG')
    const empty = await localWorld()
    const provider = await empty.open()
    await provider.staging?.stage(name('a'), text('x'), { token: 't' })
    await provider.staging?.discard(name('a'))
    expect((await failureOf(await empty.open({}, { keys: fixedKey(2) }))).code).toBe('KEY_WRONG')
  })

  test('a newer format is FORMAT_NEWER, and no key is asked for', async () => {
    const { file, open } = await stored()
    writeFileSync(file, readFileSync(file, 'utf8').replace('"format":1', '"format":2'))
    const keys = () => Promise.reject(new Error('asked'))
    expect((await failureOf(await open({}, { keys }))).code).toBe('FORMAT_NEWER')
  })
})

describe('an older copy of the whole file', () => {
  test('is refused where the counter is kept outside, until its mark is removed', async () => {
    const world = await stored()
    const counterFile = join(world.folder, '..', 'counter')
    const open = () => world.open({ counterFile })
    await put(await open(), 'a', 'three')
    const copy = readFileSync(world.file)
    await put(await open(), 'a', 'four')
    writeFileSync(world.file, copy)
    const failure = await failureOf(await open())
    expect([failure.code, failure.details.hints?.[0]?.command]).toEqual(['DAMAGED', `rm '${counterFile}'`])
    writeFileSync(counterFile, `another-store 1\n`)
    expect((await failureOf(await open())).code).toBe('DAMAGED')
  })

  test('cannot be told without it', async () => {
    const { file, open } = await stored()
    const copy = readFileSync(file)
    await put(await open(), 'a', 'three')
    writeFileSync(file, copy)
    expect(await held(await open(), 'a')).toBe('a two')
  })
})

describe('the disk fails', () => {
  const calls = ['makeFolder', 'lock', 'sweep', 'read', 'replace'] as const
  test.each(calls)('at %s: the failure is told, the store is as before, and the lock is free', async (call) => {
    const { file, folder, open, disk } = await stored()
    const failing: Disk = { ...disk, [call]: () => Promise.reject(new Failure('DISK_FULL')) }
    const bytes = readFileSync(file)
    const writing = (await open({}, { disk: failing })).write(name('new'), text('x'), { expect: 'absent', token: 't' })
    await expect(writing).rejects.toMatchObject({ code: 'DISK_FULL' })
    expect(readFileSync(file).equals(bytes)).toBe(true)
    expect(readdirSync(folder)).toEqual(['secrets.jsonl'])
    await put(await open(), 'new', 'x')
  })

  test('a write that took effect before it failed is found by looking again', async () => {
    const { open, disk } = await stored()
    const failing: Disk = {
      ...disk,
      replace: (path, bytes) => disk.replace(path, bytes).then(() => Promise.reject(new Failure('IO'))),
    }
    const provider = await open({}, { disk: failing })
    const writing = provider.write(name('new'), text('x'), { expect: 'absent', token: 't' })
    await expect(writing).rejects.toMatchObject({ code: 'IO' })
    expect(await provider.read(name('new'))).toMatchObject({ state: 'present', writtenBy: 't' })
  })

  test('what a killed writer left is removed by the next write', async () => {
    const { folder, open } = await stored()
    writeFileSync(join(folder, `.secrets.jsonl.${'ab'.repeat(12)}.tmp`), 'half')
    await put(await open(), 'a', 'three')
    expect(readdirSync(folder)).toEqual(['secrets.jsonl'])
  })
})
