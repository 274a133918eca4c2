import { chooser, type Random, shuffled, take } from './chance.js'
import { Failure } from './failure.js'
import { SecretValue } from './secret.js'

/** How a value is made; plans hold it as text, so that apply makes what was shown. */
export interface Recipe {
  readonly kind: RecipeKind
  /** In characters. Given by hand, it may be short: `weaknessOf` says so; left out, it is long enough or refused. */
  readonly length?: number
  /** The characters to choose from instead of the kind's own; for `alphanumeric` and `password`. */
  readonly charset?: string
  /** Characters to leave out, such as `0O1lI`; for `alphanumeric` and `password`. */
  readonly exclude?: string
  /** How the bytes of `key128` and `key256` are written; base64 where nothing is said. */
  readonly as?: KeyForm
}
export type RecipeKind = keyof typeof kinds
export type KeyForm = 'base64' | 'base64url' | 'hex'

const LOWER = 'abcdefghijklmnopqrstuvwxyz'
const UPPER = LOWER.toUpperCase()
const DIGITS = '0123456789'
/** Symbols that need no quoting in .env files and shells, and end no part of a URL. */
const SYMBOLS = '-_.!*+=^%,'

/** Each kind with the length that it has where none is given. */
const kinds = { hex: 64, base64url: 43, alphanumeric: 32, password: 32, uuid: 36, key128: 0, key256: 0 } as const
const LONGEST = 4096
/** Below this many bits a guesser has a chance in years to come. */
const STRONG_BITS = 128

/** Makes a value. Every character that may stand at a place is as likely as every other. */
export function generate(recipe: Recipe, random: Random): SecretValue {
  check(recipe)
  const { kind } = recipe
  if (kind === 'uuid') return SecretValue.fromText(uuid(take(random, 16)))
  if (kind === 'key128' || kind === 'key256')
    return SecretValue.fromText(encode(take(random, bytesOf(recipe)), recipe.as ?? 'base64'))
  if (kind === 'hex')
    return SecretValue.fromText(encode(take(random, bytesOf(recipe)), 'hex').slice(0, lengthOf(recipe)))
  if (kind === 'base64url') return SecretValue.fromText(encode(take(random, bytesOf(recipe)), 'base64url'))
  return SecretValue.fromText(characters(recipe, random))
}

/** Bits that a guesser has to find, counted low. */
export function bitsOf(recipe: Recipe): number {
  const { kind } = recipe
  if (kind === 'uuid') return 122
  if (kind === 'hex') return 4 * lengthOf(recipe)
  if (kind !== 'alphanumeric' && kind !== 'password') return 8 * bytesOf(recipe)
  const { all, classes } = choicesOf(recipe)
  const atLeastOnce = kind === 'password' ? classes : []
  const free = (lengthOf(recipe) - atLeastOnce.length) * Math.log2(all.length)
  return Math.floor(free + atLeastOnce.reduce((sum, one) => sum + Math.log2(one.length), 0))
}

/** What to warn of, in words: a recipe that was asked for and is weaker than it should be. */
export function weaknessOf(recipe: Recipe): string | undefined {
  const bits = bitsOf(recipe)
  return bits < STRONG_BITS ? `${bits} bits can be guessed one day; ${STRONG_BITS} or more are advised` : undefined
}

/** `password:24?exclude=0O1lI`: kind, length, and further parts as in a URL's query. */
export function parseRecipe(text: string): Recipe {
  const [head = '', query] = splitAt(text, '?')
  const [kind = '', length] = splitAt(head, ':')
  if (!isKind(kind)) throw fault(`a recipe begins with one of ${Object.keys(kinds).join(', ')}`)
  const recipe: Recipe = { kind, ...(length === undefined ? {} : { length: wholeNumber(length) }), ...partsOf(query) }
  check(recipe)
  return recipe
}

