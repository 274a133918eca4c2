import type { Budget } from '../budget.js'
import { BACKSLASH, BACKTICK, DOLLAR, DOUBLE_QUOTE, NEWLINE, SINGLE_QUOTE } from '../chars.js'
import { Refusal } from '../errors.js'
import { readAnsi } from './shell-ansi.js'
import { readVariable } from './shell-variable.js'

/** What one reading of a file knows. */
export interface Shell {
  readonly text: string
  readonly values: Map<string, string>
  /** The variables used by the assignment at hand that the file has not set. */
  readonly unset: string[]
  readonly budget: Budget
  /** The arguments of `export` are brace-expanded, other assignments are not. */
  inExport: boolean
}

export interface Word {
  readonly value: string
  /** The same with its variables as they are written. */
  readonly literal: string
  readonly end: number
}

const BROKEN = 'a variable that goes on in the next line'

/** Deeper nesting than any person writes. */
const DEEPEST = 32

/** Where a piece of a word stands. In `braces` a `}` ends it, in `quotes` a `"`, in a `word` a blank or an operator. */
export type Place = 'word' | 'word in braces' | 'quotes' | 'quotes in braces'

/** The value of an assignment: neither split nor matched against files. */
export function readWord(shell: Shell, at: number, place: Place = 'word', depth = 0): Word {
  if (depth > DEEPEST) throw new Refusal(at, 'variables nested too deeply')
  const start = at
  const out = new Pieces(shell.text, at)
  while (!ends(shell.text, out.at, { place, start })) readPiece(shell, out, { place, depth, start })
  return out.word()
}

/** Collects a word; runs of plain characters are taken in one slice. */
export class Pieces {
  at: number
  #plainFrom: number
  #value = ''
  #literal = ''

  readonly #text: string

  constructor(text: string, at: number) {
    this.#text = text
    this.at = at
    this.#plainFrom = at
  }

  /** Adds `value` for what stands from here to `next`. */
  add(value: string, next: number, literal = value): void {
    const plain = this.#text.slice(this.#plainFrom, this.at)
    this.#value += plain + value
    this.#literal += plain + literal
    this.at = next
    this.#plainFrom = next
  }

  word(): Word {
    this.add('', this.at)
    return { value: this.#value, literal: this.#literal, end: this.at }
  }
}

function ends(text: string, at: number, { place, start }: { place: Place; start: number }): boolean {
  const unit = text.charCodeAt(at)
  if (place === 'word') return at >= text.length || ' \t\n;'.includes(text.charAt(at))
  if (at >= text.length) throw new Refusal(start - 1, 'a quote or brace that does not end')
  return place === 'quotes' ? unit === DOUBLE_QUOTE : text[at] === '}'
}

type Context = { readonly place: Place; readonly depth: number; readonly start: number }

function readPiece(shell: Shell, out: Pieces, context: Context): void {
  const { text } = shell
  const unit = text.charCodeAt(out.at)
  if (unit === BACKSLASH) readEscape(text, out, context)
  else if (unit === BACKTICK) throw new Refusal(out.at, 'this would run a command')
  else if (unit === DOLLAR) readDollar(shell, out, context)
  else if (unit === DOUBLE_QUOTE) readDouble(shell, out, out.at, context)
  else if (unit === SINGLE_QUOTE && context.place !== 'quotes') readSingle(text, out, context)
  else readPlain(shell, out, context)
}

/** In double quotes a backslash is one, save before `$`, a backtick, `"`, a backslash and a line end. */
function readEscape(text: string, out: Pieces, { place }: Context): void {
  const next = text.charAt(out.at + 1)
  const inQuotes = place.startsWith('quotes')
  if (next === '\n') out.add('', out.at + 2)
  else if (next === '') out.add('\\', out.at + 1)
  else if (inQuotes && !(place === 'quotes in braces' && next === '}') && !'$`"\\'.includes(next)) out.at += 2
  else out.add(next, out.at + 2)
}

function readSingle(text: string, out: Pieces, { place }: Context): void {
  if (place === 'quotes in braces') throw new Refusal(out.at, 'quotes within an expansion within quotes')
  const close = text.indexOf("'", out.at + 1)
  if (close === -1) throw new Refusal(out.at, 'a quote that does not end')
  out.add(text.slice(out.at + 1, close), close + 1)
}

function readDouble(shell: Shell, out: Pieces, open: number, { place, depth }: Context): void {
  if (place === 'quotes in braces') throw new Refusal(open, 'quotes within an expansion within quotes')
  const inner = readWord(shell, open + 1, 'quotes', depth + 1)
  out.add(inner.value, inner.end + 1, inner.literal)
}

function readDollar(shell: Shell, out: Pieces, context: Context): void {
  const { text } = shell
  const next = text.charAt(out.at + 1)
  const inQuotes = context.place.startsWith('quotes')
  if (text.startsWith('\\\n', out.at + 1)) throw new Refusal(out.at, BROKEN)
  if (next === '(' || next === '[') throw new Refusal(out.at, 'this would run a command or a calculation')
  if (next === "'" && !inQuotes) {
    const ansi = readAnsi(text, out.at + 2)
    out.add(ansi.value, ansi.end)
  } else if (next === '"' && !inQuotes) readDouble(shell, out, out.at + 1, context)
  else {
    const variable = readVariable(shell, out.at, inQuotes, context.depth)
    if (variable === undefined) out.at++
    else if (text.startsWith('\\\n', variable.end)) throw new Refusal(out.at, BROKEN)
    else out.add(variable.value, variable.end, text.slice(out.at, variable.end))
  }
}

function readPlain({ text, inExport }: Shell, out: Pieces, { place, start }: Context): void {
  const unit = text.charCodeAt(out.at)
  if (place === 'word') {
    if ('&|<>()'.includes(text.charAt(out.at))) throw new Refusal(out.at, 'an operator of the shell, not quoted')
    if (inExport && text[out.at] === '{') throw new Refusal(out.at, 'an unquoted { behind export')
    const begins = out.at === start || ':\n'.includes(text.charAt(out.at - 1))
    if (text[out.at] === '~' && begins) throw new Refusal(out.at, 'an unquoted ~')
  }
  // In braces without quotes the shell looks for pairs of its own; nobody writes that in a .env.
  if (place === 'word in braces' && (unit === NEWLINE || text[out.at] === '~')) {
    throw new Refusal(out.at, 'an expansion that is not followed here')
  }
  out.at++
}
