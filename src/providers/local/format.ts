import { Failure, type Hint } from '../../core/failure.js'
import type { Labels } from '../../core/ports.js'

/** FORMAT.md says what each line of the file is. */
export const FORMAT = 1

/** The first line. */
export interface Header {
  readonly store: string
  /** The mark of the key that the store was made with. */
  readonly key: string
  /** Goes up with every change. */
  readonly counter: number
  /** Versions of new names begin here, so that no version is used twice for a name that was purged. */
  readonly floor: number
}

/** A value: its own version, when and with which token it was written, and its box. */
export interface Sealed {
  readonly v: number
  readonly at: string
  readonly by: string
  readonly box: string
}
export interface PendingValue extends Omit<Sealed, 'v'> {
  readonly labels?: Labels
}

/** A line of its own. */
export interface Entry {
  readonly name: string
  readonly made: string
  readonly next: number
  /** Oldest first. None for a name that has only a pending value. */
  readonly versions: readonly Sealed[]
  readonly labels?: Labels
  readonly description?: string
  readonly deleted?: string
  readonly pending?: PendingValue
}

/** The file, taken apart. Lines keep their text, so that what did not change is written back as it was. */
export interface Lines {
  readonly header: Header
  readonly entries: readonly string[]
  readonly mac: string
  /** Everything that the digest covers. */
  readonly covered: Uint8Array
}

const NEWLINE = 10
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Takes the file apart. Throws FORMAT_NEWER or DAMAGED; whether the content is genuine is for the digest to say. */
export function parseLines(bytes: Uint8Array, file: string): Lines {
  const text = decode(bytes, file)
  const header = parseHeader(text.slice(0, text.indexOf('\n') + 1), file)
  const end = bytes.lastIndexOf(NEWLINE, bytes.byteLength - 2) + 1
  const lines = text.split('\n')
  const last = parseObject(lines.at(-2) ?? '')?.['mac']
  if (lines.at(-1) !== '' || lines.length < 3 || typeof last !== 'string') {
    throw damaged(file, 'its end is missing')
  }
  return { header, entries: lines.slice(1, -2), mac: last, covered: bytes.subarray(0, end) }
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw damaged(file, 'it is not text')
  }
}

function parseHeader(line: string, file: string): Header {
  const fields = parseObject(line)
  if (fields?.['vibesecrets'] !== 'local store') throw damaged(file, 'it does not begin as a store of this program')
  const { format, store, key, counter, floor } = fields
  if (typeof format === 'number' && Number.isInteger(format) && format > FORMAT) throw newer(file, format)
  if (
    format !== FORMAT ||
    typeof store !== 'string' ||
    typeof key !== 'string' ||
    !isCount(counter) ||
    !isCount(floor)
  ) {
    throw damaged(file, 'its first line is not what this program writes')
  }
  return { store, key, counter, floor }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0

/** The entry of a line; `undefined` for a line that is none. */
export function parseEntry(line: string): Entry | undefined {
  const value = parseObject(line)
  return value !== undefined && isEntry(value) ? value : undefined
}

function isEntry(value: object): value is Entry {
  const { name, made, next, versions, pending } = value as Partial<Record<keyof Entry, unknown>>
  if (typeof name !== 'string' || typeof made !== 'string' || !isCount(next) || !Array.isArray(versions)) return false
  return versions.every((each) => isBoxed(each) && 'v' in each) && (pending === undefined || isBoxed(pending))
}

function isBoxed(value: unknown): value is object {
  return typeof value === 'object' && value !== null && 'box' in value && typeof value.box === 'string'
}

function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

export const entryLine = (entry: Entry): string => JSON.stringify(entry)

/** The bytes that the digest covers. */
export function coveredBytes(header: Header, entries: Iterable<string>): Uint8Array {
  const first = JSON.stringify({ vibesecrets: 'local store', format: FORMAT, ...header })
  return Buffer.from(`${[first, ...entries].join('\n')}\n`)
}

/** The whole file. */
export const fileBytes = (covered: Uint8Array, mac: string): Uint8Array =>
  Buffer.concat([covered, Buffer.from(`${JSON.stringify({ mac })}\n`)])

const FROM_BACKUP: readonly Hint[] = [
  { what: 'put the file back from a backup of the state folder, or restore a backup into a new store' },
]

export function damaged(file: string, why: string, hints = FROM_BACKUP): Failure {
  return new Failure('DAMAGED', { doing: 'opening the local store', target: file, why, hints })
}

function newer(file: string, format: number): Failure {
  const why = `it has format ${format}, this program knows formats up to ${FORMAT}`
  const hints = [{ what: 'use the newer program that wrote it', command: 'npm install -g vibesecrets@latest' }]
  return new Failure('FORMAT_NEWER', { doing: 'opening the local store', target: file, why, hints })
}
