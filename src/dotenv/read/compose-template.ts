import type { Budget } from '../budget.js'
import { isDigit, isNameStart, NEWLINE, skip } from '../chars.js'
import { Refusal } from '../errors.js'

export interface Scope {
  readonly values: ReadonlyMap<string, string>
  readonly budget: Budget
  /** Collects the variables that are looked up without a default and not set. */
  readonly unset: string[]
  /** Where a refusal is reported. */
  at: number
}

/** Deeper nesting than any person writes; each level may read its text once more. */
const DEEPEST = 64

/** K (Kelvin) and ſ (long s) are letters of a to z when case is folded, as it is in the original's expression. */
const isVariableStart = (unit: number): boolean => isNameStart(unit) || unit === 0x212a || unit === 0x17f
const isVariablePart = (unit: number): boolean => isVariableStart(unit) || isDigit(unit)

/** compose-go's template: `$$`, `$NAME`, `${NAME}` and the operators `:-` `-` `:+` `+` `:?` `?`. */
export function substitute(text: string, scope: Scope, depth = 0): string {
  if (depth > DEEPEST) throw new Refusal(scope.at, 'variables nested too deeply')
  let out = ''
  let done = 0
  let lastBrace = -1
  for (let at = text.indexOf('$'); at !== -1; at = text.indexOf('$', Math.max(done, at + 1))) {
    const next = text.charCodeAt(at + 1)
    const isBraced = text[at + 1] === '{'
    if (!isBraced && text[at + 1] !== '$' && !isVariableStart(next)) continue
    out += text.slice(done, at)
    if (text[at + 1] === '$') {
      out += '$'
      done = at + 2
    } else if (isBraced) {
      if (lastBrace < at) lastBrace = lastBraceOfLine(text, at)
      const braced = readBraced(text, at, lastBrace, scope)
      out += outcome(braced, scope, depth)
      done = braced.next
    } else {
      done = skip(text, at + 1, isVariablePart)
      out += lookUp(text.slice(at + 1, done), scope)
    }
  }
  return out + text.slice(done)
}

interface Braced {
  readonly name: string
  /** Absent: `${NAME}`. */
  readonly operator?: string
  readonly word: string
  readonly next: number
}

const OPERATOR = /^:?[-+?]/

function readBraced(text: string, at: number, lastBrace: number, scope: Scope): Braced {
  const nameStart = at + 2
  const nameEnd = isVariableStart(text.charCodeAt(nameStart)) ? skip(text, nameStart, isVariablePart) : nameStart
  const name = text.slice(nameStart, nameEnd)
  if (name !== '' && text[nameEnd] === '}') return { name, word: '', next: nameEnd + 1 }
  const operator = OPERATOR.exec(text.slice(nameEnd, nameEnd + 2))?.[0]
  const wordStart = nameEnd + (operator?.length ?? 0)
  if (name === '' || operator === undefined || lastBrace < wordStart) {
    throw new Refusal(scope.at, 'an invalid template: a variable of a form that Compose does not know')
  }
  const close = closingBrace(text, at, lastBrace)
  return { name, operator, word: text.slice(wordStart, close), next: close + 1 }
}

/** The expression's `.*` reaches to the last brace before the line's end. */
function lastBraceOfLine(text: string, at: number): number {
  const lineEnd = skip(text, at, (unit) => unit !== NEWLINE)
  return text.lastIndexOf('}', lineEnd)
}

/** The brace that balances the first; the unit behind an opening brace is not looked at. The last one if none does. */
function closingBrace(text: string, from: number, last: number): number {
  let open = 0
  for (let at = from; at <= last; at++) {
    if (text[at] === '}' && --open === 0) return at
    if (text[at] === '{') {
      open++
      at++
    }
  }
  return last
}

function outcome({ name, operator, word }: Braced, scope: Scope, depth: number): string {
  if (operator === undefined) return lookUp(name, scope)
  const value = scope.values.get(name)
  const isThere = value !== undefined && !(operator.startsWith(':') && value === '')
  if (operator.endsWith('?') && !isThere) {
    throw new Refusal(scope.at, `the required variable ${name} is not set before`)
  }
  const takesWord = operator.endsWith('+') ? isThere : operator.endsWith('-') && !isThere
  if (takesWord) return substitute(word, scope, depth + 1)
  scope.budget.spend(value?.length ?? 0, scope.at)
  return value ?? ''
}

function lookUp(name: string, scope: Scope): string {
  const value = scope.values.get(name)
  if (value === undefined) scope.unset.push(name)
  scope.budget.spend(value?.length ?? 0, scope.at)
  return value ?? ''
}
