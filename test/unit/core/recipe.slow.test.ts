import { describe, expect, test } from '@jest/globals'
import { isFailure } from '../../../src/core/failure.js'
import { bitsOf, formatRecipe, generate, parseRecipe, type Recipe, weaknessOf } from '../../../src/core/recipe.js'

/** Bytes of a seeded generator (mulberry32): the same in every run. */
function seeded(seed: number): (count: number) => Uint8Array {
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return (t ^ (t >>> 14)) >>> 24
  }
  return (count) => Uint8Array.from({ length: count }, next)
}
const made = (text: string, seed = 1): string => generate(parseRecipe(text), seeded(seed)).reveal()
function refused(make: () => unknown): string {
  try {
    make()
  } catch (error) {
    if (isFailure(error, 'USAGE', 'INTERNAL')) return error.details.why ?? ''
    throw error
  }
  return 'not refused'
}
/** How far counts are from being equal; its mean is the number of cells less one. */
function chiSquare(counts: readonly number[]): number {
  const mean = counts.reduce((sum, one) => sum + one, 0) / counts.length
  return counts.reduce((sum, one) => sum + (one - mean) ** 2 / mean, 0)
}
function countsOf(text: string, cells: string): number[] {
  const counts = new Map<string, number>([...cells].map((cell) => [cell, 0]))
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1)
  return [...counts.values()]
}
const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

describe('generate', () => {
  const shapes: [string, RegExp][] = [
    ['hex', /^[0-9a-f]{64}$/],
    ['hex:33', /^[0-9a-f]{33}$/],
    ['base64url', /^[\w-]{43}$/],
    ['base64url:22', /^[\w-]{22}$/],
    ['alphanumeric', /^[A-Za-z0-9]{32}$/],
    ['alphanumeric:64?exclude=0O1lI', /^[A-HJ-NP-Za-km-z2-9]{64}$/],
    ['alphanumeric:40?charset=ab%C3%A4%F0%9F%94%91', /^[abä🔑]{40}$/u],
    ['password', /^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)(?=.*[^A-Za-z0-9])[\w.!*+=^%,-]{32}$/],
    ['uuid', /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/],
    ['key128', /^[A-Za-z0-9+/]{22}==$/],
    ['key256', /^[A-Za-z0-9+/]{43}=$/],
    ['key256?as=hex', /^[0-9a-f]{64}$/],
    ['key128?as=base64url', /^[\w-]{22}$/],
  ]
  for (const [recipe, shape] of shapes)
    test(`${recipe} has its shape with any bytes`, () => {
      for (let seed = 0; seed < 50; seed++) expect(made(recipe, seed)).toMatch(shape)
    })

  test('base64url of every length decodes to bytes and back', () => {
    for (const length of [22, 23, 24, 43, 44, 86]) {
      const text = made(`base64url:${length}`)
      expect(Buffer.from(text, 'base64url').toString('base64url')).toBe(text)
    }
  })
  test('a password holds each kind of character that its set has, even where it is as short as that', () => {
    for (let seed = 0; seed < 300; seed++) {
      expect(made('password:4', seed)).toMatch(/^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)(?=.*[^A-Za-z0-9]).{4}$/)
      expect(made('password:8?charset=abcdef1%23', seed)).toMatch(/^(?=.*[a-f])(?=.*1)(?=.*#).{8}$/)
    }
  })

  test('no character is likelier than another (chi-square, 62 cells)', () => {
    let text = ''
    for (let seed = 0; seed < 30; seed++) text += made('alphanumeric:4096', seed)
    const found = chiSquare(countsOf(text, ALPHANUMERIC))
    expect(found).toBeLessThan(100.9) // 61 degrees of freedom: 0.1 % are above
    expect(found).toBeGreaterThan(30.3) // and 0.1 % below: too even would be wrong as well
  })
  test('taking the remainder would fail that test: the bound is not too wide', () => {
    const bytes = seeded(7)(120_000)
    const biased = [...bytes].map((byte) => ALPHANUMERIC[byte % 62]).join('')
    expect(chiSquare(countsOf(biased, ALPHANUMERIC))).toBeGreaterThan(300)
  })
  test('sets of more than 256 characters are even too (chi-square, 300 cells)', () => {
    const cells = String.fromCodePoint(...Array.from({ length: 300 }, (_, i) => 0x4e00 + i))
    let text = ''
    for (let seed = 0; seed < 15; seed++)
      text += generate({ kind: 'alphanumeric', length: 4096, charset: cells }, seeded(seed)).reveal()
    expect(chiSquare(countsOf(text, cells))).toBeLessThan(380) // 299 degrees of freedom: 0.1 % are above
  })
  test('the digit of a password is at no place likelier than at another (chi-square, 8 places)', () => {
    const places = Array<number>(8).fill(0)
    for (let seed = 0; seed < 2000; seed++)
      for (const [place, char] of [...made('password:8?charset=abcdABCD7', seed * 7919)].entries())
        if (char === '7') places[place] = (places[place] ?? 0) + 1
    expect(chiSquare(places)).toBeLessThan(24.3) // 7 degrees of freedom: 0.1 % are above
  })

  test('the worst bytes give a value in the right shape or a failure, and always an end', () => {
    const always = (byte: number) => (count: number) => new Uint8Array(count).fill(byte)
    for (const recipe of ['hex', 'base64url', 'alphanumeric', 'password', 'uuid', 'key128', 'key256'].map(parseRecipe))
      for (const byte of [0, 1, 127, 247, 248, 254, 255]) {
        const found = refused(() => generate(recipe, always(byte)))
        expect(['not refused', 'the source of randomness does not work']).toContain(found)
      }
    expect(refused(() => generate({ kind: 'alphanumeric' }, always(255)))).toBe(
      'the source of randomness does not work',
    )
    expect(generate({ kind: 'password' }, always(0)).reveal()).toMatch(
      /^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)(?=.*[^A-Za-z0-9]).{32}$/,
    )
  })
  test('a source that gives fewer bytes than asked for is refused', () => {
    for (const recipe of ['hex', 'password', 'uuid', 'key256'].map(parseRecipe))
      expect(refused(() => generate(recipe, (count) => new Uint8Array(count - 1)))).toBe(
        'the source of randomness does not work',
      )
  })
  test('bytes that would make some characters likelier are drawn again', () => {
    const asked: number[] = []
    const source = (count: number) => {
      asked.push(count)
      return Uint8Array.from({ length: count }, (_, i) => (i % 2 === 0 ? 255 : 3))
    }
    expect(generate({ kind: 'alphanumeric', length: 40 }, source).reveal()).toBe('d'.repeat(40))
    expect(asked).toEqual([64, 64])
  })
})