/** The text that `parseRecipe` reads as the same recipe. */
export function formatRecipe(recipe: Recipe): string {
  const parts = (['charset', 'exclude', 'as'] as const).flatMap((name) => {
    const value = recipe[name]
    return value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`]
  })
  const length = recipe.length === undefined ? '' : `:${recipe.length}`
  return `${recipe.kind}${length}${parts.length > 0 ? `?${parts.join('&')}` : ''}`
}

function isKind(text: string): text is RecipeKind {
  return Object.hasOwn(kinds, text)
}

function splitAt(text: string, mark: string): [string, string | undefined] {
  const at = text.indexOf(mark)
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}

function wholeNumber(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw fault('the length of a recipe is a whole number')
  return Number(text)
}

function partsOf(query: string | undefined): Partial<Recipe> {
  if (query === undefined) return {}
  const parts = query.split('&').map((part) => splitAt(part, '='))
  const names = parts.map(([name]) => name)
  const known = ['charset', 'exclude', 'as']
  if (names.some((name) => !known.includes(name)) || new Set(names).size < names.length)
    throw fault(`after "?" a recipe has ${known.join(', ')}, each once`)
  return Object.fromEntries(parts.map(([name, value]) => [name, decoded(value ?? '')]))
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw fault('a "%" in a recipe is written %25', cause)
  }
}

/** All that can be wrong with a recipe, before any byte is drawn. */
function check(recipe: Recipe): void {
  const chosen = recipe.kind === 'alphanumeric' || recipe.kind === 'password'
  const isKey = recipe.kind === 'key128' || recipe.kind === 'key256'
  if (!chosen && (recipe.charset ?? recipe.exclude) !== undefined) throw fault(`${recipe.kind} has its own characters`)
  if (!isKey && recipe.as !== undefined) throw fault(`"as" is for key128 and key256`)
  if (recipe.as !== undefined && !['base64', 'base64url', 'hex'].includes(recipe.as))
    throw fault('"as" is base64, base64url or hex')
  if ((isKey || recipe.kind === 'uuid') && recipe.length !== undefined) throw fault(`${recipe.kind} has its own length`)
  checkLength(recipe)
  if (chosen) checkCharacters(recipe)
  if (recipe.length === undefined && recipe.kind !== 'uuid' && bitsOf(recipe) < STRONG_BITS)
    throw fault(`${weaknessOf(recipe) ?? ''}: take more characters, or give a length`)
}

function checkLength(recipe: Recipe): void {
  const length = recipe.length ?? 1
  if (!Number.isInteger(length) || length < 1 || length > LONGEST) throw fault(`a length is from 1 to ${LONGEST}`)
  if (recipe.kind === 'base64url' && lengthOf(recipe) % 4 === 1)
    throw fault('no base64url text has this length: take one more')
}

function checkCharacters(recipe: Recipe): void {
  const text = `${recipe.charset ?? ''}${recipe.exclude ?? ''}`
  if (/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(text)) throw fault('control characters cannot be chosen from')
  const { all, classes } = choicesOf(recipe)
  if (all.length < 2) throw fault('fewer than two characters are left to choose from')
  if (all.length > 65_536) throw fault('too many characters to choose from')
  if (recipe.kind === 'password' && lengthOf(recipe) < classes.length)
    throw fault(`a password with one of each kind of character has at least ${classes.length}`)
}

function lengthOf(recipe: Recipe): number {
  return recipe.length ?? kinds[recipe.kind]
}

function bytesOf(recipe: Recipe): number {
  if (recipe.kind === 'key128') return 16
  if (recipe.kind === 'key256') return 32
  return recipe.kind === 'hex' ? Math.ceil(lengthOf(recipe) / 2) : Math.floor((lengthOf(recipe) * 6) / 8)
}

function encode(bytes: Uint8Array, form: KeyForm): string {
  return Buffer.from(bytes).toString(form)
}

function uuid(bytes: Uint8Array): string {
  const hex = encode(bytes, 'hex').split('')
  hex[12] = '4'
  hex[16] = '89ab'[Number.parseInt(hex[16] ?? '0', 16) & 3] ?? '8'
  return hex.join('').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

interface Choices {
  readonly all: readonly string[]
  /** The kinds of characters that are among them: small letters, capitals, digits, others. */
  readonly classes: readonly (readonly string[])[]
}

function choicesOf({ kind, charset, exclude = '' }: Recipe): Choices {
  const own = LOWER + UPPER + DIGITS + (kind === 'password' ? SYMBOLS : '')
  const left = new Set(exclude)
  const all = [...new Set(charset ?? own)].filter((char) => !left.has(char))
  const letters = (set: string) => all.filter((char) => set.includes(char))
  const others = all.filter((char) => !`${LOWER}${UPPER}${DIGITS}`.includes(char))
  return { all, classes: [letters(LOWER), letters(UPPER), letters(DIGITS), others].filter((one) => one.length > 0) }
}

/** A password gets one of each kind first, then what it likes, then all are shuffled. */
function characters(recipe: Recipe, random: Random): string {
  const { all, classes } = choicesOf(recipe)
  const below = chooser(random)
  const pick = (from: readonly string[]) => from[below(from.length)] ?? ''
  const first = recipe.kind === 'password' ? classes.map(pick) : []
  const rest = Array.from({ length: lengthOf(recipe) - first.length }, () => pick(all))
  return (first.length > 0 ? shuffled([...first, ...rest], below) : rest).join('')
}

function fault(why: string, cause?: unknown): Failure {
  return new Failure('USAGE', { doing: 'reading a recipe for new values', why }, { cause })
}
