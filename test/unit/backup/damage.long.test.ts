import { describe, expect, test } from '@jest/globals'
import { loadBackup } from '../../../src/flows/restore-input.js'
import { systemRandom } from '../../../src/system/random.js'
import { codeOf, entry, memoryHost, once, pair, payload, read, seal } from './support.js'

const CHUNK = 65_536 + 16

async function small() {
  const keys = await pair()
  const file = await seal(await payload([entry('a', '1')]), { recipients: [keys.recipient] })
  return { keys, file }
}

/** Counts how each changed file ends: nothing may be taken for fine. */
async function ends(files: Iterable<Uint8Array>, keys: Parameters<typeof read>[1]): Promise<Record<string, number>> {
  const codes: Record<string, number> = {}
  for (const file of files) {
    const code = await codeOf(read(once(file), keys))
    codes[code] = (codes[code] ?? 0) + 1
  }
  return codes
}

function* flips(file: Buffer): Generator<Buffer> {
  for (let bit = 0; bit < file.byteLength * 8; bit++) yield flipped(file, bit)
}

function flipped(file: Buffer, bit: number): Buffer {
  const copy = Buffer.from(file)
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return copy
}

const sum = (codes: Record<string, number>): number => Object.values(codes).reduce((a, b) => a + b, 0)

describe('a small backup', () => {
  test('is refused with any bit of it flipped', async () => {
    const { keys, file } = await small()
    const codes = await ends(flips(file), keys)
    expect(sum(codes)).toBe(file.byteLength * 8)
    expect(Object.keys(codes).sort()).toEqual(['DAMAGED', 'INPUT_INVALID', 'KEY_WRONG'].filter((code) => code in codes))
    expect(codes['fine']).toBeUndefined()
  }, 120_000)

  test('is refused cut at any byte', async () => {
    const { keys, file } = await small()
    const codes = await ends(cuts(file), keys)
    expect(codes).toEqual({ DAMAGED: file.byteLength })
  }, 60_000)

  test('is refused with 1 to 64 bytes more at its end', async () => {
    const { keys, file } = await small()
    const longer = Array.from({ length: 64 }, (_, at) => Buffer.concat([file, systemRandom(at + 1)]))
    expect(await ends(longer, keys)).toEqual({ DAMAGED: 64 })
    expect(await ends([Buffer.concat([file, file])], keys)).toEqual({ DAMAGED: 1 })
  })
})

function* cuts(file: Buffer): Generator<Buffer> {
  for (let end = 0; end < file.byteLength; end++) yield file.subarray(0, end)
}

describe('a backup of many chunks', () => {
  async function large() {
    const keys = await pair()
    const entries = Array.from({ length: 400 }, (_, at) => entry(`n${String(at).padStart(3, '0')}`, 'v'.repeat(1000)))
    const file = await seal(await payload(entries), { recipients: [keys.recipient] })
    const head = file.indexOf('\n--- ') + 5 + 43 + 1 + 16
    const chunks: Buffer[] = []
    for (let at = head; at < file.byteLength; at += CHUNK) chunks.push(file.subarray(at, at + CHUNK))
    return { keys, file, start: file.subarray(0, head), chunks }
  }

  test('is refused with chunks swapped, left out, doubled, or cut between two', async () => {
    const { keys, file, start, chunks } = await large()
    expect(chunks.length).toBeGreaterThan(5)
    const changed: Buffer[] = []
    for (let at = 0; at < chunks.length; at++) {
      const without = chunks.filter((_, other) => other !== at)
      changed.push(Buffer.concat([start, ...without]), Buffer.concat([start, ...chunks.slice(0, at)]))
      changed.push(Buffer.concat([start, ...chunks.slice(0, at + 1), ...chunks.slice(at)]))
      for (let other = at + 1; other < chunks.length; other++) {
        const swapped = [...chunks]
        swapped[at] = chunks[other] ?? Buffer.alloc(0)
        swapped[other] = chunks[at] ?? Buffer.alloc(0)
        changed.push(Buffer.concat([start, ...swapped]))
      }
    }
    expect(await ends(changed, keys)).toEqual({ DAMAGED: changed.length })
    expect(await codeOf(read(once(file), keys))).toBe('fine')
  }, 60_000)

  test('is refused by a restore before anything is planned, wherever the damage is', async () => {
    const { keys, file } = await large()
    const host = memoryHost()
    const place = new Map<string, Uint8Array>()
    host.places.set('', place)
    const load = () =>
      loadBackup(
        { what: 's3://b/x.age', keys, wants: () => true, allVersions: true },
        { ...host, sink: async () => host.sink('') },
      )
    for (let round = 0; round < 100; round++) {
      place.set('x.age', flipped(file, Buffer.from(systemRandom(4)).readUInt32LE() % (file.byteLength * 8)))
      expect(await codeOf(load())).toMatch(/^(DAMAGED|KEY_WRONG|INPUT_INVALID)$/)
    }
    place.set('x.age', file)
    expect(await codeOf(load())).toBe('fine')
  }, 60_000)
})
