import type { SecretName } from '../core/names.js'
import type { Before } from '../core/plan.js'
import type { Labels, Listing, Lookup, Traits, Write, WriteOptions } from '../core/ports.js'
import { type SecretValue, type Version, version } from '../core/secret.js'

export interface Kept {
  readonly version: Version
  readonly value: SecretValue
  readonly createdAt: Date
  readonly writtenBy: string
  readonly destroyed?: true
}

/** One name as it is at one time. A change makes another one. */
export interface Entry {
  /** Oldest first; never empty. */
  readonly versions: readonly [Kept, ...Kept[]]
  readonly labels: Labels
  readonly description?: string
  readonly deletedAt?: Date
}

/** What is stored. Several providers over one store are several hosts on one service. */
export class MemoryStore {
  /** Each name's states with the time they began, so that a late view can be given. */
  readonly #entries = new Map<string, { readonly at: number; readonly entry: Entry | undefined }[]>()
  #serial = 0
  /** How many changes were made: for tests that count writes. */
  changes = 0
  readonly pending = new Map<string, Kept & { readonly labels: Labels }>()

  /** The same state in a store of its own. */
  copy(): MemoryStore {
    const copy = new MemoryStore()
    copy.changes = this.changes
    copy.#serial = this.#serial
    for (const [name, states] of this.#entries) copy.#entries.set(name, states)
    for (const [name, kept] of this.pending) copy.pending.set(name, kept)
    return copy
  }

  nextVersion(): Version {
    this.#serial += 1
    return version(`v${this.#serial}`)
  }

  names(): string[] {
    return [...this.#entries.keys()].sort()
  }

  /** The entry as it was at `at`, or as it is now. */
  get(name: string, at = Number.POSITIVE_INFINITY): Entry | undefined {
    return this.#entries.get(name)?.findLast((state) => state.at <= at)?.entry
  }

  set(name: string, entry: Entry | undefined, at: number): void {
    this.changes += 1
    this.#entries.set(name, [...(this.#entries.get(name) ?? []), { at, entry }])
  }
}

/** The version that is current. */
export const newest = ({ versions: [first, ...rest] }: Entry): Kept => rest.at(-1) ?? first

/** The answer to a read, of one version where `at` says which. */
export function lookupOf(entry: Entry | undefined, at?: Version): Lookup {
  if (entry === undefined) return { state: 'absent' }
  if (entry.deletedAt !== undefined)
    return { state: 'deleted', version: newest(entry).version, deletedAt: entry.deletedAt }
  const kept = at === undefined ? newest(entry) : entry.versions.find((each) => each.version === at && !each.destroyed)
  if (kept === undefined) return { state: 'absent' }
  const description = entry.description === undefined ? {} : { description: entry.description }
  const { value, createdAt, writtenBy } = kept
  return { state: 'present', version: kept.version, value, createdAt, writtenBy, labels: entry.labels, ...description }
}

/** A line of the listing. */
export function listingOf(name: SecretName, entry: Entry): Listing {
  const { version: current, createdAt: updatedAt } = newest(entry)
  const state = entry.deletedAt === undefined ? 'present' : 'deleted'
  const description = entry.description === undefined ? {} : { description: entry.description }
  const { createdAt } = entry.versions[0]
  return { name, state, version: current, createdAt, updatedAt, labels: entry.labels, ...description }
}

/** What a change would have to expect now. */
export const standing = (entry: Entry | undefined): Before =>
  entry === undefined ? 'absent' : entry.deletedAt === undefined ? newest(entry).version : 'deleted'

/** The same token with the same value is a write that was made already. */
export function sameWrite(entry: Entry | undefined, { value, token }: Write): Version | undefined {
  if (entry === undefined || entry.deletedAt !== undefined) return undefined
  const kept = newest(entry)
  return kept.writtenBy === token && kept.value.equals(value) ? kept.version : undefined
}

/** Labels and description stay as they are where the write says nothing of them. */
export function withVersion(
  entry: Entry | undefined,
  kept: Kept,
  options: Pick<WriteOptions, 'labels' | 'description'>,
  traits: Traits,
): Entry {
  const description = (traits.descriptions ? options.description : undefined) ?? entry?.description
  return {
    versions: entry === undefined ? [kept] : [...entry.versions, kept],
    labels: (traits.labels ? options.labels : undefined) ?? entry?.labels ?? {},
    ...(description !== undefined && { description }),
  }
}
