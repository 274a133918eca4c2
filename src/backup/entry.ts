import { createHash } from 'node:crypto'
import type { SecretName } from '../core/names.js'
import type { Labels } from '../core/ports.js'
import type { SecretValue } from '../core/secret.js'

export const FORMAT = 1

/** What a backup is: its first line. */
export interface Header {
  readonly id: string
  readonly time: string
  readonly counter: number
  readonly previous: string | null
  readonly provider: string
  readonly source: string
  readonly environment: string | null
  readonly versions: 'current' | 'all'
  readonly include: readonly string[]
  readonly exclude: readonly string[]
}

/** One version of a secret. */
export interface Entry {
  readonly name: SecretName
  readonly version: string | null
  /** On the last version of a name; labels and description are of the name and stand there only. */
  readonly current: boolean
  readonly created: string | null
  readonly labels: Labels
  readonly description: string | null
  readonly value: SecretValue
}

/** As a file holds it: the bytes are checked, and become a value where somebody wants it. */
export interface RawEntry extends Omit<Entry, 'value'> {
  readonly bytes: Uint8Array
}

export interface Trailer {
  readonly count: number
  /** SHA-256 of all lines before, hex. */
  readonly digest: string
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

export const headerLine = (header: Header): string =>
  `${JSON.stringify({ vibesecrets: 'backup', format: FORMAT, ...header })}\n`

export function entryLine({ value, ...rest }: Entry): string {
  const digest = sha256(value.revealBytes())
  const { name, version, current, created, labels, description } = rest
  const head = { name, version, current, created, labels: { ...labels }, description }
  if (value.isText) return `${JSON.stringify({ ...head, encoding: 'utf8', value: value.reveal(), digest })}\n`
  const base64 = Buffer.from(value.revealBytes()).toString('base64')
  return `${JSON.stringify({ ...head, encoding: 'base64', value: base64, digest })}\n`
}

export const trailerLine = ({ count, digest }: Trailer): string => `${JSON.stringify({ end: true, count, digest })}\n`

/** The payload of a backup, piece by piece. `entries` come sorted as FORMAT.md says. */
export async function* payloadOf(header: Header, entries: AsyncIterable<Entry>): AsyncGenerator<Uint8Array, Trailer> {
  const hash = createHash('sha256')
  let count = 0
  let pending = headerLine(header)
  for await (const entry of entries) {
    count++
    pending += entryLine(entry)
    if (pending.length < PIECE) continue
    const piece = Buffer.from(pending)
    hash.update(piece)
    yield piece
    pending = ''
  }
  hash.update(pending)
  const trailer = { count, digest: hash.digest('hex') }
  yield Buffer.from(pending + trailerLine(trailer))
  return trailer
}
const PIECE = 64 * 1024
