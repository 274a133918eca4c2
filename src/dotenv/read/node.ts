import { find, HASH, NEWLINE, SPACE, skip, skipBack } from '../chars.js'
import type { Binding, Notes } from '../types.js'

const isBlank = (unit: number): boolean => unit === SPACE || unit === 9 || unit === NEWLINE

/**
 * `util.parseEnv` of Node 24, over the text without any `\r`. Its one trap: blanks behind `=` may be line ends, so
 * that `A= ` takes the whole next line as its value.
 */
export function readNode(text: string, notes: Notes): Binding[] {
  const bindings: Binding[] = []
  const end = skipBack(text, text.length, isBlank)
  let at = skip(text, 0, isBlank, end)
  while (at < end) {
    if (isSkipped(text, at)) {
      at = Math.min(find(text, NEWLINE, at, end) + 1, end)
      continue
    }
    const operator = skip(text, at, (unit) => unit !== 61 && unit !== NEWLINE, end)
    if (operator === end || text.charCodeAt(operator) === NEWLINE) {
      notes.note('not-an-assignment', at)
      at = skip(text, Math.min(operator + 1, end), isBlank, end)
      continue
    }
    at = readAssignment(text, { at, operator, end }, bindings)
  }
  return bindings
}

/** A line end, or a comment that is not indented: after others than a quoted value indents are gone already. */
const isSkipped = (text: string, at: number): boolean => text[at] === '\n' || text[at] === '#'

/** Adds the assignment and says where to go on. */
function readAssignment(text: string, where: { at: number; operator: number; end: number }, into: Binding[]): number {
  const { at, operator, end } = where
  const start = skip(text, at, isBlank, operator)
  const key = text.slice(start, skipBack(text, operator, isBlank, start))
  const from = operator + 1
  if (from === end || text[from] === '\n') {
    into.push({ key, value: '', start, valueStart: from, valueEnd: from })
    return from
  }
  const valueStart = skip(text, from, isBlank, end)
  if (key === '') return valueStart
  const value = readValue(text, valueStart, end)
  into.push({ key: withoutExport(key), value: value.value, start, valueStart, valueEnd: value.valueEnd })
  return value.next
}

/** Only here, behind the test for an empty value: `export A=` is a key with a blank in it. */
function withoutExport(key: string): string {
  if (!key.startsWith('export ')) return key
  return key.slice(skip(key, 7, isBlank))
}

function readValue(text: string, at: number, end: number): { value: string; valueEnd: number; next: number } {
  const quote = text.charAt(at)
  const isQuoted = quote === '"' || quote === "'" || quote === '`'
  const close = isQuoted ? text.indexOf(quote, at + 1) : -1
  if (close !== -1) {
    const inner = text.slice(at + 1, close)
    const value = quote === '"' ? inner.replaceAll('\\n', '\n') : inner
    // No blanks are skipped here, so an indented comment on the next line is no comment any more.
    return { value, valueEnd: close + 1, next: Math.min(find(text, NEWLINE, close + 1, end) + 1, end) }
  }
  const newline = find(text, NEWLINE, at, end)
  const cut = isQuoted ? newline : find(text, HASH, at, newline)
  const valueEnd = isQuoted ? newline : skipBack(text, cut, isBlank, at)
  return { value: text.slice(at, valueEnd), valueEnd, next: skip(text, Math.min(newline + 1, end), isBlank, end) }
}
