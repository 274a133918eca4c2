import type { Hint } from '../core/failure.js'
import { visible } from './escape.js'
import { closed, dim, markerAt, unstyled } from './style.js'

const ASCII = /^[\x20-\x7e]*$/
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18aff}\u{1b000}-\u{1b2ff}\u{1f200}-\u{1f2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\ufe0f/u
const MARK_ONLY = /^[\p{M}]+$/u

const graphemes = (text: string): string[] =>
  ASCII.test(text) ? [...text] : [...new Intl.Segmenter('en').segment(text)].map((part) => part.segment)

function graphemeWidth(grapheme: string): number {
  if (MARK_ONLY.test(grapheme)) return 0
  return WIDE.test(grapheme) ? 2 : 1
}

/** Columns that a line takes in a terminal; style markers take none. */
export function width(text: string): number {
  const bare = unstyled(text)
  if (ASCII.test(bare)) return bare.length
  return graphemes(bare).reduce((sum, grapheme) => sum + graphemeWidth(grapheme), 0)
}

/** At most `columns` wide, ending in `…` where something was cut. */
export function truncate(text: string, columns: number): string {
  if (width(text) <= columns) return text
  let room = Math.max(0, columns - 1)
  let kept = ''
  for (const piece of pieces(text)) {
    const needs = piece.marker ? 0 : graphemeWidth(piece.text)
    if (needs > room) break
    room -= needs
    kept += piece.text
  }
  return columns > 0 ? closed(`${kept}…`) : ''
}

function* pieces(text: string): Generator<{ text: string; marker: boolean }> {
  let plain = ''
  for (let i = 0; i < text.length; i++) {
    const length = markerAt(text, i)
    if (length === 0) plain += text[i]
    if (length === 0) continue
    for (const grapheme of graphemes(plain)) yield { text: grapheme, marker: false }
    plain = ''
    yield { text: text.slice(i, i + length), marker: true }
    i += length - 1
  }
  for (const grapheme of graphemes(plain)) yield { text: grapheme, marker: false }
}

/** Filled with spaces up to `columns`. */
export const pad = (text: string, columns: number): string => text + ' '.repeat(Math.max(0, columns - width(text)))
const padLeft = (text: string, columns: number): string => ' '.repeat(Math.max(0, columns - width(text))) + text

export interface TableOptions {
  /** Columns of the terminal; `undefined` where nothing may be cut: pipes and files. */
  readonly width?: number | undefined
  readonly indent?: number
  readonly gap?: number
  /** The gap after each column, where they are not all the same; `gap` for the rest. */
  readonly gaps?: readonly number[]
  /** Columns of the table that are never dropped. */
  readonly keep?: number
  /** Indexes of columns that stand to the right. */
  readonly right?: readonly number[]
}

/** Below this a column says nothing any more, and is dropped instead of cut. */
const LEAST = 12

/**
 * Aligned columns, one row a line. Cells are foreign text unless made by `style`: what would not show is escaped.
 * Too wide: the last column is cut with `…`; with less than 12 columns left it is dropped, and so on leftwards.
 */
export function table(rows: readonly (readonly string[])[], options: TableOptions = {}): string[] {
  const shape: Shape = {
    indent: options.indent ?? 0,
    gap: options.gap ?? 2,
    gaps: options.gaps ?? [],
    right: options.right ?? [],
  }
  const cells = rows.map((row) => row.map(cell))
  const natural = widths(cells)
  const columns =
    options.width === undefined ? natural : narrowed(natural, options.width - shape.indent, shape, options.keep ?? 2)
  return cells.map((row) => line(row, columns, shape))
}

/** Escapes what is between markers and keeps the markers. */
const cell = (text: string): string =>
  text
    .split(/(\ufdd0[a-z]|\ufdd1)/)
    .map((part, i) => (i % 2 === 1 ? part : visible(part)))
    .join('')

function widths(rows: readonly (readonly string[])[]): number[] {
  const columns = Math.max(0, ...rows.map((row) => row.length))
  return Array.from({ length: columns }, (_, i) => rows.reduce((most, row) => Math.max(most, width(row[i] ?? '')), 0))
}

function narrowed(natural: readonly number[], room: number, shape: Shape, keep: number): number[] {
  const total = natural.reduce((sum, one, i) => sum + one + (i === 0 ? 0 : gapAfter(shape, i - 1)), 0)
  if (total <= room) return [...natural]
  const last = natural.length - 1
  const left = room - (total - (natural[last] ?? 0))
  if (left >= LEAST) return [...natural.slice(0, last), left]
  if (natural.length > keep) return narrowed(natural.slice(0, -1), room, shape, keep)
  return shrink([...natural], total - room)
}

const gapAfter = ({ gap, gaps }: Shape, column: number): number => gaps[column] ?? gap

/** Takes from the widest column, one at a time, until it fits. */
function shrink(columns: number[], tooMany: number): number[] {
  for (let left = tooMany; left > 0; left--) {
    const widest = columns.indexOf(Math.max(...columns))
    if ((columns[widest] ?? 0) <= 1) break
    columns[widest] = (columns[widest] ?? 0) - 1
  }
  return columns
}

interface Shape {
  readonly indent: number
  readonly gap: number
  readonly gaps: readonly number[]
  readonly right: readonly number[]
}

function line(row: readonly string[], columns: readonly number[], shape: Shape): string {
  const parts = columns.map((columnWidth, i) => {
    const text = truncate(row[i] ?? '', columnWidth)
    const filled = shape.right.includes(i) ? padLeft(text, columnWidth) : pad(text, columnWidth)
    return filled + ' '.repeat(gapAfter(shape, i))
  })
  return (' '.repeat(shape.indent) + parts.join('')).trimEnd()
}

/** `what:   command`, aligned; never cut, so that a command can be copied whole. */
export function hintLines(hints: readonly Hint[], indent = 2): string[] {
  const most = Math.max(0, ...hints.filter((hint) => hint.command !== undefined).map((hint) => width(hint.what)))
  return hints.map((hint) => {
    const start = ' '.repeat(indent)
    if (hint.command === undefined) return start + visible(hint.what)
    return `${start}${dim(`${visible(hint.what)}:`)}${' '.repeat(most - width(hint.what) + 2)}${visible(hint.command)}`
  })
}

/** Two texts on one line where both fit, else on two. */
export function ends(left: string, right: string | undefined, columns: number | undefined): string[] {
  if (right === undefined || right === '') return [left]
  const fits = columns === undefined || width(left) + width(right) + 2 <= columns
  if (!fits) return [left, truncate(`  ${right}`, columns)]
  const room = columns === undefined ? GAP : Math.min(GAP, columns - width(left) - width(right))
  return [left + ' '.repeat(room) + right]
}

const GAP = 8
