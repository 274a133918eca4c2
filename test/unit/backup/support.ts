import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openAge, type Recipients, sealAge } from '../../../src/backup/age.js'
import { type Entry, type Header, payloadOf, type RawEntry } from '../../../src/backup/entry.js'
import type { BackupHost, Draft } from '../../../src/backup/host.js'
import { makeKeyPair, readIdentities } from '../../../src/backup/keys.js'
import { type Contents, readPayload } from '../../../src/backup/reader.js'
import type { Sink } from '../../../src/backup/sinks/sink.js'
import { Failure } from '../../../src/core/failure.js'
import { secretName } from '../../../src/core/names.js'
import { SecretValue } from '../../../src/core/secret.js'
import { systemRandom } from '../../../src/system/random.js'
import { type MemoryFolder, memoryFolder } from '../../support/folder.js'

export const golden = (name: string): Buffer => readFileSync(join('fixtures/backup/v1', name))
export const goldenKeys = async () => ({ identities: await readIdentities(golden('key.txt'), 'key.txt') })

export async function* once(...parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts
}

/** In pieces of `size`, as a disk gives them. */
export async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size)
}

export async function whole(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of source) parts.push(part)
  return Buffer.concat(parts)
}

export const header = (more: Partial<Header> = {}): Header => ({
  id: '0123456789abcdef0123456789abcdef',
  time: '2026-01-02T03:04:05.678Z',
  counter: 7,
  previous: null,
  provider: 'memory',
  source: 'memory',
  environment: null,
  versions: 'current',
  include: [],
  exclude: [],
  ...more,
})

export const entry = (name: string, value: string | Uint8Array, more: Partial<Entry> = {}): Entry => ({
  name: secretName(name),
  version: '1',
  current: true,
  created: '2026-01-01T00:00:00.000Z',
  labels: {},
  description: null,
  value: typeof value === 'string' ? SecretValue.fromText(value) : SecretValue.fromBytes(value),
  ...more,
})

export async function* each<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items
}

export const payload = (entries: readonly Entry[], more: Partial<Header> = {}): Promise<Buffer> =>
  whole(payloadOf(header(more), each(entries)))

export async function pair() {
  const made = await makeKeyPair(new Date(0))
  return { recipient: made.recipient, identities: await readIdentities(made.file.revealBytes(), 'key.txt') }
}

export const seal = async (bytes: Uint8Array, to: Recipients): Promise<Buffer> =>
  whole((await sealAge(once(bytes), to, systemRandom)).bytes)

/** Everything that a file holds, or what it is refused with. */
export async function read(
  file: AsyncIterable<Uint8Array>,
  keys: Parameters<typeof openAge>[1],
): Promise<{ entries: RawEntry[]; contents: Contents }> {
  const entries: RawEntry[] = []
  const contents = await readPayload(await openAge(file, keys), (one) => void entries.push(one))
  return { entries, contents }
}

export async function codeOf(act: Promise<unknown>): Promise<string> {
  try {
    await act
    return 'fine'
  } catch (error) {
    if (error instanceof Failure) return error.code
    throw error
  }
}

/** A machine whose disk, state folder and places are in memory. */
export interface MemoryHost extends BackupHost {
  readonly places: Map<string, Map<string, Uint8Array>>
  readonly stateFolder: MemoryFolder
  /** Drafts that were made and neither published nor discarded. */
  readonly open: Set<Draft>
  /** Changes what a draft gives back when it is read again. */
  corrupt: ((bytes: Buffer) => void) | undefined
}

export function memoryHost(): MemoryHost {
  const places = new Map<string, Map<string, Uint8Array>>()
  const stateFolder = memoryFolder()
  const placeOf = (name: string): Map<string, Uint8Array> => {
    const found = places.get(name) ?? new Map<string, Uint8Array>()
    places.set(name, found)
    return found
  }
  const host: MemoryHost = {
    places,
    stateFolder,
    open: new Set(),
    corrupt: undefined,
    files: undefined as unknown as BackupHost['files'],
    state: stateFolder,
    run: async () => {
      throw new Error('no program runs here')
    },
    random: systemRandom,
    pathOf: (shown) => shown,
    spool: async () => draftIn(placeOf('spool'), host),
    sink: async (place) => memorySink(place, placeOf(place), host),
    passphrase: async () => undefined,
  }
  return host
}

function memorySink(shown: string, files: Map<string, Uint8Array>, host: MemoryHost): Sink {
  return {
    shown,
    list: async () => [...files].map(([name, { byteLength }]) => ({ name, size: byteLength, modifiedAt: new Date(0) })),
    async open(name) {
      const bytes = files.get(name)
      if (bytes === undefined) throw new Failure('INPUT_MISSING', { target: name })
      return once(bytes)
    },
    draft: async () => draftIn(files, host),
    async publish(draft, name, options) {
      if (!(await draft.publish(name, options))) throw new Failure('CONFLICT', { target: name })
    },
    remove: async (name) => files.delete(name),
  }
}

function draftIn(files: Map<string, Uint8Array>, host: MemoryHost): Draft {
  const parts: Uint8Array[] = []
  const bytes = (): Buffer => {
    const all = Buffer.concat(parts)
    host.corrupt?.(all)
    return all
  }
  const draft: Draft = {
    write: async (part) => void parts.push(Uint8Array.from(part)),
    finish: async () => {},
    read: () => once(bytes()),
    async publish(name, { replace }) {
      if (files.has(name) && !replace) return false
      files.set(name, bytes())
      host.open.delete(draft)
      return true
    },
    discard: async () => void host.open.delete(draft),
  }
  host.open.add(draft)
  return draft
}
