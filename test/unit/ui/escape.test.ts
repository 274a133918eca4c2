import { describe, expect, test } from '@jest/globals'
import { visible, visibleBlock, visibleJson } from '../../../src/ui/escape.js'
import { bad, paint } from '../../../src/ui/style.js'

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)
const HOSTILE = [
  ...range(0, 0x1f),
  ...range(0x7f, 0x9f),
  ...range(0x202a, 0x202e),
  ...range(0x2066, 0x2069),
  0x2028,
  0x2029,
  0x200b,
  0x200c,
  0x200d,
  0x200e,
  0x200f,
  0x2060,
  0xfeff,
  0xad,
  0x61c,
  0x3164,
  0x180e,
  0xe0041,
  0xfdd0,
  0xfdd1,
  0xffff,
  0xd800,
  0xdfff,
]

test.each(HOSTILE)('code point %p is shown as an escape, on one line', (code) => {
  const shown = visible(`a${String.fromCodePoint(code)}b`)
  expect(shown).toBe(code < 0x100 ? `a\\x${code.toString(16).padStart(2, '0')}b` : `a\\u{${code.toString(16)}}b`)
})

test('text that can be read stays as it is', () => {
  for (const text of ['DATABASE_URL', 'naïve café', '日本語', 'ключ', '🎉', '❤️', 'a\\b', ''])
    expect(visible(text)).toBe(text)
})

test('an escape sequence in a name cannot move the cursor or set the title', () => {
  expect(visible('\u001b]0;pwned\u0007\u001b[2J')).toBe('\\x1b]0;pwned\\x07\\x1b[2J')
})

test('in a text of ours line ends, tabs and colours stay, and nothing else', () => {
  const text = visibleBlock(`a\tb\n${bad('c')}\r\u001b[31md`)
  expect(paint(text, false)).toBe('a\tb\nc\\x0d\\x1b[31md')
  expect(paint(text, true)).toBe('a\tb\n\u001b[31mc\u001b[39m\\x0d\\x1b[31md')
})

describe('JSON stays the same JSON', () => {
  test.each(HOSTILE)('with code point %p in a string', (code) => {
    const value = { name: `a${String.fromCodePoint(code)}b`, list: ['x'] }
    const text = visibleJson(JSON.stringify(value, undefined, 2))
    expect(JSON.parse(text)).toEqual(value)
    expect(text.replaceAll('\n', '')).toMatch(/^[\x20-\x7e]*$/)
  })
})
