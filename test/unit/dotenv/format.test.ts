import { describe, expect, test } from '@jest/globals'
import { escapeEnv, formatEnv } from '../../../src/dotenv/index.js'
import { seeded } from '../../support/env-generator.js'
import { read, sorted } from '../../support/env-read.js'

function check(value: string, expected: string | undefined): void {
  test(`${JSON.stringify(value)} is written ${expected ?? 'in no way'}`, () =>
    expect(escapeEnv('A', value)).toBe(expected))
}

describe('the plainest way that all four read back', () => {
  check('', '')
  check('plain', 'plain')
  check('postgres://u:p@h:5432/db?a=b', "'postgres://u:p@h:5432/db?a=b'")
  check('a b', "'a b'")
  check('a#b', "'a#b'")
  check('$2b$10$abc', "'$2b$10$abc'")
  check("it's", `"it's"`)
  check('say "hi"', `'say "hi"'`)
  check('C:\\new', "'C:\\new'")
  check('-----BEGIN X-----\nabc\n-----END X-----\n', "'-----BEGIN X-----\nabc\n-----END X-----\n'")
  check('é😀', "'é😀'")
  check(' padded ', "' padded '")
})

describe('what no text gives back', () => {
  check('a\rb', undefined)
  check(`it's "so"`, undefined)
  check('${A}', undefined)
  check("it's $HOME", undefined)
  check('end\\', undefined)
})

test('formatEnv() says which keys cannot be written, and leaves them out', () => {
  const entries = [
    { key: 'A', value: 'x y' },
    { key: 'B', value: '${A}' },
    { key: 'not a name', value: '1' },
    { key: 'A', value: 'again' },
    { key: '__proto__', value: '2' },
  ]
  expect(formatEnv(entries)).toEqual({ text: "A='x y'\n__proto__=2\n", unwritable: ['B', 'not a name', 'A'] })
})

test('500 random values come back exactly from all four, or are named', () => {
  const random = seeded(3)
  const signs = [...'abc $#"\'`\\{}=:\n\t~!&;é😀', '${A}', '\\n', '\r', ' #']
  const value = (): string =>
    Array.from({ length: Math.floor(random() * 8) }, () => signs[Math.floor(random() * signs.length)]).join('')
  const entries = Array.from({ length: 500 }, (_, at) => ({ key: `KEY_${at}`, value: value() }))
  const { text, unwritable } = formatEnv(entries)
  const written = entries.filter(({ key }) => !unwritable.includes(key))
  for (const dialect of ['dotenv', 'node', 'node20', 'python', 'compose'] as const) {
    expect(read(text, dialect)).toEqual(sorted(written.map((one): [string, string] => [one.key, one.value])))
  }
  expect(written.length).toBeGreaterThan(250)
})
