import { Failure } from '../../core/failure.js'
import { misfit, type SecretName } from '../../core/names.js'
import type { Before } from '../../core/plan.js'
import type { Labels, Listing, Lookup, Traits, Write } from '../../core/ports.js'
import { type SecretValue, type Version, version } from '../../core/secret.js'
import type { Crypt } from './crypt.js'
import type { Draft } from './document.js'
import type { Entry, Header, Sealed } from './format.js'

/** A deleted secret comes back within 30 days. */
export const KEPT_DELETED_MS = 30 * 24 * 60 * 60 * 1000

export const versionOf = (value: Pick<Sealed, 'v'>): Version => version(String(value.v))
export const newest = (entry: Entry | undefined): Sealed | undefined => entry?.versions.at(-1)

/** What stands under a name now. A deletion that is over, and a name with a pending value only, are absent. */
export function stateOf(entry: Entry | undefined, now: Date): Before {
  const current = newest(entry)
  if (entry === undefined || current === undefined || isOver(entry, now)) return 'absent'
  return entry.deleted === undefined ? versionOf(current) : 'deleted'
}

/** Deleted, and longer ago than it is kept. */
export function isOver(entry: Entry, now: Date): boolean {
  return entry.deleted !== undefined && recoverableUntil(entry.deleted) <= now
}

const recoverableUntil = (deleted: string): Date => new Date(Date.parse(deleted) + KEPT_DELETED_MS)

export function lookupOf(
  entry: Entry | undefined,
  header: Pick<Header, 'store'>,
  crypt: Crypt,
  now: Date,
  wanted?: Version,
): Lookup {
  const state = stateOf(entry, now)
  if (entry === undefined || state === 'absent') return { state: 'absent' }
  if (entry.deleted !== undefined) return deletedLookup(entry, entry.deleted)
  const sealed = wanted === undefined ? newest(entry) : entry.versions.find((one) => versionOf(one) === wanted)
  if (sealed === undefined) return { state: 'absent' }
  const value = opened(crypt, sealed.box, { store: header.store, name: entry.name, version: sealed.v })
  return {
    state: 'present',
    version: versionOf(sealed),
    value,
    createdAt: new Date(sealed.at),
    labels: entry.labels ?? {},
    writtenBy: sealed.by,
    ...(entry.description === undefined ? {} : { description: entry.description }),
  }
}

function deletedLookup(entry: Entry, deleted: string): Lookup {
  const current = newest(entry)
  return {
    state: 'deleted',
    recoverableUntil: recoverableUntil(deleted),
    deletedAt: new Date(deleted),
    ...(current === undefined ? {} : { version: versionOf(current) }),
  }
}

/** The digest over the file proved the box; that it does not open all the same can only be damage. */
export function opened(crypt: Crypt, box: string, place: Parameters<Crypt['open']>[1]): SecretValue {
  const value = crypt.open(box, place)
  if (value === undefined) throw new Failure('DAMAGED', { secret: place.name, why: 'its value does not open' })
  return value
}

export function listingOf(entry: Entry, now: Date): Listing | undefined {
  const current = newest(entry)
  if (current === undefined || stateOf(entry, now) === 'absent') return undefined
  return {
    name: entry.name as SecretName,
    state: entry.deleted === undefined ? 'present' : 'deleted',
    version: versionOf(current),
    createdAt: new Date(entry.made),
    updatedAt: new Date(current.at),
    labels: entry.labels ?? {},
    ...(entry.deleted === undefined ? {} : { recoverableUntil: recoverableUntil(entry.deleted) }),
    ...(entry.description === undefined ? {} : { description: entry.description }),
  }
}

export function conflict(name: string, expected: Before, found: Before): Failure {
  const words = (state: Before): string => (state === 'absent' || state === 'deleted' ? state : `version ${state}`)
  return new Failure('CONFLICT', {
    secret: name,
    why: `${words(found)} is there, not ${words(expected)}`,
    names: [name],
  })
}

/** What a change of entries needs besides the draft. */
export interface Changing {
  readonly draft: Draft
  readonly crypt: Crypt
  readonly now: Date
  readonly keepVersions: number
}

/** Writes a new version, or finds that the same write was done before. Throws CONFLICT. */
export function writeEntry(write: Write, { draft, crypt, now, keepVersions }: Changing): Version {
  const entry = draft.entry(write.name)
  const state = stateOf(entry, now)
  const same = sameWrite(entry, write, draft.store, crypt, state)
  if (same !== undefined) return same
  if (state !== write.expect) throw conflict(write.name, write.expect, state)
  const base = entry === undefined || isOver(entry, now) ? newLife(write.name, draft, now) : entry
  const sealed = sealedOf(write.value, base, write.token, { draft, crypt, now })
  draft.set({
    ...undeleted(base),
    ...facts(write),
    next: base.next + 1,
    versions: [...base.versions, sealed].slice(-keepVersions),
  })
  return versionOf(sealed)
}

/** The same token with the same value is the same write, also when its first answer was lost. */
function sameWrite(entry: Entry | undefined, { token, value }: Write, store: string, crypt: Crypt, state: Before) {
  const current = newest(entry)
  if (entry === undefined || current === undefined || current.by !== token || state !== versionOf(current))
    return undefined
  const there = opened(crypt, current.box, { store, name: entry.name, version: current.v })
  return there.equals(value) ? versionOf(current) : undefined
}

/** A deletion that is over leaves nothing but what is pending. */
function newLife(name: string, draft: Draft, now: Date): Entry {
  const pending = draft.entry(name)?.pending
  draft.drop(name)
  return { ...emptyEntry(name, draft, now), ...(pending === undefined ? {} : { pending }) }
}

export const emptyEntry = (name: string, { floor }: Pick<Draft, 'floor'>, now: Date): Entry => ({
  name,
  made: now.toISOString(),
  next: floor,
  versions: [],
})

export function sealedOf(
  value: SecretValue,
  { name, next }: Entry,
  token: string,
  { draft, crypt, now }: Omit<Changing, 'keepVersions'>,
): Sealed {
  const box = crypt.seal(value, { store: draft.store, name, version: next })
  return { v: next, at: now.toISOString(), by: token, box }
}

export function undeleted(entry: Entry): Entry {
  const { deleted: _, ...rest } = entry
  return rest
}

/** Labels and description that are not given stay as they are. */
export function facts(given: { readonly labels?: Labels; readonly description?: string }): Partial<Entry> {
  return {
    ...(given.labels === undefined ? {} : { labels: given.labels }),
    ...(given.description === undefined ? {} : { description: given.description }),
  }
}

/** Refuses what the store cannot hold, before anything is done. */
export function checkFit(name: string, value: SecretValue, traits: Traits): void {
  const why = misfit(name, traits.names)
  if (why !== undefined) throw new Failure('NAME_INVALID', { secret: name, why })
  if (value.byteLength <= traits.maxBytes) return
  throw new Failure('VALUE_UNFIT', { secret: name, why: `${value.byteLength} bytes, the limit is ${traits.maxBytes}` })
}
