import { Failure } from '../core/failure.js'
import { misfit, type SecretName, secretName } from '../core/names.js'
import type { Before } from '../core/plan.js'
import type { Lookup, Provider, Staging, Traits, Write } from '../core/ports.js'
import type { Version } from '../core/secret.js'
import {
  type Entry,
  type Kept,
  listingOf,
  lookupOf,
  MemoryStore,
  sameWrite,
  standing,
  withVersion,
} from './memory-store.js'

export { MemoryStore }

type Ability =
  | 'undelete'
  | 'versions'
  | 'label'
  | 'writeMany'
  | 'removeMany'
  | 'readEach'
  | 'destroyOldVersions'
  | 'staging'

/** What the provider is like: every other provider can be played. */
export interface MemoryOptions {
  readonly store?: MemoryStore
  readonly identity?: string
  readonly traits?: Partial<Traits>
  /** Abilities that it does not have. Without `undelete` a removed name is gone at once. */
  readonly lacks?: readonly Ability[]
  readonly now?: () => Date
  /** What happens between the look and the write of a `read-first` provider. */
  readonly inTheGap?: () => Promise<void>
}

const TRAITS: Traits = {
  id: 'memory',
  writable: true,
  maxBytes: 65_536,
  emptyValues: true,
  binary: true,
  names: { pattern: /^[^\0]+$/, caseSensitive: true, maxLength: 512 },
  compareAndSet: 'service',
  settlesWithinMs: 0,
  labels: true,
  descriptions: true,
  writesOverDeleted: true,
}

/** Keeps everything in this process: for tests, and to try things without a service. */
export function memoryProvider(options: MemoryOptions = {}): Provider {
  const { store = new MemoryStore(), now = () => new Date(0), inTheGap = async () => {} } = options
  const traits = { ...TRAITS, ...options.traits }
  const softDeletes = options.lacks?.includes('undelete') !== true

  const visible = (name: string): Entry | undefined => store.get(name, now().getTime() - traits.settlesWithinMs)
  const save = (name: string, entry: Entry | undefined): void => store.set(name, entry, now().getTime())

  /** Look and effect with no wait between them are one request; whoever writes in the gap of `read-first` is lost. */
  async function commit<T>(changes: readonly Expecting[], effect: () => T): Promise<T> {
    if (!traits.writable) throw new Failure('UNSUPPORTED')
    for (const { name, expect } of changes)
      if (standing(store.get(name)) !== expect) throw new Failure('CONFLICT', { secret: name })
    if (traits.compareAndSet === 'read-first') await inTheGap()
    return effect()
  }

  async function writeMany(writes: readonly Write[]): Promise<ReadonlyMap<SecretName, Version>> {
    for (const each of writes) refuseUnfit(each, store.get(each.name), traits)
    const made = new Map(writes.map((each) => [each.name, sameWrite(store.get(each.name), each)]))
    const left = writes.filter(({ name }) => made.get(name) === undefined)
    return commit(left, () => new Map(writes.map((each) => [each.name, made.get(each.name) ?? put(each)])))
  }

  function put({ name, value, token, ...rest }: Write): Version {
    const kept = { version: store.nextVersion(), value, createdAt: now(), writtenBy: token }
    save(name, withVersion(store.get(name), kept, rest, traits))
    return kept.version
  }

  const removeMany = (removes: readonly { readonly name: SecretName; readonly expect: Version }[]): Promise<void> =>
    commit(removes, () => {
      for (const { name } of removes) drop(name)
    })

  function drop(name: SecretName): void {
    const entry = store.get(name)
    if (entry !== undefined) save(name, softDeletes ? { ...entry, deletedAt: now() } : undefined)
  }

  const look = (name: SecretName): Lookup => lookupOf(visible(name))
  const lookAt = (names: readonly SecretName[]): ReadonlyMap<SecretName, Lookup> =>
    new Map(names.map((name) => [name, look(name)]))

  const full: Provider = {
    traits,
    identity: async () => options.identity ?? 'memory',
    async *list({ prefix = '' } = {}) {
      for (const name of store.names()) {
        const entry = name.startsWith(prefix) ? visible(name) : undefined
        if (entry !== undefined) yield listingOf(secretName(name), entry)
      }
    },
    async read(name, at) {
      const now = look(name)
      const isPast = at !== undefined && (now.state === 'absent' || now.version !== at)
      if (!isPast) return now
      // Without the ability a past version is gone.
      return options.lacks?.includes('versions') ? { state: 'absent' } : lookupOf(visible(name), at)
    },
    readMany: async (names) => lookAt(names),
    readEach: async (names) => lookAt(names),
    write: async (name, value, options) => one(name, await writeMany([{ name, value, ...options }])),
    remove: (name, { expect }) => removeMany([{ name, expect }]),
    writeMany,
    removeMany,
    close: async () => {},

    async undelete(name) {
      const { deletedAt, ...entry } = store.get(name) ?? missing(name)
      if (deletedAt !== undefined) save(name, entry)
    },

    async *versions(name) {
      const entry = visible(name)
      for (const kept of [...(entry?.versions ?? [])].reverse()) {
        const state = kept.destroyed ? 'destroyed' : entry?.deletedAt ? 'deleted' : 'enabled'
        yield { version: kept.version, createdAt: kept.createdAt, state }
      }
    },

    label: (name, labels, { expect, description }) =>
      commit([{ name, expect }], () => {
        const entry = store.get(name) ?? missing(name)
        save(name, { ...entry, labels, ...(description !== undefined && { description }) })
      }),

    async destroyOldVersions(name, keep) {
      const entry = store.get(name) ?? missing(name)
      const old = entry.versions.slice(0, -Math.max(1, keep)).filter((kept) => !kept.destroyed)
      const [first, ...rest] = entry.versions
      const destroy = (kept: Kept): Kept => (old.includes(kept) ? { ...kept, destroyed: true } : kept)
      if (old.length > 0) save(name, { ...entry, versions: [destroy(first), ...rest.map(destroy)] })
      return old.length
    },

    staging: stagingIn(store, writeMany, now),
  }
  return without(full, options.lacks ?? [])
}

