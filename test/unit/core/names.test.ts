import { describe, expect, test } from '@jest/globals'
import { collisions, keyOfName, misfit, nameOfKey, secretName } from '../../../src/core/names.js'

test.each(['a', 'database-url', 'vibebox/production/db', 'ünïcödé', '__proto__', ' x ', 'x'.repeat(1024)])(
  '%j is a name',
  (text) => {
    expect(secretName(text)).toBe(text)
  },
)

test.each(['', 'a\u0000', 'a\nb', 'a\u001b[31m', 'a\u0085', 'a\u2028', 'a\ud800', 'x'.repeat(1025)])(
  '%j is none',
  (text) => {
    expect(() => secretName(text)).toThrow('NAME_INVALID')
  },
)

test('what is said of a bad name can be printed', () => {
  const { details } = thrown(() => secretName(`\u001b[31m${'x'.repeat(200)}`))
  expect(details.secret).toMatch(/^\\u001b\[31mx{10,80}$/)
})

const thrown = (act: () => unknown): { details: { secret: string } } => {
  try {
    act()
  } catch (error) {
    return error as { details: { secret: string } }
  }
  throw new Error('nothing was thrown')
}

test.each([
  ['DATABASE_URL', 'database-url'],
  ['JWT', 'jwt'],
  ['A__B', 'a--b'],
  ['_X_', '-x-'],
])('%s is %s', (key, name) => {
  expect(nameOfKey(key)).toBe(name)
})

test.each([
  ['database-url', 'DATABASE_URL'],
  ['app/db.main', 'APP_DB_MAIN'],
])('%s is %s', (name, key) => {
  expect(keyOfName(secretName(name))).toBe(key)
})

describe('what a service can hold', () => {
  const rules = { pattern: /^[0-9a-zA-Z-]+$/, caseSensitive: false, maxLength: 5 }
  test.each([
    ['abc', undefined],
    ['abcdef', '6 characters, the limit is 5'],
    ['a_b', 'characters that the service does not take'],
  ])('%s: %s', (name, why) => expect(misfit(name, rules)).toBe(why))
})

describe('keys that meet in one name', () => {
  const pairs = [
    ['A_B', 'a-b'],
    ['a-b', 'a-b'],
    ['A-B', 'A-B'],
    ['C', 'c'],
  ] as const
  test('are found', () => expect(collisions(pairs, { caseSensitive: true })).toEqual([['A_B', 'a-b']]))
  test('also by case alone, where the service knows none', () => {
    expect(collisions(pairs, { caseSensitive: false })).toEqual([['A_B', 'a-b', 'A-B']])
  })
  test('one key twice is no collision', () => {
    expect(
      collisions(
        [
          ['A', 'a'],
          ['A', 'a'],
        ],
        { caseSensitive: true },
      ),
    ).toEqual([])
  })
})
