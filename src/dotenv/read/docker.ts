import { EQUALS, find, HASH, isGoSpace, NEWLINE, RETURN, skip } from '../chars.js'
import { Refusal } from '../errors.js'
import type { Binding, Notes } from '../types.js'

/** The longest line in bytes of UTF-8, the carriage return being counted and the line feed not. */
const LONGEST_LINE = 65_535

/** `docker run --env-file` (docker/cli kvfile): line by line, nothing quoted, nothing expanded. */
export function readDocker(text: string, notes: Notes): Binding[] {
  const bindings: Binding[] = []
  let next = 0
  for (let at = 0; at < text.length; at = next) {
    const lineEnd = find(text, NEWLINE, at)
    next = lineEnd + 1
    refuseLongLine(text, at, lineEnd)
    const end = lineEnd > at && text.charCodeAt(lineEnd - 1) === RETURN ? lineEnd - 1 : lineEnd
    const isMarked = at === 0 && text.charCodeAt(0) === 0xfeff
    const start = skip(text, isMarked ? 1 : at, isGoSpace, end)
    if (start === end || text.charCodeAt(start) === HASH) continue
    const binding = readLine(text, start, end)
    if (binding === undefined) notes.note('no-value', start, { key: text.slice(start, end) })
    else bindings.push(binding)
  }
  return bindings
}

function readLine(text: string, start: number, end: number): Binding | undefined {
  const operator = find(text, EQUALS, start, end)
  const key = text.slice(start, operator)
  if (key === '') throw new Refusal(start, 'a line without a variable name')
  if (key.includes(' ') || key.includes('\t')) throw new Refusal(start, 'a variable name with a blank in it')
  if (operator === end) return undefined
  return { key, value: text.slice(operator + 1, end), start, valueStart: operator + 1, valueEnd: end }
}

function refuseLongLine(text: string, at: number, end: number): void {
  if ((end - at) * 3 <= LONGEST_LINE) return
  if (new TextEncoder().encode(text.slice(at, end)).length > LONGEST_LINE) {
    throw new Refusal(at, 'a line of 64 KiB or more')
  }
}
