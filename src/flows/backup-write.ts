import { type Recipients, type Sealed, sealAge } from '../backup/age.js'
import { type Entry, type Header, payloadOf, type RawEntry } from '../backup/entry.js'
import type { BackupHost, Draft } from '../backup/host.js'
import { damaged } from '../backup/lines.js'
import { type Contents, readPayload } from '../backup/reader.js'
import type { Sink } from '../backup/sinks/sink.js'
import type { SecretName } from '../core/names.js'
import { SecretValue } from '../core/secret.js'
import type { Changes } from './backup-read.js'

/** A finished file under a hidden name, with the way to open it. */
export interface Written {
  readonly draft: Draft
  readonly sealed: Sealed
}

/** What was read from the provider, by keyed digest: the file has to hold exactly this. */
export class Proof {
  readonly #key: Uint8Array
  readonly #marks = new Map<SecretName, string[]>()

  constructor(host: Pick<BackupHost, 'random'>) {
    this.#key = host.random(32)
  }

  /** Passes the lines on and remembers them. */
  async *watching(entries: AsyncIterable<Entry>): AsyncGenerator<Entry> {
    for await (const entry of entries) {
      this.#add(entry)
      yield entry
    }
  }

  replace(changes: Changes): void {
    for (const [name, entries] of changes) {
      this.#marks.delete(name)
      for (const entry of entries) this.#add(entry)
    }
  }

  #add(entry: Entry): void {
    const marks = this.#marks.get(entry.name) ?? []
    if (marks.length === 0) this.#marks.set(entry.name, marks)
    marks.push(this.#markOf(entry, entry.value.fingerprint(this.#key)))
  }

  #markOf({ version, current }: Pick<Entry, 'version' | 'current'>, fingerprint: string): string {
    return `${fingerprint} ${current ? '' : 'old '}${version ?? ''}`
  }

  /** Throws DAMAGED unless the file holds what the provider held: each version of each name, and nothing else. */
  async check(payload: AsyncIterable<Uint8Array>): Promise<Contents> {
    const found = new Map<SecretName, number>()
    const contents = await readPayload(payload, (entry) => {
      const at = found.get(entry.name) ?? 0
      found.set(entry.name, at + 1)
      if (this.#marks.get(entry.name)?.[at] !== this.#markOf(entry, fingerprintOf(entry, this.#key)))
        throw unequal(entry.name)
    })
    for (const [name, marks] of this.#marks) if (found.get(name) !== marks.length) throw unequal(name)
    return contents
  }
}

const fingerprintOf = ({ bytes }: RawEntry, key: Uint8Array): string => SecretValue.fromBytes(bytes).fingerprint(key)

const unequal = (name: SecretName): Error =>
  damaged(`what was written for ${name} is not what the provider holds: the file was thrown away`)

export interface WriteRequest {
  readonly header: Header
  readonly to: Recipients
  readonly sink: Sink
  readonly host: BackupHost
  /** Ends the writing between two pieces; nothing is left then. */
  readonly signal: AbortSignal | undefined
}

/** Encrypts the lines into a draft, and has it on the disk before it returns. On failure nothing is left. */
export async function writeDraft(
  entries: AsyncIterable<Entry>,
  { header, to, sink, host, signal }: WriteRequest,
): Promise<Written> {
  const sealed = await sealAge(payloadOf(header, entries), to, host.random)
  const draft = await sink.draft()
  try {
    for await (const piece of sealed.bytes) {
      signal?.throwIfAborted()
      await draft.write(piece)
    }
    signal?.throwIfAborted()
    await draft.finish()
    return { draft, sealed }
  } catch (error) {
    await draft.discard()
    throw error
  }
}

/** The same file with new lines for some names, in a draft of its own. */
export async function rewriteDraft(before: Written, changes: Changes, request: WriteRequest): Promise<Written> {
  const after = await writeDraft(merged(await entriesOf(before), changes), request)
  await before.draft.discard()
  return after
}

async function entriesOf({ draft, sealed }: Written): Promise<Entry[]> {
  const entries: Entry[] = []
  const keep = ({ bytes, ...rest }: RawEntry): void =>
    void entries.push({ ...rest, value: SecretValue.fromBytes(bytes) })
  await readPayload(await sealed.open(draft.read()), keep)
  return entries
}

/** Sorted by name, the versions of a name together and in their order. */
async function* merged(entries: readonly Entry[], changes: Changes): AsyncGenerator<Entry> {
  const kept = entries.filter(({ name }) => !changes.has(name))
  const both = [...kept, ...[...changes.values()].flat()]
  yield* both.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}
