import { describe, expect, test } from '@jest/globals'
import { fileName, labelOf, mismatch, parseFileName } from '../../../src/backup/file-name.js'
import { chosen, type Keep } from '../../../src/backup/keep.js'
import { parseBucket, splitBucket } from '../../../src/backup/sinks/place.js'
import { chainNotes, planPrune, verifyAll } from '../../../src/flows/backups.js'
import { memoryProvider } from '../../../src/providers/memory.js'
import { codeOf, header, memoryHost } from './support.js'
import { backupOf, contextOf, keyPair, put } from './world.js'

const DAY = 24 * 3_600_000

describe('what a policy keeps', () => {
  const daily = Array.from({ length: 100 }, (_, at) => {
    const time = new Date(Date.parse('2026-03-31T12:00:00Z') - at * DAY).toISOString()
    const named = parseFileName(fileName(header({ time, counter: 100 - at })))
    if (named === undefined) throw new Error('a name of ours')
    return named
  })
  const kept = (keep: Keep) =>
    chosen(daily, keep)
      .filter(({ because }) => because.length > 0)
      .map(({ named }) => named.time.toISOString().slice(0, 10))
  test.each<[Keep, string[]]>([
    [{}, []],
    [{ last: 2 }, ['2026-03-31', '2026-03-30']],
    [{ daily: 3 }, ['2026-03-31', '2026-03-30', '2026-03-29']],
    [{ weekly: 3 }, ['2026-03-31', '2026-03-29', '2026-03-22']],
    [{ monthly: 3 }, ['2026-03-31', '2026-02-28', '2026-01-31']],
    [{ last: 1, daily: 2, weekly: 2, monthly: 2 }, ['2026-03-31', '2026-03-30', '2026-03-29', '2026-02-28']],
    [{ last: 1000 }, daily.map(({ time }) => time.toISOString().slice(0, 10))],
  ])('%j', (keep, want) => expect(kept(keep)).toEqual(want))
})

describe('names of files', () => {
  test('tell source, time, counter and id, and are read back', () => {
    const name = fileName(header({ provider: 'aws', environment: 'pro/duction', counter: 12 }))
    expect(name).toBe('vibesecrets-aws-pro_duction-20260102T030405Z-000012-01234567.age')
    expect(parseFileName(name)).toEqual({
      name,
      label: labelOf('aws', 'pro/duction'),
      time: new Date('2026-01-02T03:04:05Z'),
      counter: 12,
      id: '01234567',
    })
  })
  test.each([
    'x.age',
    'vibesecrets-aws-20260102T030405Z-12-01234567.age',
    'vibesecrets-aws-20269902T030405Z-000012-01234567.age',
    '',
  ])('%j is no name of ours', (name) => expect(parseFileName(name)).toBeUndefined())
  test('another name says nothing, one of ours has to be right', () => {
    expect(mismatch('mine.age', header())).toBeUndefined()
    expect(mismatch(fileName(header()), header())).toBeUndefined()
    expect(mismatch(fileName(header({ counter: 8 })), header())).toContain('backup 8')
  })
})

describe('places in buckets', () => {
  test.each([
    ['s3://b-1/p/', { bucket: 'b-1', prefix: 'p/', sse: 'AES256' }],
    ['s3://b-1', { bucket: 'b-1', prefix: '', sse: 'AES256' }],
    ['s3://b-1/p/?sse=none', { sse: undefined }],
    ['s3://b-1/p/?kms-key=alias/x', { sse: 'aws:kms', kmsKey: 'alias/x' }],
    ['s3://b-1/p/?sse=aws:kms', { sse: 'aws:kms' }],
  ])('%s', (text, want) => expect(parseBucket(text)).toMatchObject(want))
  test.each(['s3://', 's3://UPPER/x', 's3://b_x/', 's3://b-1/?sse=rot13'])('%s is refused', async (text) =>
    expect(await codeOf(Promise.resolve().then(() => parseBucket(text)))).toBe('USAGE'),
  )
  test.each([
    ['s3://b/p/x.age', 's3://b/p/', 'x.age'],
    ['s3://b/p/', 's3://b/p/', ''],
    ['s3://b', 's3://b', ''],
    ['s3://b/x.age?sse=none', 's3://b/?sse=none', 'x.age'],
  ])('%s is %s and %j', (text, place, name) => expect(splitBucket(text)).toEqual({ place, name }))
})

describe('a chain of backups', () => {
  async function chain(length: number) {
    const provider = memoryProvider()
    const host = memoryHost()
    const context = await contextOf(provider)
    const names: string[] = []
    for (let at = 0; at < length; at++) {
      await put(provider, `n${at}`, 'x')
      names.push((await backupOf(provider, host, {}, context)).name)
    }
    const files = host.places.get('b/') ?? new Map<string, Uint8Array>()
    const damage = (name: string) =>
      files.set(
        name,
        Uint8Array.from(files.get(name) ?? [], (byte, at) => (at === 600 ? byte ^ 1 : byte)),
      )
    return { host, names, files, damage, sink: await host.sink('b/') }
  }
  test('every damaged one is found, whichever they are', async () => {
    const { host, names, damage, sink } = await chain(6)
    for (const at of [0, 2, 5]) damage(names[at] ?? '')
    const rows = await verifyAll(sink, names, keyPair, host)
    expect(rows.map(({ state }) => state)).toEqual(['damaged', 'good', 'damaged', 'good', 'good', 'damaged'])
  })
  test('gaps and forks are told', async () => {
    const { host, names, files, sink } = await chain(5)
    files.delete(names[1] ?? '')
    const rows = await verifyAll(
      sink,
      names.filter((name) => files.has(name)),
      keyPair,
      host,
    )
    expect(chainNotes(rows)).toEqual(['memory: backup 2 is not here (pruned, or taken away)'])
    const [, , third] = rows
    expect(
      chainNotes([
        ...rows,
        { name: 'x', state: 'good', header: { ...header({ counter: 4 }), ...(third === undefined ? {} : {}) } },
      ]).join(),
    ).toContain('two backups have number 4')
  })
  test('pruning never takes the last good one, whatever the policy says', async () => {
    const { host, names, damage, sink } = await chain(5)
    for (const at of [2, 3, 4]) damage(names[at] ?? '')
    const { remove } = await planPrune(sink, { last: 1 }, keyPair, host)
    expect(remove).toEqual([names[3], names[2], names[0]])
  })
  test('where none is good nothing goes; without a policy it does not guess', async () => {
    const { host, names, damage, sink } = await chain(3)
    for (const name of names) damage(name)
    expect(await codeOf(planPrune(sink, { last: 1 }, keyPair, host))).toBe('DAMAGED')
    expect(await codeOf(planPrune(sink, {}, keyPair, host))).toBe('USAGE')
  })
})
