import { Failure } from '../../core/failure.js'
import type { Crypt } from './crypt.js'
import {
  coveredBytes,
  damaged,
  type Entry,
  entryLine,
  fileBytes,
  type Header,
  type Lines,
  parseEntry,
  type Sealed,
} from './format.js'

/** The store as it was read: entries by name, each with the line that it stands on. */
export interface Document {
  readonly header: Header
  readonly entries: ReadonlyMap<string, Entry>
  readonly lines: ReadonlyMap<string, string>
}

/** A store that was proved genuine. Throws KEY_WRONG, or DAMAGED with the entries that are. */
export function openDocument(lines: Lines, crypt: Crypt, file: string): Document {
  if (lines.header.key !== crypt.mark || !crypt.verify(lines.covered, lines.mac)) throw diagnose(lines, crypt, file)
  const entries = new Map<string, Entry>()
  const texts = new Map<string, string>()
  for (const line of lines.entries) {
    const entry = parseEntry(line)
    if (entry === undefined) throw damaged(file, 'a line is no entry')
    entries.set(entry.name, entry)
    texts.set(entry.name, line)
  }
  return { header: lines.header, entries, lines: texts }
}

/** The digest or the key's mark does not fit: what opens with this key, and what does not, tells why. */
function diagnose({ header, entries }: Lines, crypt: Crypt, file: string): Failure {
  const bad: string[] = []
  let opened = 0
  for (const [index, line] of entries.entries()) {
    const entry = parseEntry(line)
    const boxes = entry === undefined ? [false] : boxesOf(entry).map((box) => opens(box, entry, header, crypt))
    opened += boxes.filter(Boolean).length
    if (boxes.includes(false)) bad.push(entry?.name ?? `line ${index + 2}`)
  }
  if (header.key !== crypt.mark && opened === 0) return wrongKey(file)
  if (bad.length > 0) return damaged(file, `not as it was written: ${shortened(bad)}`).with({ names: bad })
  return damaged(file, 'entries were removed, added, put back to an earlier state or given other facts from outside')
}

const shortened = (names: readonly string[]): string =>
  names.length > 20 ? `${names.slice(0, 20).join(', ')} and ${names.length - 20} more` : names.join(', ')

type Box = Pick<Sealed, 'box'> & { readonly v: number | 'pending' }

function boxesOf({ versions, pending }: Entry): Box[] {
  return pending === undefined ? [...versions] : [...versions, { box: pending.box, v: 'pending' }]
}

function opens({ box, v }: Box, { name }: Entry, { store }: Header, crypt: Crypt): boolean {
  return crypt.open(box, { store, name, version: v }) !== undefined
}

function wrongKey(file: string): Failure {
  const why = 'it was written with another key'
  const hints = [
    { what: 'name the key file that the store was made with', command: 'export VIBESECRETS_KEY_FILE=<file>' },
  ]
  return new Failure('KEY_WRONG', { doing: 'opening the local store', target: file, why, hints })
}

/** A copy of a document that can be changed. What is not touched is written back as it was. */
export class Draft {
  readonly store: string
  readonly #lines: Map<string, string>
  readonly #entries: Map<string, Entry>
  #header: Header
  #changed = false

  constructor({ header, entries, lines }: Document) {
    this.#header = header
    this.store = header.store
    this.#entries = new Map(entries)
    this.#lines = new Map(lines)
  }

  get changed(): boolean {
    return this.#changed
  }

  /** The first version of a name that is new. */
  get floor(): number {
    return this.#header.floor
  }

  get counter(): number {
    return this.#header.counter
  }

  entry(name: string): Entry | undefined {
    return this.#entries.get(name)
  }

  set(entry: Entry): void {
    this.#entries.set(entry.name, entry)
    this.#lines.set(entry.name, entryLine(entry))
    this.#changed = true
  }

  /** Forgets a name for good; a later life of the name does not use its versions again. */
  drop(name: string): void {
    const entry = this.#entries.get(name)
    if (entry === undefined) return
    this.#header = { ...this.#header, floor: Math.max(this.#header.floor, entry.next) }
    this.#entries.delete(name)
    this.#lines.delete(name)
    this.#changed = true
  }

  /** Drops every entry that `isOver`. */
  purge(isOver: (entry: Entry) => boolean): void {
    for (const entry of [...this.#entries.values()]) if (isOver(entry)) this.drop(entry.name)
  }

  /** The file after this change. */
  bytes(crypt: Crypt): Uint8Array {
    this.#header = { ...this.#header, counter: this.#header.counter + 1 }
    const covered = coveredBytes(this.#header, this.#lines.values())
    return fileBytes(covered, crypt.mac(covered))
  }
}
