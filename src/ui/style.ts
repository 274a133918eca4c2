import { Chalk, type ChalkInstance } from 'chalk'

/**
 * Colour travels through text as markers, made of characters that Unicode keeps for a program's own use, so that
 * tables and reports are pure strings and only the writer knows the terminal. `visible` escapes them in foreign text.
 */
const OPEN = '\ufdd0'
const CLOSE = '\ufdd1'

const paints = {
  g: (chalk: ChalkInstance) => chalk.green,
  r: (chalk: ChalkInstance) => chalk.red,
  y: (chalk: ChalkInstance) => chalk.yellow,
  d: (chalk: ChalkInstance) => chalk.dim,
  b: (chalk: ChalkInstance) => chalk.bold,
} as const
type Paint = keyof typeof paints

const mark =
  (paint: Paint) =>
  (text: string): string =>
    text === '' ? '' : `${OPEN}${paint}${text}${CLOSE}`

/** Done, equal, added. */
export const good = mark('g')
/** Failed, missing, removed. */
export const bad = mark('r')
/** Look here: changed, in doubt, overdue. */
export const warn = mark('y')
/** Said for completeness. */
export const dim = mark('d')
/** What was asked. */
export const bold = mark('b')

const MARKERS = /\ufdd0[a-z]?|\ufdd1/g
const MARKED = /\ufdd0([a-z])([^\ufdd0\ufdd1]*)\ufdd1/g

/** The text without its markers. */
export const unstyled = (text: string): string => text.replaceAll(MARKERS, '')

/** Where a marker begins at `index`, how long it is; 0 elsewhere. */
export function markerAt(text: string, index: number): number {
  if (text[index] === CLOSE) return 1
  return text[index] === OPEN ? 2 : 0
}

/** Ends what a cut left open. */
export const closed = (text: string): string => (text.lastIndexOf(OPEN) > text.lastIndexOf(CLOSE) ? text + CLOSE : text)

/** Turns markers into colour, or drops them. */
export function paint(text: string, color: boolean): string {
  if (!text.includes(OPEN)) return unstyled(text)
  return color ? unstyled(text.replaceAll(MARKED, painted)) : unstyled(text)
}

const chalk = new Chalk({ level: 1 })

function painted(_all: string, letter: string, inner: string): string {
  return letter in paints ? paints[letter as Paint](chalk)(inner) : inner
}

export interface ColorFacts {
  readonly isTTY: boolean
  readonly env: Readonly<Record<string, string | undefined>>
  readonly color: 'auto' | 'always' | 'never'
}

/** A flag wins over NO_COLOR, that over FORCE_COLOR, that over what the stream is. */
export function colorWanted({ isTTY, env, color }: ColorFacts): boolean {
  if (color !== 'auto') return color === 'always'
  if (isSet(env['NO_COLOR'])) return false
  const forced = env['FORCE_COLOR']
  if (forced !== undefined) return forced !== '0' && forced !== 'false'
  return isTTY && env['TERM'] !== 'dumb'
}

const isSet = (value: string | undefined): boolean => value !== undefined && value !== ''
