import { describe, expect, test } from '@jest/globals'
import { decodeEnv, type EnvEncoding, EnvEncodingError, encodeEnv, parseEnv } from '../../../src/dotenv/index.js'

function check(
  bytes: number[] | string,
  expected: { encoding: EnvEncoding; text: string } | { offset: number; reason: string },
) {
  const input = typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : Uint8Array.from(bytes)
  test(`${JSON.stringify(bytes)} ${'offset' in expected ? 'is refused' : `is ${expected.encoding}`}`, () => {
    if ('offset' in expected) {
      expect(() => decodeEnv(input)).toThrow(expect.objectContaining({ name: 'EnvEncodingError', ...expected }))
    } else {
      const decoded = decodeEnv(input)
      expect(decoded).toEqual(expected)
      expect([...encodeEnv(decoded.text, decoded.encoding)]).toEqual([...input])
    }
  })
}

describe('decoded exactly, and encoded to the same bytes', () => {
  check('A=é😀\r\nB=\r', { encoding: 'utf8', text: 'A=é😀\r\nB=\r' })
  check('', { encoding: 'utf8', text: '' })
  check('\ufeffA=1', { encoding: 'utf8-bom', text: '\ufeffA=1' })
  check([0xff, 0xfe, 0x41, 0, 0x3d, 0, 0x3d, 0xd8, 0x00, 0xde], { encoding: 'utf16le', text: '\ufeffA=😀' })
  check([0xfe, 0xff, 0, 0x41, 0, 0x3d], { encoding: 'utf16be', text: '\ufeffA=' })
})

describe('refused with the first byte that does not fit', () => {
  check([0x41, 0x3d, 0xe9, 0x0a], { offset: 2, reason: 'not UTF-8' })
  check([0x41, 0xc3], { offset: 1, reason: 'not UTF-8' })
  check([0xc3, 0xa9, 0xc0, 0x80], { offset: 2, reason: 'not UTF-8' })
  check([0x41, 0xed, 0xa0, 0x80], { offset: 1, reason: 'not UTF-8' })
  check([0x41, 0xe2, 0x82, 0x41], { offset: 1, reason: 'not UTF-8' })
  check([0xf0, 0x9f, 0x98, 0x80, 0xf5], { offset: 4, reason: 'not UTF-8' })
  check([0xc3, 0xa9, 0x3d, 0x00], { offset: 3, reason: 'a NUL byte' })
  check([0x41, 0, 0x3d, 0], { offset: 1, reason: 'a NUL byte: UTF-16 without its mark?' })
  check([0xff, 0xfe, 0x41], { offset: 2, reason: 'half a UTF-16 unit' })
  check([0xff, 0xfe, 0x41, 0, 0x3d, 0xd8, 0x41, 0], { offset: 4, reason: 'half of a surrogate pair' })
  check([0xff, 0xfe, 0x41, 0, 0, 0], { offset: 4, reason: 'a NUL byte' })
})

test('every byte that is not UTF-8 is found where the decoder of the platform stops', () => {
  const wrong: number[][] = []
  for (let lead = 0x80; lead < 0x100; lead++) {
    for (const second of [0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff]) {
      const bytes = [0x41, lead, second, 0x80, 0x80, 0x41]
      if (offsetOf(bytes) !== replacedAt(bytes)) wrong.push(bytes)
    }
  }
  expect(wrong).toEqual([])
})

function offsetOf(bytes: number[]): number | undefined {
  try {
    decodeEnv(Uint8Array.from(bytes))
    return undefined
  } catch (error) {
    return error instanceof EnvEncodingError ? error.offset : Number.NaN
  }
}

/** The platform puts U+FFFD where a sequence goes wrong. */
function replacedAt(bytes: number[]): number | undefined {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes))
  const at = text.indexOf('\ufffd')
  return at === -1 ? undefined : Buffer.byteLength(text.slice(0, at))
}

test('Latin-1 is read where it is asked for, and written back', () => {
  const bytes = Uint8Array.from([0x41, 0x3d, 0xe9, 0xff])
  const { text, encoding } = decodeEnv(bytes, { encoding: 'latin1' })
  expect([text, encoding]).toEqual(['A=éÿ', 'latin1'])
  expect([...encodeEnv(text, encoding)]).toEqual([...bytes])
  expect(() => encodeEnv('A=€', 'latin1')).toThrow(expect.objectContaining({ offset: 2 }))
})

test('long UTF-16 is read and written', () => {
  const text = `\ufeff${'A=é\n'.repeat(5000)}`
  expect(decodeEnv(encodeEnv(text, 'utf16be'))).toEqual({ text, encoding: 'utf16be' })
})

test('parseEnv takes bytes', () => {
  expect(parseEnv(Buffer.from('A=é'), { dialect: 'node' }).entries[0]?.value).toBe('é')
})

test('half a surrogate pair cannot be written as UTF-8', () => {
  expect(() => encodeEnv('A=\ud83d', 'utf8')).toThrow('surrogate')
})
