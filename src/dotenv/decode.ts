import { EnvEncodingError } from './errors.js'

/** How the bytes of a file stand for its text. The mark at the front, where there is one, is part of the text. */
export type EnvEncoding = 'utf8' | 'utf8-bom' | 'utf16le' | 'utf16be' | 'latin1'

export interface DecodedEnv {
  /** Exactly what the bytes say; a byte order mark is its first unit, U+FEFF, because some programs read it. */
  readonly text: string
  readonly encoding: EnvEncoding
}

/**
 * Reads bytes as text, exactly, or throws an `EnvEncodingError` with the first byte that does not fit.
 * Latin-1 cannot be told from damaged UTF-8, so it is read only where the caller says so.
 */
export function decodeEnv(bytes: Uint8Array, options: { encoding?: 'latin1' } = {}): DecodedEnv {
  const encoding = options.encoding ?? encodingOf(bytes)
  const text = decoders[encoding](bytes)
  refuseNul(text, encoding)
  return { text, encoding }
}

/** The way back: `encodeEnv(decodeEnv(bytes))` are the same bytes. Throws where the encoding lacks a character. */
export function encodeEnv(text: string, encoding: EnvEncoding): Uint8Array {
  if (encoding === 'utf16le' || encoding === 'utf16be') return encodeUtf16(text, encoding === 'utf16le')
  if (encoding === 'latin1') return encodeLatin1(text)
  if (!text.isWellFormed()) throw new EnvEncodingError(0, 'half of a surrogate pair has no UTF-8')
  return new TextEncoder().encode(text)
}

function encodingOf(bytes: Uint8Array): EnvEncoding {
  const [first, second, third] = bytes
  if (first === 0xff && second === 0xfe) return 'utf16le'
  if (first === 0xfe && second === 0xff) return 'utf16be'
  return first === 0xef && second === 0xbb && third === 0xbf ? 'utf8-bom' : 'utf8'
}

const decoders: Record<EnvEncoding, (bytes: Uint8Array) => string> = {
  utf8: decodeUtf8,
  'utf8-bom': decodeUtf8,
  utf16le: (bytes) => decodeUtf16(bytes, true),
  utf16be: (bytes) => decodeUtf16(bytes, false),
  latin1: (bytes) => fromUnits(bytes.length, (at) => bytes[at] ?? 0),
}

/** Looked at first: an error of the decoder would not say where, and it would not name the byte. */
function decodeUtf8(bytes: Uint8Array): string {
  const bad = firstBadByte(bytes)
  if (bad < bytes.length) throw new EnvEncodingError(bad, 'not UTF-8')
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
}

/** Lengths of sequences and the least second byte follow the table of the Unicode standard (3-7). */
function firstBadByte(bytes: Uint8Array): number {
  let at = 0
  while (at < bytes.length) {
    const length = sequenceLength(bytes, at)
    if (length === 0) return at
    at += length
  }
  return bytes.length
}

function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] ?? 0
  if (lead < 0x80) return 1
  if (lead < 0xc2 || lead > 0xf4) return 0
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
  const second = bytes[at + 1] ?? 0
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
  if (second < low || second > high) return 0
  for (let next = at + 2; next < at + length; next++) if (((bytes[next] ?? 0) & 0xc0) !== 0x80) return 0
  return length
}

function decodeUtf16(bytes: Uint8Array, little: boolean): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length % 2 === 1) throw new EnvEncodingError(bytes.length - 1, 'half a UTF-16 unit')
  const text = fromUnits(bytes.length / 2, (at) => view.getUint16(at * 2, little))
  if (!text.isWellFormed()) throw new EnvEncodingError(firstLoneSurrogate(text) * 2, 'half of a surrogate pair')
  return text
}

function firstLoneSurrogate(text: string): number {
  for (let at = 0; at < text.length; at++) {
    const point = text.codePointAt(at) ?? 0
    if (point >= 0xd800 && point <= 0xdfff) return at
    if (point > 0xffff) at++
  }
  return text.length
}

/** In pieces: `fromCharCode` takes only so many arguments. */
function fromUnits(count: number, unitAt: (at: number) => number): string {
  const pieces: string[] = []
  for (let from = 0; from < count; from += 4096) {
    const piece = Array.from({ length: Math.min(4096, count - from) }, (_, at) => unitAt(from + at))
    pieces.push(String.fromCharCode(...piece))
  }
  return pieces.join('')
}

/** No environment variable can hold a NUL, and the programs do not agree on what it does. */
function refuseNul(text: string, encoding: EnvEncoding): void {
  const at = text.indexOf('\0')
  if (at === -1) return
  const isWide = encoding === 'utf16le' || encoding === 'utf16be'
  const offset = isWide ? at * 2 : encoding === 'latin1' ? at : new TextEncoder().encode(text.slice(0, at)).length
  const looksWide = !isWide && offset < 2
  throw new EnvEncodingError(offset, looksWide ? 'a NUL byte: UTF-16 without its mark?' : 'a NUL byte')
}

function encodeUtf16(text: string, little: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(text.length * 2))
  for (let at = 0; at < text.length; at++) view.setUint16(at * 2, text.charCodeAt(at), little)
  return new Uint8Array(view.buffer)
}

function encodeLatin1(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit > 0xff) throw new EnvEncodingError(at, 'a character that Latin-1 lacks')
    bytes[at] = unit
  }
  return bytes
}
