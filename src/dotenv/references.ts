import { isNamePart, isNameStart, skip } from './chars.js'
import { parseEnv } from './parse.js'

/** A piece of a value: text, or a variable as some reader would put it in. */
type Piece = string | Variable

interface Variable {
  readonly name: string
  /** `$NAME` rather than `${NAME}`: only Compose and shells take it for a variable. */
  readonly isBare: boolean
  /** `${NAME:-text}` or `${NAME:+text}`: there is more in it than a name. */
  readonly hasText: boolean
}

/**
 * The keys that a value is made of, where it is nothing but references to them (`${DB_PASSWORD}`), or a URL whose
 * password is nothing but that (`postgres://u:${DB_PASSWORD}@h/db`). Such a value holds no secret of its own.
 * `$NAME` counts only in capitals: in small letters it is more likely a password.
 */
export function mereReference(value: string): string[] | undefined {
  const pieces = piecesOf(value)
  const variables = pieces.filter((piece) => typeof piece !== 'string')
  const isClear = variables.every(({ name, isBare, hasText }) => !hasText && !(isBare && name !== name.toUpperCase()))
  if (variables.length === 0 || !isClear) return undefined
  const isMere = pieces.every((piece) => typeof piece !== 'string' || SEPARATORS.test(piece))
  return isMere || isUrlOfReferences(pieces) ? [...new Set(variables.map(({ name }) => name))] : undefined
}

/** The assignments that use one of the keys: whoever expands them will see what stands there after a migration. */
export function expands(
  text: string,
  keys: Iterable<string>,
): { readonly key: string; readonly line: number; readonly uses: readonly string[] }[] {
  const wanted = new Set(keys)
  return parseEnv(text, { dialect: 'dotenv' }).entries.flatMap(({ key, line, value, duplicate }) => {
    const uses = new Set(variablesOf(value).filter((name) => wanted.has(name) && name !== key))
    return duplicate || uses.size === 0 ? [] : [{ key, line, uses: [...uses] }]
  })
}

/** The names of the variables in a value, in order, each as often as it is used. */
function variablesOf(value: string): string[] {
  return piecesOf(value).flatMap((piece) => (typeof piece === 'string' ? [] : [piece.name]))
}

const SEPARATORS = /^[:/@._,;|+ -]*$/

/** Stands for a variable while the rest of the URL is looked at. */
const MARK = '\u0001'
const MARKS = new RegExp(`^${MARK}+$`)

function isUrlOfReferences(pieces: readonly Piece[]): boolean {
  const marked = pieces.map((piece) => (typeof piece === 'string' ? piece.replaceAll(MARK, ' ') : MARK)).join('')
  const authority = /^[a-zA-Z][a-zA-Z0-9+.-]*:\/\/([^/?#]*)/.exec(marked)?.[1]
  const at = authority?.lastIndexOf('@') ?? -1
  if (authority === undefined || at === -1) return false
  const user = authority.slice(0, at)
  const colon = user.indexOf(':')
  return MARKS.test(colon === -1 ? user : user.slice(colon + 1))
}

function piecesOf(value: string): Piece[] {
  const pieces: Piece[] = []
  const lastBrace = value.lastIndexOf('}')
  let done = 0
  for (let at = value.indexOf('$'); at !== -1; at = value.indexOf('$', Math.max(done, at + 1))) {
    const found = variableAt(value, at, lastBrace)
    // `$$` and `\$` are ways to write a plain `$`.
    if (value[at + 1] === '$') at++
    if (found === undefined || value[at - 1] === '\\') continue
    if (at > done) pieces.push(value.slice(done, at))
    pieces.push(found.variable)
    done = found.end
  }
  return done < value.length ? [...pieces, value.slice(done)] : pieces
}

function variableAt(value: string, at: number, lastBrace: number): { variable: Variable; end: number } | undefined {
  const isBare = value[at + 1] !== '{'
  const start = at + (isBare ? 1 : 2)
  if (!isNameStart(value.charCodeAt(start))) return undefined
  const nameEnd = skip(value, start, isNamePart)
  const name = value.slice(start, nameEnd)
  if (isBare) return { variable: { name, isBare, hasText: false }, end: nameEnd }
  if (lastBrace < nameEnd) return undefined
  const operator = /^:?[-+?]/.exec(value.slice(nameEnd, nameEnd + 2))?.[0] ?? ''
  const isPlain = operator === ''
  const textStart = nameEnd + operator.length
  const close = isPlain ? textStart : skip(value, textStart, (unit) => unit !== 125)
  if (value[close] !== '}') return undefined
  const hasText = operator.endsWith('+') || (operator.endsWith('-') && close > textStart)
  return { variable: { name, isBare, hasText }, end: close + 1 }
}
