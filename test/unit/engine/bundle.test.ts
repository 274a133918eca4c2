import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { SecretValue } from '../../../src/core/secret.js'
import { type Bundle, openBundle, sealBundle } from '../../../src/engine/bundle.js'
import { bundleOf, countingRandom, KEY } from '../../support/world.js'
import { goldenBundle } from './golden.js'

const golden = readFileSync('fixtures/journal/v1/3fa2.sealed')

const textsOf = (bundle: Bundle): object =>
  Object.fromEntries(
    (['new', 'old'] as const).map((side) => [side, [...bundle[side]].map(([entry, value]) => [entry, value.reveal()])]),
  )

test('a bundle of format 1 is opened', () => {
  expect(textsOf(openBundle(KEY, '3fa2', golden))).toEqual(textsOf(goldenBundle))
})

test('a bundle is sealed as format 1 has it', () => {
  const sealed = sealBundle(KEY, '3fa2', goldenBundle, (count) => new Uint8Array(count).fill(9))
  expect(Buffer.from(sealed).equals(golden)).toBe(true)
})

test('two seals of one bundle have nothing in common but the name and the format', () => {
  const random = countingRandom()
  const [one, two] = [sealBundle(KEY, 'a001', goldenBundle, random), sealBundle(KEY, 'a001', goldenBundle, random)]
  expect(Buffer.from(one).subarray(20, 80).equals(Buffer.from(two).subarray(20, 80))).toBe(false)
})

test('any bytes come back, also none', () => {
  const value = SecretValue.fromBytes(Uint8Array.from({ length: 512 }, (_, index) => index & 255))
  const empty = SecretValue.fromText('')
  const bundle = { new: new Map([['__proto__', value]]), old: new Map([['', empty]]) }
  const opened = openBundle(KEY, 'a001', sealBundle(KEY, 'a001', bundle, countingRandom()))
  expect(opened.new.get('__proto__')?.equals(value)).toBe(true)
  expect(opened.old.get('')?.byteLength).toBe(0)
  expect(openBundle(KEY, 'a001', sealBundle(KEY, 'a001', bundleOf({}), countingRandom())).new.size).toBe(0)
})

test('another key is told from damage', () => {
  expect(() => openBundle(new Uint8Array(32), '3fa2', golden)).toThrow('KEY_WRONG')
})

test('the bundle of another run does not open', () => {
  expect(() => openBundle(KEY, '3fa3', golden)).toThrow('DAMAGED')
})

test('a newer format is said to be one', () => {
  const newer = Buffer.from(golden)
  newer[19] = 2
  expect(() => openBundle(KEY, '3fa2', newer)).toThrow('FORMAT_NEWER')
})

test('every flipped bit is damage, and nothing comes out', () => {
  for (let bit = 0; bit < golden.byteLength * 8; bit += 5) {
    const bad = Buffer.from(golden)
    const at = bit >> 3
    bad[at] = (bad[at] ?? 0) ^ (1 << (bit & 7))
    expect(() => openBundle(KEY, '3fa2', bad)).toThrow(/DAMAGED|FORMAT_NEWER/)
  }
})

test('cut at any byte, or with more behind it, it is damage', () => {
  for (let size = 0; size < golden.byteLength; size += 3)
    expect(() => openBundle(KEY, '3fa2', golden.subarray(0, size))).toThrow('DAMAGED')
  expect(() => openBundle(KEY, '3fa2', Buffer.concat([golden, Buffer.of(0)]))).toThrow('DAMAGED')
})
