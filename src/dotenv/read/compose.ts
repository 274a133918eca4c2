import { expansionBudget } from '../budget.js'
import { BACKSLASH, DOUBLE_QUOTE, find, HASH, isGoSpace, NEWLINE, SINGLE_QUOTE, skip, skipBack } from '../chars.js'
import { Refusal } from '../errors.js'
import type { Binding, Notes } from '../types.js'
import { type Scope, substitute } from './compose-template.js'

/** What compose-go takes for a blank within a line. */
const isBlank = (unit: number): boolean =>
  unit === 32 || unit === 9 || (unit >= 11 && unit <= 13) || unit === 0x85 || unit === 0xa0

/** Docker Compose (compose-go 2.16), nothing being set in the environment. A BOM in front is passed over. */
export function readCompose(text: string, notes: Notes): Binding[] {
  const bindings: Binding[] = []
  const values = new Map<string, string>()
  const scope: Scope = { values, budget: expansionBudget(text), unset: [], at: 0 }
  let at = nextStatement(text, text.charCodeAt(0) === 0xfeff ? 1 : 0)
  while (at < text.length) {
    const head = readHead(text, at)
    if (head.inherits) {
      if (head.key !== '') notes.note('no-value', at, { key: head.key })
      at = nextStatement(text, head.next)
      continue
    }
    const raw = readValue(text, head)
    scope.at = at
    const binding = bind(raw, head.key, scope, notes)
    values.set(head.key, binding.value)
    bindings.push(binding)
    at = nextStatement(text, raw.next)
  }
  return bindings
}

function bind(raw: Raw, key: string, scope: Scope, notes: Notes): Binding & { readonly value: string } {
  const { literal, valueStart, valueEnd } = raw
  const plain = { key, value: literal, start: scope.at, valueStart, valueEnd }
  if (!raw.expands || !literal.includes('$')) return plain
  scope.unset.length = 0
  const value = substitute(literal, scope)
  if (scope.unset.length > 0) notes.note('unset-variable', scope.at, { key, detail: scope.unset.join(', ') })
  return value === literal ? plain : { ...plain, value, unexpanded: literal }
}

function nextStatement(text: string, from: number): number {
  let at = skip(text, from, isGoSpace)
  while (text.charCodeAt(at) === HASH) at = skip(text, find(text, NEWLINE, at), isGoSpace)
  return at
}

interface Head {
  readonly key: string
  /** Behind `=`. */
  readonly operatorEnd: number
  /** Where the value begins, or the next line. */
  readonly next: number
  /** The name stands alone on its line: its value is whatever the environment has. */
  readonly inherits: boolean
}

/** `export`, and the name up to `=`, `:` or the line's end. */
function readHead(text: string, start: number): Head {
  const from = /^export[\t\n\f\r ]/.test(text.slice(start, start + 7)) ? skip(text, start + 6, isBlank) : start
  if (from === text.length) throw new Refusal(start, 'an export of nothing')
  let at = from
  while (at < text.length && !isKeyEnd(text.charCodeAt(at))) {
    const point = text.codePointAt(at) ?? 0
    if (!isBlank(point) && !isKeyPart(point)) throw new Refusal(at, 'a character that no variable name may have')
    at += point > 0xffff ? 2 : 1
  }
  // The file ends within the name: Compose then reads a nameless variable with that text as its value.
  if (at === text.length) return { key: '', operatorEnd: from, next: skip(text, from, isBlank), inherits: false }
  const key = text.slice(from, skipBack(text, at, isGoSpace, from))
  if (key.includes(' ')) throw new Refusal(from, 'a variable name with a blank in it')
  const inherits = text.charCodeAt(at) === NEWLINE
  return { key, operatorEnd: at + 1, next: skip(text, at + 1, isBlank), inherits }
}

const isKeyEnd = (unit: number): boolean => unit === 61 || unit === 58 || unit === NEWLINE

/** Letters and numbers of any script, `_`, `.`, `-`, `[` and `]`. */
function isKeyPart(point: number): boolean {
  if (point < 128) return /[\w.\-[\]]/.test(String.fromCharCode(point))
  return /[\p{L}\p{N}]/u.test(String.fromCodePoint(point))
}

interface Raw {
  /** Without quotes and comment, with escapes decoded (`\$` as `$$`). */
  readonly literal: string
  readonly expands: boolean
  readonly valueStart: number
  readonly valueEnd: number
  readonly next: number
}

function readValue(text: string, { next: at, operatorEnd }: Head): Raw {
  const unit = text.charCodeAt(at)
  if (unit === SINGLE_QUOTE || unit === DOUBLE_QUOTE) return readQuoted(text, at)
  const lineEnd = find(text, NEWLINE, at)
  let cut = find(text, HASH, at, lineEnd)
  while (cut < lineEnd && (cut === at || text[cut - 1] !== ' ')) cut = find(text, HASH, cut + 1, lineEnd)
  const valueEnd = skipBack(text, cut, isGoSpace, at)
  if (valueEnd === at)
    return { literal: '', expands: false, valueStart: operatorEnd, valueEnd: operatorEnd, next: lineEnd }
  return { literal: text.slice(at, valueEnd), expands: true, valueStart: at, valueEnd, next: lineEnd }
}

/** To the first quote without an active backslash; what follows it on the line is read as a new statement. */
function readQuoted(text: string, open: number): Raw {
  const quote = text.charCodeAt(open)
  const pieces: string[] = []
  let done = open + 1
  let at = done
  while (at < text.length && text.charCodeAt(at) !== quote) {
    const isEscape = text.charCodeAt(at) === BACKSLASH
    if (isEscape && text.charCodeAt(at + 1) === quote) {
      pieces.push(text.slice(done, at))
      done = at + 1
    }
    at += isEscape ? 2 : 1
  }
  if (at >= text.length) throw new Refusal(open, 'a quote that does not end')
  const inner = pieces.join('') + text.slice(done, at)
  const isDouble = quote === DOUBLE_QUOTE
  const literal = isDouble ? decode(inner) : inner
  return { literal, expands: isDouble, valueStart: open, valueEnd: at + 1, next: at + 1 }
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  $: '$$',
  '"': '"',
  '\\': '\\',
}

/** `\c` is left alone; `\0` and three octal digits are a character, with fewer or others only the zero goes. */
function decode(text: string): string {
  return text.replace(/\\(?:[abcfnrtv$"\\]|0[0-9]{0,3})/g, (found) => {
    const simple = ESCAPES[found.charAt(1)]
    if (simple !== undefined) return simple
    if (found.charAt(1) !== '0') return found
    const digits = found.slice(2)
    const point = /^[0-7]{3}$/.test(digits) ? Number.parseInt(digits, 8) : 256
    return point < 256 ? String.fromCharCode(point) : `\\${digits}`
  })
}
