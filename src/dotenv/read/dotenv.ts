import {
  BACKSLASH,
  COLON,
  DOUBLE_QUOTE,
  EQUALS,
  find,
  HASH,
  isJsLineEnd,
  isJsSpace,
  isNamePart,
  isQuote,
  NEWLINE,
  skip,
  skipBack,
} from '../chars.js'
import type { Binding, Notes } from '../types.js'

const isKeyPart = (unit: number): boolean => isNamePart(unit) || unit === 45 || unit === 46
const isBlank = (unit: number): boolean => isJsSpace(unit) && !isJsLineEnd(unit)

/**
 * The npm package dotenv 18: one regular expression, run over the text with each `\r\n` and `\r` made `\n`.
 * Here it is a scanner, because the expression takes quadratic time on hostile input.
 */
export function readDotenv(text: string, notes: Notes): Binding[] {
  const bindings: Binding[] = []
  let at = skip(text, 0, isJsSpace)
  while (at < text.length) {
    const head = readHead(text, at)
    if ('skipFrom' in head) {
      if (text.charCodeAt(at) !== HASH) notes.note('not-an-assignment', at)
      at = lineEnd(text, head.skipFrom)
    } else {
      const { value, valueStart, valueEnd, next } = readValue(text, head.valueFrom)
      bindings.push({ key: head.key, value, start: at, valueStart, valueEnd })
      at = lineEnd(text, next)
    }
    at = skip(text, at, isJsSpace)
  }
  return bindings
}

const lineEnd = (text: string, at: number): number => skip(text, at, (unit) => !isJsLineEnd(unit))

/** `export`, the name and `=` or `: `. Blanks around the name and before `=` may be line ends. */
function readHead(text: string, at: number): { key: string; valueFrom: number } | { skipFrom: number } {
  const afterExport = text.startsWith('export', at) && isJsSpace(text.charCodeAt(at + 6)) ? at + 6 : undefined
  const named = afterExport === undefined ? at : skip(text, afterExport, isJsSpace)
  const isExport = afterExport !== undefined && isKeyPart(text.charCodeAt(named))
  const keyStart = isExport ? named : at
  const keyEnd = skip(text, keyStart, isKeyPart)
  if (keyEnd === keyStart) return { skipFrom: at }
  const key = text.slice(keyStart, keyEnd)
  const operator = skip(text, keyEnd, isJsSpace)
  if (text.charCodeAt(operator) === EQUALS) return { key, valueFrom: operator + 1 }
  const isColon = text.charCodeAt(keyEnd) === COLON && isJsSpace(text.charCodeAt(keyEnd + 1))
  if (isColon) return { key, valueFrom: keyEnd + 2 }
  return { skipFrom: isExport ? at + 6 : keyEnd }
}

interface Value {
  readonly value: string
  readonly valueStart: number
  readonly valueEnd: number
  readonly next: number
}

function readValue(text: string, from: number): Value {
  const open = skip(text, from, isJsSpace)
  const close = isQuote(text.charCodeAt(open)) ? closingQuote(text, open) : -1
  return close === -1 ? readBare(text, from) : readQuoted(text, open, close)
}

/**
 * The quote that ends the value: the first that no backslash precedes, or, where something other than a comment
 * follows that one, the last escaped one before it that is followed by nothing else. -1: not a quoted value.
 */
function closingQuote(text: string, open: number): number {
  const quote = text.charAt(open)
  let close = -1
  for (let at = text.indexOf(quote, open + 1); at !== -1; at = text.indexOf(quote, at + 1)) {
    const next = skip(text, at + 1, isBlank)
    const unit = text.charCodeAt(next)
    if (next === text.length || isJsLineEnd(unit) || unit === HASH) close = at
    if (text.charCodeAt(at - 1) !== BACKSLASH) break
  }
  return close
}

function readQuoted(text: string, open: number, close: number): Value {
  const inner = text.slice(open + 1, close)
  const value = text.charCodeAt(open) === DOUBLE_QUOTE ? decode(inner) : inner
  return { value, valueStart: open, valueEnd: close + 1, next: close + 1 }
}

/** To the first `#` or the end of the line, blanks cut off; quotes around all of it go. */
function readBare(text: string, from: number): Value {
  const end = find(text, NEWLINE, from)
  const cut = find(text, HASH, from, end)
  const valueStart = skip(text, from, isJsSpace, cut)
  const valueEnd = skipBack(text, cut, isJsSpace, valueStart)
  const written = text.slice(valueStart, valueEnd)
  const inner = withoutQuotes(written)
  const value = written.charCodeAt(0) === DOUBLE_QUOTE ? decode(inner) : inner
  if (valueStart === valueEnd) return { value: '', valueStart: from, valueEnd: from, next: cut }
  return { value, valueStart, valueEnd, next: cut }
}

/** First all `\n`, then all `\r`, whatever stands before the backslash. */
const decode = (text: string): string => text.replaceAll('\\n', '\n').replaceAll('\\r', '\r')

/**
 * Takes away a quote at a line's start and its like at the last line's end that has one. There is more than one line
 * only where U+2028 or U+2029 stands in the value.
 */
function withoutQuotes(text: string): string {
  const last = lastQuotes(text)
  let kept = ''
  let done = 0
  for (let at = 0; at < text.length; at = lineEnd(text, at) + 1) {
    const close = last.get(text.charCodeAt(at)) ?? -1
    if (at < done || close <= at) continue
    kept += text.slice(done, at) + text.slice(at + 1, close)
    done = close + 1
  }
  return kept + text.slice(done)
}

/** For each kind of quote the last one at a line's end. */
function lastQuotes(text: string): ReadonlyMap<number, number> {
  const last = new Map<number, number>()
  for (let end = lineEnd(text, 0); ; end = lineEnd(text, end + 1)) {
    const unit = text.charCodeAt(end - 1)
    if (isQuote(unit)) last.set(unit, end - 1)
    if (end >= text.length) return last
  }
}
