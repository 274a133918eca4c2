import { isDigit, isNamePart, isNameStart, skip } from '../chars.js'
import { Refusal } from '../errors.js'
import { isSetElsewhere } from './shell-names.js'
import { readWord, type Shell } from './shell-word.js'

interface Found {
  readonly value: string
  readonly end: number
}

/** `$NAME`, `${NAME}` and the operators that need no calculation; undefined where the `$` is a plain character. */
export function readVariable(shell: Shell, at: number, inQuotes: boolean, depth: number): Found | undefined {
  const { text } = shell
  const next = text.charCodeAt(at + 1)
  if (text[at + 1] === '{') return readBraced(shell, at, inQuotes, depth)
  if (isNameStart(next)) {
    const end = skip(text, at + 1, isNamePart)
    return { value: lookUp(shell, text.slice(at + 1, end), at) ?? '', end }
  }
  // A sourced file has the shell's arguments: none.
  if (isDigit(next) && text[at + 1] !== '0') return { value: '', end: at + 2 }
  if (text[at + 1] === '@' || text[at + 1] === '*') return { value: '', end: at + 2 }
  if (text[at + 1] === '#') return { value: '0', end: at + 2 }
  if (at + 1 < text.length && '0$!?-'.includes(text.charAt(at + 1))) {
    throw new Refusal(at, 'a parameter of the running shell')
  }
  return undefined
}

function lookUp(shell: Shell, name: string, at: number): string | undefined {
  const value = shell.values.get(name)
  if (value === undefined) {
    if (isSetElsewhere(name)) throw new Refusal(at, `the value of ${name} is not in the file`)
    shell.unset.push(name)
  }
  shell.budget.spend(value?.length ?? 0, at)
  return value
}

function readBraced(shell: Shell, at: number, inQuotes: boolean, depth: number): Found {
  const { text } = shell
  const isLength = text[at + 2] === '#' && isNameStart(text.charCodeAt(at + 3))
  const nameStart = at + (isLength ? 3 : 2)
  const nameEnd = isNameStart(text.charCodeAt(nameStart)) ? skip(text, nameStart, isNamePart) : nameStart
  const name = text.slice(nameStart, nameEnd)
  const isPlain = text[nameEnd] === '}'
  if (name === '' || (isLength && !isPlain)) throw new Refusal(at, 'an expansion that is not followed here')
  if (isPlain) {
    const value = lookUp(shell, name, at) ?? ''
    return { value: isLength ? String([...value].length) : value, end: nameEnd + 1 }
  }
  const operator = /^:?[-+?]/.exec(text.slice(nameEnd, nameEnd + 2))?.[0]
  if (operator === undefined) return readSubstring(shell, { at, name, nameEnd })
  return readOperator(shell, { at, name, operator, wordStart: nameEnd + operator.length }, { inQuotes, depth })
}

/** `${NAME:offset}` calculates, but not where the variable is unset or empty: then the result is empty. */
function readSubstring(shell: Shell, { at, name, nameEnd }: { at: number; name: string; nameEnd: number }): Found {
  const close = shell.text.indexOf('}', nameEnd)
  const expression = shell.text.slice(nameEnd + 1, close)
  const isKnown = shell.text[nameEnd] === ':' && close !== -1 && /^[\w:.-]+$/.test(expression)
  if (!isKnown) throw new Refusal(at, 'an expansion that is not followed here')
  if (lookUp(shell, name, at)) throw new Refusal(at, 'this would run a calculation')
  return { value: '', end: close + 1 }
}

interface Operation {
  readonly at: number
  readonly name: string
  readonly operator: string
  readonly wordStart: number
}

/** The word is read whether it is used or not; what it lacks counts only where it is used. */
function readOperator(shell: Shell, operation: Operation, how: { inQuotes: boolean; depth: number }): Found {
  const { at, name, operator, wordStart } = operation
  const value = shell.values.get(name)
  if (value === undefined && isSetElsewhere(name)) throw new Refusal(at, `the value of ${name} is not in the file`)
  const isThere = value !== undefined && !(operator.startsWith(':') && value === '')
  if (operator.endsWith('?') && !isThere) throw new Refusal(at, `${name} is required and not set before`)
  const takesWord = operator.endsWith('+') ? isThere : operator.endsWith('-') && !isThere
  const noted = shell.unset.length
  const word = readWord(shell, wordStart, how.inQuotes ? 'quotes in braces' : 'word in braces', how.depth + 1)
  if (!takesWord) shell.unset.length = noted
  const result = takesWord ? word.value : operator.endsWith('+') ? '' : (value ?? '')
  shell.budget.spend(result.length, at)
  return { value: result, end: word.end + 1 }
}
