import type { SecretName } from '../../core/names.js'
import type { Clock, Listing, Lookup, Provider, Random, Traits, VersionListing } from '../../core/ports.js'
import type { Version } from '../../core/secret.js'
import type { Crypt } from './crypt.js'
import type { Disk } from './disk.js'
import type { Draft } from './document.js'
import {
  type Changing,
  checkFit,
  conflict,
  facts,
  isOver,
  listingOf,
  lookupOf,
  stateOf,
  versionOf,
  writeEntry,
} from './entries.js'
import type { Entry } from './format.js'
import { destroyOld, removeEntry, stagingOf, undeleteEntry } from './staging.js'
import { openStore, type StoreKeys } from './store.js'

/** What the store can do; `connect` adds the file's name. */
export const traits: Traits = {
  id: 'local',
  writable: true,
  maxBytes: 1024 * 1024,
  maxTotalBytes: 128 * 1024 * 1024,
  emptyValues: true,
  binary: true,
  names: { pattern: /^[^\p{Cc}\p{Cs}\u2028\u2029]+$/u, caseSensitive: true, maxLength: 512 },
  compareAndSet: 'service',
  settlesWithinMs: 0,
  labels: true,
  descriptions: true,
  writesOverDeleted: true,
  // A file on this machine: there is nobody to be gentle with, and the lock has a deadline of its own.
  paced: true,
}

export interface LocalSettings {
  /** The store's own folder; it is made by the first write. */
  readonly folder: string
  /** Versions kept of each secret (10). */
  readonly keepVersions?: number
  /** How long a write waits for another process's, in milliseconds (30 s). */
  readonly lockWaitMs?: number
  /** See `StoreSettings`. */
  readonly counterFile?: string
}

export interface LocalPorts {
  readonly clock: Clock
  readonly random: Random
  readonly keys: StoreKeys
  readonly disk: Disk
}

/** The embedded store: one encrypted file. Reading makes no file and needs no key where there is no store. */
export async function connect(settings: LocalSettings, ports: LocalPorts): Promise<Provider> {
  const { disk, random, clock, keys } = ports
  const { counterFile, lockWaitMs = 30_000 } = settings
  const folder = await disk.realPath(settings.folder)
  const place = { folder, lockWaitMs, ...(counterFile === undefined ? {} : { counterFile }) }
  const store = openStore(place, disk, random, keys)
  const own: Traits = { ...traits, file: store.file }
  const keepVersions = Math.max(1, settings.keepVersions ?? 10)
  const changing = (draft: Draft, crypt: Crypt): Changing => ({ draft, crypt, now: clock.now(), keepVersions })

  function change<T>(act: (changing: Changing) => T): Promise<T> {
    return store.change((draft, crypt) => {
      const on = changing(draft, crypt)
      const result = act(on)
      if (draft.changed) draft.purge((entry) => entry.pending === undefined && isOver(entry, on.now))
      return result
    })
  }

  async function readMany(names: readonly SecretName[], wanted?: Version): Promise<ReadonlyMap<SecretName, Lookup>> {
    const seen = await store.look()
    const now = clock.now()
    const look = (name: SecretName): Lookup =>
      seen === undefined
        ? { state: 'absent' }
        : lookupOf(seen.document.entries.get(name), seen.document.header, seen.crypt, now, wanted)
    return new Map(names.map((name) => [name, look(name)]))
  }

  async function entryOf(name: SecretName): Promise<Entry | undefined> {
    return (await store.look())?.document.entries.get(name)
  }

  return {
    traits: own,
    identity: async () => `local:${folder}`,
    async *list(options) {
      const seen = await store.look()
      yield* listings(seen?.document.entries.values() ?? [], options?.prefix ?? '', clock.now())
    },
    async read(name, wanted) {
      return (await readMany([name], wanted)).get(name) ?? { state: 'absent' }
    },
    readMany: (names) => readMany(names),
    async write(name, value, options) {
      checkFit(name, value, own)
      return change((on) => writeEntry({ name, value, ...options }, on))
    },
    async writeMany(writes) {
      for (const { name, value } of writes) checkFit(name, value, own)
      return change((on) => new Map(writes.map((write) => [write.name, writeEntry(write, on)])))
    },
    remove: (name, { expect }) => change((on) => removeEntry(name, expect, on)),
    removeMany: (removes) =>
      change((on) => {
        for (const { name, expect } of removes) removeEntry(name, expect, on)
      }),
    undelete: (name) => change((on) => undeleteEntry(name, on)),
    async *versions(name) {
      const entry = await entryOf(name)
      if (entry !== undefined && stateOf(entry, clock.now()) !== 'absent') yield* versionListings(entry)
    },
    label: (name, labels, { expect, description }) =>
      change(({ draft, now }) => {
        const entry = draft.entry(name)
        const state = stateOf(entry, now)
        if (entry === undefined || state !== expect) throw conflict(name, expect, state)
        draft.set({ ...entry, ...facts({ labels, ...(description === undefined ? {} : { description }) }) })
      }),
    destroyOldVersions: (name, keep) => change((on) => destroyOld(name, keep, on)),
    staging: stagingOf(store, changing),
    async close() {
      store.forget()
    },
  }
}

function* listings(entries: Iterable<Entry>, prefix: string, now: Date): Generator<Listing> {
  const wanted = [...entries].filter(({ name }) => name.startsWith(prefix))
  for (const entry of wanted.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const listing = listingOf(entry, now)
    if (listing !== undefined) yield listing
  }
}

function* versionListings(entry: Entry): Generator<VersionListing> {
  const state = entry.deleted === undefined ? 'enabled' : 'deleted'
  for (const sealed of [...entry.versions].reverse()) {
    yield { version: versionOf(sealed), createdAt: new Date(sealed.at), state }
  }
}
