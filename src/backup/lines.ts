import { Failure } from '../core/failure.js'

export const MAX_LINE = 8 * 1024 * 1024
const MAX_DEPTH = 3
const LF = 10

/** Lines with their LF, a few in memory at a time. What follows the last LF is a line that was cut. */
export async function* linesOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let parts: Buffer[] = []
  let length = 0
  for await (const chunk of source) {
    let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    for (let end = rest.indexOf(LF); end >= 0; end = rest.indexOf(LF)) {
      const line = rest.subarray(0, end + 1)
      yield parts.length === 0 ? line : Buffer.concat([...parts, line])
      parts = []
      length = 0
      rest = rest.subarray(end + 1)
    }
    length += rest.byteLength
    if (length > MAX_LINE) throw hostile(`a line of more than ${MAX_LINE} bytes`)
    if (rest.byteLength > 0) parts.push(Buffer.from(rest))
  }
  if (length > 0) throw damaged('its last line was cut')
}

/** One line as a JSON object. A bomb is refused before it is parsed. */
export function parseLine(line: Buffer, at: number): Readonly<Record<string, unknown>> {
  if (line.byteLength > MAX_LINE) throw hostile(`line ${at} has more than ${MAX_LINE} bytes`)
  const text = line.toString('utf8')
  if (depthOf(text) > MAX_DEPTH) throw hostile(`line ${at} is nested deeper than ${MAX_DEPTH} levels`)
  const value = parsed(text)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw damaged(`line ${at} is not a JSON object`)
}

/** The parser's message quotes the text, which may be a value: it is not passed on. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** How deep brackets go outside of strings; stops counting soon after it is too deep. */
function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  for (let i = 0; i < text.length && deepest <= MAX_DEPTH; i++) {
    const code = text.charCodeAt(i)
    if (code === QUOTE) i = endOfString(text, i + 1)
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) deepest = Math.max(deepest, ++depth)
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth--
  }
  return deepest
}
const [QUOTE, OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET, BACKSLASH] = [34, 123, 125, 91, 93, 92]

function endOfString(text: string, from: number): number {
  for (let i = text.indexOf('"', from); i >= 0; i = text.indexOf('"', i + 1)) {
    let slashes = 0
    while (text.charCodeAt(i - 1 - slashes) === BACKSLASH) slashes++
    if (slashes % 2 === 0) return i
  }
  return text.length
}

/** Changed, cut or otherwise not what was written. */
export const damaged = (why: string): Failure =>
  new Failure('DAMAGED', {
    doing: 'reading the backup',
    why,
    hints: [
      { what: 'nothing of it was used; see which backups are good', command: 'vibesecrets backup verify <dir|s3://…>' },
    ],
  })

/** Made to hurt whoever reads it: told apart from damage. */
export const hostile = (what: string): Failure =>
  new Failure('INPUT_INVALID', {
    doing: 'reading the backup',
    why: `refused unread: ${what}; no backup of this program looks like that`,
    hints: [{ what: 'somebody made this file to stop the machine: take the backup from another place' }],
  })
