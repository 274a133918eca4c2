import type { Failure } from '../core/failure.js'
import { damaged, hostile } from './lines.js'

export const MAGIC = 'age-encryption.org/v1\n'
export const ARMOR = '-----BEGIN AGE ENCRYPTED FILE-----'
const MAX_HEADER = 64 * 1024
const MAX_RECIPIENTS = 128
const MAX_WORK = 20

/** What the readable part of an age file says, and the whole file again as a stream. */
export interface Head {
  readonly kinds: readonly string[]
  readonly rest: AsyncIterable<Uint8Array>
}

/** Reads the header without any key, and refuses a file that would cost more than it can be worth. */
export async function peekHead(source: AsyncIterable<Uint8Array>): Promise<Head> {
  const { start, rest } = await startOf(source, MAX_HEADER, (bytes) => bytes.includes('\n---'))
  if (start.subarray(0, MAGIC.length).toString('latin1') !== MAGIC) throw notAge()
  const end = start.indexOf('\n---')
  if (end < 0) {
    if (start.byteLength > MAX_HEADER) throw hostile(`a header of more than ${MAX_HEADER} bytes`)
    throw damaged('its header was cut')
  }
  const stanzas = start
    .subarray(0, end)
    .toString('latin1')
    .split('\n')
    .filter((line) => line.startsWith('-> '))
  if (stanzas.length > MAX_RECIPIENTS) throw hostile(`${stanzas.length} recipients`)
  const kinds = stanzas.map((line) => line.split(' ')[1] ?? '')
  for (const line of stanzas) checkWork(line.split(' '))
  if (kinds.includes('scrypt') && kinds.length > 1)
    throw damaged('a passphrase and other recipients stand side by side')
  return { kinds, rest }
}

/** A work factor is the power of two that opening costs: a bomb is known before it is lit. */
function checkWork([, kind, , work]: readonly string[]): void {
  if (kind !== 'scrypt') return
  if (!/^[1-9][0-9]*$/.test(work ?? '')) throw damaged('its header cannot be read')
  if (Number(work) > MAX_WORK)
    throw hostile(`a passphrase with work factor ${work?.slice(0, 12)}, the limit is ${MAX_WORK}`)
}

/** The first bytes, at least until `enough`, and a stream that begins with them again. */
export async function startOf(source: AsyncIterable<Uint8Array>, limit: number, enough: (start: Buffer) => boolean) {
  const reading = source[Symbol.asyncIterator]()
  let start = Buffer.alloc(0)
  while (start.byteLength <= limit && !enough(start)) {
    const next = await reading.next()
    if (next.done === true) break
    start = Buffer.concat([start, next.value])
  }
  return { start, rest: again(start, reading) }
}

async function* again(start: Uint8Array, reading: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    if (start.byteLength > 0) yield start
    for (let next = await reading.next(); next.done !== true; next = await reading.next()) yield next.value
  } finally {
    await reading.return?.()
  }
}

export const notAge = (): Failure => damaged('it is not an age file, or its first line was changed')
