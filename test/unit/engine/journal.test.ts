import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { createJournal, journalFile } from '../../../src/engine/journal.js'
import { encodeLine, parseJournal } from '../../../src/engine/journal-format.js'
import { memoryFolder } from '../../support/folder.js'
import { planOf } from '../../support/world.js'
import { goldenPlan } from './golden.js'

const FILE = journalFile('3fa2')
const golden = readFileSync('fixtures/journal/v1/3fa2.jsonl')

test('a journal of format 1 is read', () => {
  const read = parseJournal(golden, FILE)
  expect(read?.plan).toEqual(goldenPlan)
  expect(read?.state).toBe('open')
  expect([...(read?.progress.intended ?? [])]).toEqual([0, 1, 2, 3, 4, 5])
  expect([...(read?.progress.settled ?? [])]).toEqual([
    [0, 'done'],
    [1, 'done'],
    [3, 'done'],
    [4, 'done'],
    [2, 'skipped'],
  ])
  expect(read?.goodBytes).toBe(golden.byteLength)
})

test('lines are written as format 1 has them', async () => {
  const folder = memoryFolder()
  const journal = createJournal(folder)
  await journal.open(goldenPlan)
  await journal.intend('3fa2', [0, 1, 2, 3, 4])
  await journal.settle('3fa2', [0, 1, 3, 4], 'done')
  await journal.settle('3fa2', [2], 'skipped')
  await journal.intend('3fa2', [5])
  expect(Buffer.from(folder.files.get(FILE) ?? []).toString()).toBe(golden.toString())
})

test('no value and no plain hash stands in a journal', () => {
  expect(golden.toString()).not.toMatch(/s3cret|line 1|ünïcödé/)
})

describe('a torn end', () => {
  test('cut at any byte: all whole lines count, the rest is dropped', () => {
    const ends = [...golden.keys()].filter((at) => golden[at] === 10).map((at) => at + 1)
    for (let size = 0; size <= golden.byteLength; size++) {
      const whole = ends.filter((end) => end <= size)
      const read = parseJournal(golden.subarray(0, size), FILE)
      expect(read?.goodBytes).toBe(whole.at(-1))
    }
  })

  test('with a whole last line that is garbage: dropped', () => {
    const read = parseJournal(Buffer.concat([golden, Buffer.alloc(40), Buffer.from('\n')]), FILE)
    expect(read?.goodBytes).toBe(golden.byteLength)
  })

  test('is cut off before the next line is written', async () => {
    const folder = memoryFolder(new Map([[FILE, golden.subarray(0, golden.byteLength - 5)]]))
    await createJournal(folder).close('3fa2', 'done')
    const read = parseJournal(folder.files.get(FILE) ?? new Uint8Array(), FILE)
    expect(read?.state).toBe('done')
    expect([...(read?.progress.intended ?? [])]).toEqual([0, 1, 2, 3, 4])
  })

  test('left by an append that failed is cut off by the next one', async () => {
    const folder = memoryFolder()
    const journal = createJournal(folder)
    await journal.open(planOf([]))
    const whole = folder.append
    folder.append = async (path, bytes) => {
      folder.append = whole
      await whole(path, bytes.subarray(0, 9))
      throw new Error('disk full')
    }
    await expect(journal.intend('a001', [0])).rejects.toThrow('disk full')
    await journal.intend('a001', [1])
    const read = parseJournal(folder.files.get(journalFile('a001')) ?? new Uint8Array(), FILE)
    expect([...(read?.progress.intended ?? [])]).toEqual([1])
  })
})

describe('damage', () => {
  test('of any bit before the last line is found', () => {
    const last = golden.subarray(0, -1).lastIndexOf(10) + 1
    for (let at = 0; at < last; at += 3) {
      const bad = Buffer.from(golden)
      bad[at] = (bad[at] ?? 0) ^ (1 << (at % 8))
      expect(() => parseJournal(bad, FILE)).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^(DAMAGED|FORMAT_NEWER)$/) }),
      )
    }
  })

  test('a line that is missing in the middle is found', () => {
    const lines = golden.toString().split('\n')
    expect(() => parseJournal(Buffer.from(lines.toSpliced(1, 1).join('\n')), FILE)).toThrow('DAMAGED')
  })

  test('a line that stands twice is found', () => {
    const lines = golden.toString().split('\n')
    expect(() => parseJournal(Buffer.from([...lines.slice(0, 3), ...lines.slice(2)].join('\n')), FILE)).toThrow(
      'DAMAGED',
    )
  })
})

test('a newer format is told from damage', () => {
  const newer = Buffer.from('{"format":2,"plan":{},"check":"x"}\n{"intend":[0]}\n')
  expect(() => parseJournal(newer, FILE)).toThrow('FORMAT_NEWER')
})

test('an entry of an unknown kind is of a newer version', () => {
  const first = encodeLine({ format: 1, plan: planOf([]) }, '')
  const second = encodeLine({ note: 'x' } as never, first.sum)
  expect(() => parseJournal(Buffer.concat([first.line, second.line]), FILE)).toThrow('FORMAT_NEWER')
})

test('the last close counts', async () => {
  const folder = memoryFolder()
  const journal = createJournal(folder)
  await journal.open(planOf([]))
  await journal.close('a001', 'done')
  await createJournal(folder).close('a001', 'undone')
  expect(parseJournal(folder.files.get(journalFile('a001')) ?? new Uint8Array(), FILE)?.state).toBe('undone')
})

test('a run that was never opened cannot be written to', async () => {
  await expect(createJournal(memoryFolder()).intend('beef', [0])).rejects.toMatchObject({ code: 'INPUT_MISSING' })
})
