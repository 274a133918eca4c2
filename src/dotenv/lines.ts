import { NEWLINE, RETURN } from './chars.js'

/** Where each line of a text begins: `\n`, `\r\n` and a lone `\r` end one. */
export interface Lines {
  /** The line of an offset, from 1. */
  lineOf(offset: number): number
  /** The column of an offset in its line, from 1. */
  columnOf(offset: number): number
}

export function indexLines(text: string): Lines {
  const starts = [0]
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === NEWLINE || (unit === RETURN && text.charCodeAt(at + 1) !== NEWLINE)) starts.push(at + 1)
  }
  const indexOf = (offset: number): number => lastNotAbove(starts, offset)
  return {
    lineOf: (offset) => indexOf(offset) + 1,
    columnOf: (offset) => offset - (starts[indexOf(offset)] ?? 0) + 1,
  }
}

function lastNotAbove(sorted: readonly number[], limit: number): number {
  let low = 0
  let high = sorted.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((sorted[middle] ?? 0) <= limit) low = middle
    else high = middle - 1
  }
  return low
}

/** A text as a program sees it after its own treatment of `\r`, and the way back to the file's offsets. */
export interface Seen {
  readonly text: string
  /** The file's offset of the unit at `offset`. */
  from(offset: number): number
  /** The file's offset behind the unit before `offset`: a `\r` that follows it is not included. */
  to(offset: number): number
}

const same = (offset: number): number => offset

/** `join`: each of `\r\n` and `\r` is one `\n`. `drop`: every `\r` is gone. */
export function treatReturns(text: string, how: 'keep' | 'join' | 'drop'): Seen {
  if (how === 'keep' || !text.includes('\r')) return { text, from: same, to: same }
  const seen = how === 'join' ? text.replace(/\r\n?/g, '\n') : text.replaceAll('\r', '')
  const origin = new Uint32Array(seen.length + 1)
  let to = 0
  for (let at = 0; at < text.length; at++) {
    const isReturn = text.charCodeAt(at) === RETURN
    if (isReturn && how === 'drop') continue
    origin[to++] = at
    if (isReturn && text.charCodeAt(at + 1) === NEWLINE) at++
  }
  origin[to] = text.length
  return {
    text: seen,
    from: (offset) => origin[offset] ?? text.length,
    to: (offset) => (offset === 0 ? (origin[0] ?? 0) : (origin[offset - 1] ?? text.length) + 1),
  }
}
