import {
  BACKSLASH,
  DOUBLE_QUOTE,
  isNamePart,
  isNameStart,
  NEWLINE,
  RETURN,
  SINGLE_QUOTE,
  skip,
  skipBack,
} from '../chars.js'
import type { Binding, Notes } from '../types.js'

const isNewline = (unit: number): boolean => unit === NEWLINE || unit === RETURN
const isBlank = (unit: number): boolean => unit === 32 || unit === 9
const isSpace = (unit: number): boolean => isBlank(unit) || isNewline(unit)
const isComment = (unit: number): boolean => unit === 35 || unit === 59

/** systemd's `EnvironmentFile=` (254 and later). Names that no variable may have are dropped, as it does. */
export function readSystemd(text: string, notes: Notes): Binding[] {
  const bindings: Binding[] = []
  for (let at = skip(text, 0, isSpace); at < text.length; at = skip(text, at, isSpace)) {
    if (isComment(text.charCodeAt(at))) {
      at = commentEnd(text, at)
      continue
    }
    // The first character is part of the name even where it is `=`.
    const operator = skip(text, at + 1, (unit) => unit !== 61 && !isNewline(unit))
    if (text.charCodeAt(operator) !== 61) {
      notes.note('not-an-assignment', at)
      at = operator
      continue
    }
    const key = text.slice(at, skipBack(text, operator, isBlank, at))
    const value = readValue(text, operator + 1)
    if (isName(key)) {
      bindings.push({ key, value: value.value, start: at, valueStart: value.valueStart, valueEnd: value.valueEnd })
    } else notes.note('dropped', at, { key, detail: 'not a valid name' })
    at = value.next
  }
  return bindings
}

/** A backslash hides the character behind it, but ends no comment later than its line. */
function commentEnd(text: string, from: number): number {
  return skip(text, from, (unit) => !isNewline(unit))
}

interface Value {
  readonly value: string
  readonly valueStart: number
  readonly valueEnd: number
  readonly next: number
}

/** Quoted pieces and blanks between them may stand before unquoted text, in which quotes are plain characters. */
function readValue(text: string, from: number): Value {
  let value = ''
  let at = skip(text, from, isBlank)
  const valueStart = at
  while (text.charCodeAt(at) === SINGLE_QUOTE || text.charCodeAt(at) === DOUBLE_QUOTE) {
    const piece = text.charCodeAt(at) === SINGLE_QUOTE ? readSingle(text, at) : readDouble(text, at)
    value += piece.value
    at = skip(text, piece.next, isBlank)
  }
  const bare = readBare(text, at)
  const written = bare.valueEnd > at ? bare.valueEnd : skipBack(text, at, isBlank, valueStart)
  if (written === valueStart) return { value, valueStart: from, valueEnd: from, next: bare.next }
  return { value: value + bare.value, valueStart, valueEnd: written, next: bare.next }
}

interface Piece {
  readonly value: string
  readonly next: number
}

/** An unfinished quote holds the rest of the file. */
function readSingle(text: string, open: number): Piece {
  const close = text.indexOf("'", open + 1)
  if (close === -1) return { value: text.slice(open + 1), next: text.length }
  return { value: text.slice(open + 1, close), next: close + 1 }
}

function readDouble(text: string, open: number): Piece {
  let value = ''
  let done = open + 1
  let at = done
  while (at < text.length && text.charCodeAt(at) !== DOUBLE_QUOTE) {
    if (text.charCodeAt(at) !== BACKSLASH) {
      at++
      continue
    }
    const escaped = text.charAt(at + 1)
    value += text.slice(done, at)
    if (escaped === '\n' || escaped === '') done = at + 2
    else done = '"\\`$'.includes(escaped) ? at + 1 : at
    at += 2
  }
  const end = Math.min(at, text.length)
  return { value: value + (done < end ? text.slice(done, end) : ''), next: Math.min(at + 1, text.length) }
}

/** A backslash stands for the character behind it, a line end behind it is eaten; blanks at the end go. */
function readBare(text: string, from: number): { value: string; valueEnd: number; next: number } {
  let value = ''
  let blanks = ''
  let valueEnd = from
  let at = from
  while (at < text.length && !isNewline(text.charCodeAt(at))) {
    const isEscape = text.charCodeAt(at) === BACKSLASH
    const unit = text.charAt(isEscape ? at + 1 : at)
    at += isEscape ? 2 : 1
    if (!isEscape && isBlank(unit.charCodeAt(0))) {
      blanks += unit
      continue
    }
    value += blanks + (isEscape && isSpaceEaten(unit) ? '' : unit)
    blanks = ''
    valueEnd = Math.min(at, text.length)
  }
  return { value, valueEnd, next: Math.min(at, text.length) }
}

const isSpaceEaten = (unit: string): boolean => unit === '\n' || unit === '\r'

const isName = (key: string): boolean => isNameStart(key.charCodeAt(0)) && skip(key, 0, isNamePart) === key.length
