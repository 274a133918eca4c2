import { inspect } from 'node:util'
import { afterEach, describe, expect, test } from '@jest/globals'
import { HIDDEN, SecretValue, witnessSecrets } from '../../../src/core/secret.js'

const CANARY = 'hunter2-correct-horse'
const value = SecretValue.fromText(CANARY)

afterEach(() => witnessSecrets(undefined))

describe('every way to text shows nothing', () => {
  test.each<[string, () => string]>([
    ['String()', () => String(value)],
    ['a template', () => `${value as unknown as string}`],
    ['concatenation', () => 'x'.concat(value as unknown as string)],
    ['JSON', () => JSON.stringify({ value, list: [value] })],
    ['inspect', () => inspect(value)],
    [
      'inspect, deep, with hidden members',
      () => inspect({ a: { value } }, { depth: 9, showHidden: true, getters: true }),
    ],
    ['inspect without our say', () => inspect(value, { customInspect: false, showHidden: true })],
    ['Object.prototype.toString', () => Object.prototype.toString.call(value)],
    ['its members', () => JSON.stringify([Reflect.ownKeys(value), Object.entries(value), { ...value }])],
    ['a clone', () => inspect(structuredClone({ value }), { customInspect: false })],
    ['an error about it', () => inspect(new Error('x', { cause: value }))],
  ])('%s', (_, show) => {
    expect(show()).not.toContain('hunter2')
  })

  test('as [secret]', () => {
    expect([String(value), JSON.stringify(value), inspect([value])]).toEqual([HIDDEN, `"${HIDDEN}"`, `[ ${HIDDEN} ]`])
  })

  test('also as a number', () => expect(Number(value)).toBeNaN())
})

describe('what goes in comes out', () => {
  test.each([
    ['', 0],
    ['x\n', 2],
    ['\r\n\u0000', 3],
    ['ünï€😀', 12],
    ['\ufeffx', 4],
  ])('%j', (text, bytes) => {
    const made = SecretValue.fromText(text)
    expect([made.reveal(), made.byteLength, made.isText]).toEqual([text, bytes, true])
  })

  test('any bytes', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)
    const made = SecretValue.fromBytes(bytes)
    expect(made.isText).toBe(false)
    expect(made.revealBytes()).toEqual(bytes)
    expect(() => made.reveal()).toThrow(RangeError)
  })

  test('a lone surrogate is refused, not replaced', () => {
    expect(() => SecretValue.fromText('a\ud800')).toThrow(RangeError)
  })

  test('changing the bytes outside changes nothing inside', () => {
    const bytes = Buffer.from('abc')
    const made = SecretValue.fromBytes(bytes)
    bytes[0] = 0
    made.revealBytes()[0] = 0
    expect(made.reveal()).toBe('abc')
  })
})

test('equality is that of bytes', () => {
  expect(value.equals(SecretValue.fromText(CANARY))).toBe(true)
  expect(value.equals(SecretValue.fromText(`${CANARY}\n`))).toBe(false)
  expect(value.equals(SecretValue.fromText(CANARY.toUpperCase()))).toBe(false)
})

test('a fingerprint depends on value and key, and has 16 hex digits', () => {
  const [one, two] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)]
  expect(value.fingerprint(one)).toMatch(/^[0-9a-f]{16}$/)
  expect(SecretValue.fromText(CANARY).fingerprint(one)).toBe(value.fingerprint(one))
  expect(value.fingerprint(two)).not.toBe(value.fingerprint(one))
})

test.each([
  ['', 1],
  ['one', 1],
  ['one\n', 1],
  ['one\ntwo', 2],
  ['\n\n', 2],
])('lines of %j: %d', (text, lines) => {
  expect(SecretValue.fromText(text).lines).toBe(lines)
})

test('whoever watches is told of every value', () => {
  const told: SecretValue[] = []
  witnessSecrets((each) => told.push(each))
  const made = [SecretValue.fromText('a'), SecretValue.fromBytes(Buffer.from('b'))]
  expect(told).toEqual(made)
})
