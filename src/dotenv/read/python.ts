import { type Budget, expansionBudget } from '../budget.js'
import {
  BACKSLASH,
  DOUBLE_QUOTE,
  EQUALS,
  find,
  HASH,
  isPythonSpace,
  NEWLINE,
  SINGLE_QUOTE,
  skip,
  skipBack,
} from '../chars.js'
import type { Binding, Notes } from '../types.js'

const isBlank = (unit: number): boolean => isPythonSpace(unit) && unit !== NEWLINE

/** python-dotenv 1.2, `dotenv_values(path)`: Python has made each `\r\n` and `\r` a `\n` before. */
export function readPython(text: string, notes: Notes): Binding[] {
  const bindings: Binding[] = []
  const values = new Map<string, string | undefined>()
  const budget = expansionBudget(text)
  let at = skip(text, 0, isPythonSpace)
  while (at < text.length) {
    const statement = readStatement(text, at)
    if (statement.binding === 'error') notes.note('not-an-assignment', at)
    else if (statement.binding !== 'comment') {
      const binding = expand(statement.binding, { values, budget, notes })
      values.set(binding.key, binding.value)
      bindings.push(binding)
    }
    at = skip(text, statement.next, isPythonSpace)
  }
  return bindings
}

interface Statement {
  readonly binding: Binding | 'comment' | 'error'
  readonly next: number
}

/** One binding and the rest of its line; where that does not fit, the rest of the line is passed over. */
function readStatement(text: string, start: number): Statement {
  const exported = text.startsWith('export', start) ? skip(text, start + 6, isBlank) : start
  const keyStart = exported > start + 6 ? exported : start
  if (text.charCodeAt(keyStart) === HASH) return { binding: 'comment', next: find(text, NEWLINE, keyStart) }
  const key = readKey(text, keyStart)
  if (key === undefined) return { binding: 'error', next: find(text, NEWLINE, keyStart) }
  const operator = skip(text, key.end, isBlank)
  if (text.charCodeAt(operator) !== EQUALS) {
    const bare = { key: key.name, value: undefined, start, valueStart: operator, valueEnd: operator }
    return endOfLine(text, operator, bare)
  }
  const valueStart = skip(text, operator + 1, isBlank)
  const value = readValue(text, valueStart)
  if (value === undefined) return { binding: 'error', next: find(text, NEWLINE, valueStart) }
  return endOfLine(text, value.next, {
    key: key.name,
    value: value.value,
    start,
    valueStart,
    valueEnd: value.valueEnd,
  })
}

function readKey(text: string, at: number): { name: string; end: number } | undefined {
  if (text.charCodeAt(at) === SINGLE_QUOTE) {
    const close = text.indexOf("'", at + 1)
    return close > at + 1 ? { name: text.slice(at + 1, close), end: close + 1 } : undefined
  }
  const end = skip(text, at, (unit) => unit !== EQUALS && unit !== HASH && !isPythonSpace(unit))
  return end > at ? { name: text.slice(at, end), end } : undefined
}

/** Behind the value only a comment may stand. */
function endOfLine(text: string, at: number, binding: Binding): Statement {
  const next = skip(text, at, isBlank)
  const lineEnd = find(text, NEWLINE, next)
  const isClean = next === lineEnd || text.charCodeAt(next) === HASH
  return { binding: isClean ? binding : 'error', next: lineEnd }
}

interface Value {
  readonly value: string
  readonly valueEnd: number
  readonly next: number
}

function readValue(text: string, at: number): Value | undefined {
  const unit = text.charCodeAt(at)
  if (unit === SINGLE_QUOTE || unit === DOUBLE_QUOTE) return readQuoted(text, at)
  const lineEnd = find(text, NEWLINE, at)
  const valueEnd = skipBack(text, commentStart(text, at, lineEnd), isPythonSpace, at)
  return { value: text.slice(at, valueEnd), valueEnd, next: lineEnd }
}

/** The first blank of those before the first `#` that has one before it. */
function commentStart(text: string, at: number, end: number): number {
  for (let hash = find(text, HASH, at, end); hash < end; hash = find(text, HASH, hash + 1, end)) {
    if (hash > at && isPythonSpace(text.charCodeAt(hash - 1))) return hash
  }
  return end
}

/** To the first quote without a backslash before it, or, where there is none, to the file's last one with. */
function readQuoted(text: string, open: number): Value | undefined {
  const quote = text.charAt(open)
  let close = -1
  for (let at = text.indexOf(quote, open + 1); at !== -1; at = text.indexOf(quote, at + 1)) {
    close = at
    if (text.charCodeAt(at - 1) !== BACKSLASH) break
  }
  if (close === -1) return undefined
  const inner = text.slice(open + 1, close)
  const value = quote === "'" ? inner.replace(/\\([\\'])/g, '$1') : inner.replace(/\\([\\'"abfnrtv])/g, unescaped)
  return { value, valueEnd: close + 1, next: close + 1 }
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

const unescaped = (_: string, name: string): string => ESCAPES[name] ?? name

interface Known {
  readonly values: ReadonlyMap<string, string | undefined>
  readonly budget: Budget
  readonly notes: Notes
}

/** Puts in `${NAME}` and `${NAME:-default}`, whatever quotes stand around them. */
function expand(binding: Binding, known: Known): Binding {
  const { value: written, key, start } = binding
  if (written === undefined) known.notes.note('no-value', start, { key })
  if (written === undefined || !written.includes('${')) return binding
  const unset: string[] = []
  const value = expandPython(written, (name, fallback) => {
    if (!known.values.has(name) && fallback === undefined) unset.push(name)
    const found = known.values.has(name) ? known.values.get(name) : fallback
    known.budget.spend(found?.length ?? 0, start)
    return found ?? ''
  })
  if (unset.length > 0) known.notes.note('unset-variable', start, { key, detail: unset.join(', ') })
  return value === written ? binding : { ...binding, value, unexpanded: written }
}

/** A name is anything without `}` and `:`, a default anything without `}`. */
function expandPython(text: string, lookUp: (name: string, fallback: string | undefined) => string): string {
  let out = ''
  let done = 0
  let at = text.indexOf('${')
  let stop = -1
  let brace = -1
  while (at !== -1) {
    if (brace < at + 2) brace = text.indexOf('}', at + 2)
    if (brace === -1) break
    if (stop < at + 2) stop = skip(text, at + 2, (unit) => unit !== 125 && unit !== 58)
    const isPlain = stop === brace
    if (isPlain || text.startsWith(':-', stop)) {
      out += text.slice(done, at)
      out += lookUp(text.slice(at + 2, stop), isPlain ? undefined : text.slice(stop + 2, brace))
      done = brace + 1
    }
    at = text.indexOf('${', Math.max(done, at + 1))
  }
  return out + text.slice(done)
}
