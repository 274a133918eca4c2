import { find, HASH, NEWLINE, SPACE, skip, skipBack } from '../chars.js'
import type { Binding } from '../types.js'

const isBlank = (unit: number): boolean => unit === SPACE

/**
 * `util.parseEnv` of Node 20, over the text without any `\r`. It looks for `=` without regard for lines, so lines
 * that are no assignment, and comments it does not see as such, end up in the name of the next key.
 */
export function readNode20(text: string): Binding[] {
  const bindings: Binding[] = []
  const end = skipBack(text, text.length, isBlank)
  const lastEquals = text.lastIndexOf('=')
  let at = skip(text, 0, isBlank, end)
  while (at < end) {
    const skipped = text[at] === '\n' || text[at] === '#' ? text.indexOf('\n', at) : -1
    if (skipped !== -1 && skipped < end) {
      at = skipped + 1
      continue
    }
    if (at > lastEquals) break
    const operator = text.indexOf('=', at)
    const { key, start } = readKey(text, at, operator)
    if (key === '') break
    const valueStart = skip(text, operator + 1, isBlank, end)
    const value = readValue(text, valueStart, end)
    if (value.value !== undefined)
      bindings.push({ key, value: value.value, start, valueStart, valueEnd: value.valueEnd })
    at = value.next
  }
  return bindings
}

function readKey(text: string, at: number, operator: number): { key: string; start: number } {
  const start = skip(text, at, isBlank, operator)
  // A key of blanks only makes it step back over its own beginning, on to the line end before it.
  if (start === operator && operator > at) return { key: text.charAt(at - 1), start: at }
  const key = text.slice(start, skipBack(text, operator, isBlank, start))
  return { key: key.startsWith('export ') ? key.slice(7) : key, start }
}

interface Value {
  /** Undefined: a quote that neither ends nor has a line end behind it. The text is then read as further keys. */
  readonly value: string | undefined
  readonly valueEnd: number
  readonly next: number
}

function readValue(text: string, at: number, end: number): Value {
  const quote = text.charAt(at)
  const isQuoted = at < end && (quote === '"' || quote === "'" || quote === '`')
  const close = isQuoted ? text.indexOf(quote, at + 1) : -1
  if (close !== -1) {
    const inner = text.slice(at + 1, close)
    const value = quote === '"' ? inner.replaceAll('\\n', '\n') : inner
    return { value, valueEnd: close + 1, next: Math.min(find(text, NEWLINE, close + 1, end) + 1, end) }
  }
  const newline = find(text, NEWLINE, at, end)
  const next = Math.min(newline + 1, end)
  if (!isQuoted) {
    const valueEnd = skipBack(text, find(text, HASH, at, newline), isBlank, at)
    return { value: text.slice(at, valueEnd), valueEnd, next }
  }
  if (newline === end) return { value: undefined, valueEnd: at, next: at }
  return { value: text.slice(at, newline), valueEnd: newline, next }
}
