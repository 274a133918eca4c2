import { expansionBudget } from '../budget.js'
import { BACKSLASH, EQUALS, find, HASH, isNamePart, isNameStart, NEWLINE, skip } from '../chars.js'
import { Refusal } from '../errors.js'
import type { Binding, Notes } from '../types.js'
import { whyUnknowable } from './shell-names.js'
import { readWord, type Shell } from './shell-word.js'

const isBlank = (unit: number): boolean => unit === 32 || unit === 9

/**
 * `set -a; . ./.env` in bash, for files that only assign. Nothing is ever run: whatever would run a command, or
 * depends on more than the file, is refused.
 */
export function readShell(text: string, notes: Notes): Binding[] {
  const bindings: Binding[] = []
  const shell: Shell = { text, values: new Map(), unset: [], budget: expansionBudget(text), inExport: false }
  let at = 0
  while (at < text.length) {
    at = skipBlanks(text, at)
    const unit = text.charCodeAt(at)
    if (at >= text.length) break
    if (unit === NEWLINE) at++
    else if (unit === HASH) at = find(text, NEWLINE, at)
    else at = readCommand(shell, at, bindings, notes)
  }
  return bindings
}

/** Blanks, and line ends with a backslash before them. */
function skipBlanks(text: string, from: number): number {
  let at = skip(text, from, isBlank)
  while (text.startsWith('\\\n', at)) at = skip(text, at + 2, isBlank)
  return at
}

/** `NAME=value …` or `export NAME=value NAME …`, up to a line end, a `;` or a comment. */
function readCommand(shell: Shell, start: number, into: Binding[], notes: Notes): number {
  const { text } = shell
  if (text[start] === ';') throw new Refusal(start, 'a syntax error to the shell')
  shell.inExport = /^export(?:[ \t\n;]|$)/.test(text.slice(start, start + 7))
  const arguments_ = shell.inExport ? skipBlanks(text, start + 6) : start
  const assigned: Assigned[] = []
  let at = arguments_
  while (!endsCommand(text, at)) {
    const { end, binding } = readArgument(shell, at, at === arguments_ ? start : at, notes)
    at = afterWord(text, end)
    if (binding === undefined) continue
    assigned.push(binding)
    // The arguments of `export` are all expanded before the first is set.
    if (!shell.inExport) shell.values.set(binding.key, binding.value)
  }
  if (at === arguments_) throw new Refusal(start, 'this would run a command')
  for (const { key, value } of assigned) shell.values.set(key, value)
  into.push(...assigned)
  return text[at] === ';' ? afterSemicolon(text, at) : at
}

type Assigned = Binding & { readonly value: string }

/** An assignment, or behind `export` a name alone, which sets nothing. */
function readArgument(shell: Shell, at: number, start: number, notes: Notes): { end: number; binding?: Assigned } {
  const { text } = shell
  const nameEnd = isNameStart(text.charCodeAt(at)) ? skip(text, at, isNamePart) : at
  const key = text.slice(at, nameEnd)
  if (key !== '' && text.charCodeAt(nameEnd) === EQUALS) {
    const binding = assign(shell, { start, key, valueStart: nameEnd + 1 }, notes)
    return { end: binding.valueEnd, binding }
  }
  if (shell.inExport && key !== '' && endsWord(text, nameEnd)) return { end: nameEnd }
  throw new Refusal(at, 'this would run a command')
}

/** At the next word, which a blank must precede. */
function afterWord(text: string, at: number): number {
  const next = skipBlanks(text, at)
  const isComment = next > at && text.charCodeAt(next) === HASH
  return isComment ? find(text, NEWLINE, next) : next
}

function endsCommand(text: string, at: number): boolean {
  return at >= text.length || text.charCodeAt(at) === NEWLINE || text[at] === ';'
}

const endsWord = (text: string, at: number): boolean =>
  endsCommand(text, at) || isBlank(text.charCodeAt(at)) || (text.charCodeAt(at) === BACKSLASH && text[at + 1] === '\n')

/** `;;` belongs to `case`, and nothing may be left out before a `;`. */
function afterSemicolon(text: string, at: number): number {
  const next = skipBlanks(text, at + 1)
  if (text[next] === ';') throw new Refusal(next, 'a syntax error to the shell')
  return next
}

function assign(shell: Shell, place: { start: number; key: string; valueStart: number }, notes: Notes): Assigned {
  const { key, start, valueStart } = place
  const why = whyUnknowable(key)
  if (why !== undefined) throw new Refusal(start, why)
  shell.unset.length = 0
  const word = readWord(shell, valueStart)
  if (shell.unset.length > 0) notes.note('unset-variable', start, { key, detail: [...new Set(shell.unset)].join(', ') })
  const unexpanded = word.literal === word.value ? {} : { unexpanded: word.literal }
  return { key, value: word.value, ...unexpanded, start, valueStart, valueEnd: word.end }
}