describe('strength', () => {
  test('bits are counted low', () => {
    const bits = Object.fromEntries(
      ['hex', 'base64url', 'alphanumeric', 'password', 'uuid', 'key128', 'key256', 'hex:10'].map((text) => [
        text,
        bitsOf(parseRecipe(text)),
      ]),
    )
    expect(bits).toEqual({
      hex: 256,
      base64url: 256,
      alphanumeric: 190,
      password: 188,
      uuid: 122,
      key128: 128,
      key256: 256,
      'hex:10': 40,
    })
  })
  test('less than 128 bits are refused where no length was given, and warned of where one was', () => {
    expect(refused(() => parseRecipe('alphanumeric?charset=ab'))).toMatch(/^32 bits .* give a length$/)
    expect(weaknessOf(parseRecipe('alphanumeric:32?charset=ab'))).toBe(
      '32 bits can be guessed one day; 128 or more are advised',
    )
    expect(weaknessOf(parseRecipe('alphanumeric:22'))).toBeUndefined()
    expect(weaknessOf(parseRecipe('alphanumeric:21'))).toBeDefined()
  })
})

describe('recipes as text', () => {
  test('what is written reads back the same', () => {
    const recipes: Recipe[] = [
      { kind: 'hex' },
      { kind: 'hex', length: 40 },
      { kind: 'password', length: 24, exclude: '0O1lI' },
      { kind: 'alphanumeric', length: 64, charset: 'ab&=?:%# ä' },
      { kind: 'key256', as: 'hex' },
    ]
    for (const recipe of recipes) expect(parseRecipe(formatRecipe(recipe))).toEqual(recipe)
    expect(formatRecipe({ kind: 'password', length: 24, exclude: '0O' })).toBe('password:24?exclude=0O')
  })
  const wrong: [string, RegExp][] = [
    ['', /begins with one of/],
    ['constructor', /begins with one of/],
    ['hex:', /whole number/],
    ['hex:0', /from 1 to 4096/],
    ['hex:5000', /from 1 to 4096/],
    ['hex:1e3', /whole number/],
    ['hex?exclude=a', /own characters/],
    ['uuid:8', /own length/],
    ['key256:32', /own length/],
    ['hex?as=hex', /key128 and key256/],
    ['key256?as=base32', /base64, base64url or hex/],
    ['base64url:41', /no base64url text/],
    ['password:3', /at least 4/],
    ['password?colour=red', /each once/],
    ['password?exclude=a&exclude=b', /each once/],
    ['password?exclude=%', /%25/],
    ['alphanumeric:9?charset=aaaa', /fewer than two/],
    ['alphanumeric:9?charset=a%0Ab', /control characters/],
  ]
  for (const [text, why] of wrong)
    test(`${JSON.stringify(text)} is refused`, () => expect(refused(() => parseRecipe(text))).toMatch(why))
})