/** One step each: what is pending can be made by one host only. */
function stagingIn(
  store: MemoryStore,
  writeMany: (writes: readonly Write[]) => Promise<unknown>,
  now: () => Date,
): Staging {
  return {
    async pending(name) {
      const pending = store.pending.get(name)
      return pending === undefined ? { state: 'absent' } : { state: 'present', ...pending }
    },
    async stage(name, value, { token, labels = {} }) {
      const pending = store.pending.get(name)
      if (pending?.writtenBy === token && pending.value.equals(value)) return
      if (pending !== undefined) throw new Failure('CONFLICT', { secret: name, why: 'another value is pending' })
      store.changes += 1
      store.pending.set(name, { version: store.nextVersion(), value, createdAt: now(), writtenBy: token, labels })
    },
    async promote(name, { expect, token }) {
      const { value } = store.pending.get(name) ?? missing(name)
      await writeMany([{ name, value, expect, token }])
    },
    async discard(name) {
      if (store.pending.delete(name)) store.changes += 1
    },
  }
}

function without(full: Provider, lacks: readonly Ability[]): Provider {
  const provider: { -readonly [K in keyof Provider]: Provider[K] } = { ...full }
  for (const ability of lacks) delete provider[ability]
  return provider
}

interface Expecting {
  readonly name: SecretName
  readonly expect: Before
}

const one = (name: SecretName, versions: ReadonlyMap<SecretName, Version>): Version =>
  versions.get(name) ?? missing(name)

/** Everything that can be known to be wrong before anything is written. */
function refuseUnfit({ name, value }: Write, entry: Entry | undefined, traits: Traits): void {
  const why = misfit(name, traits.names)
  if (why !== undefined) throw new Failure('NAME_INVALID', { secret: name, why })
  const tooLarge = value.byteLength > traits.maxBytes
  const unfit = tooLarge || (value.byteLength === 0 && !traits.emptyValues) || (!value.isText && !traits.binary)
  if (unfit) throw new Failure('VALUE_UNFIT', { secret: name })
  if (entry?.deletedAt !== undefined && !traits.writesOverDeleted) throw new Failure('SECRET_DELETED', { secret: name })
}

function missing(name: SecretName): never {
  throw new Failure('SECRET_NOT_FOUND', { secret: name })
}
