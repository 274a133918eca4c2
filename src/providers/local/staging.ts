import { Failure } from '../../core/failure.js'
import type { SecretName } from '../../core/names.js'
import type { Labels, Lookup, Staging } from '../../core/ports.js'
import { type SecretValue, type Version, version } from '../../core/secret.js'
import type { Crypt } from './crypt.js'
import type { Draft } from './document.js'
import { type Changing, conflict, emptyEntry, newest, opened, stateOf, undeleted, writeEntry } from './entries.js'
import type { Entry, PendingValue } from './format.js'
import type { Store } from './store.js'

/** One slot beside each secret's versions. The store's lock makes `stage` atomic: the first one in wins. */
export function stagingOf(store: Store, changing: (draft: Draft, crypt: Crypt) => Changing): Staging {
  const change = <T>(act: (changing: Changing) => T): Promise<T> =>
    store.change((draft, crypt) => act(changing(draft, crypt)))
  return {
    async pending(name) {
      const seen = await store.look()
      const entry = seen?.document.entries.get(name)
      if (seen === undefined || entry?.pending === undefined) return { state: 'absent' }
      return lookup(entry.pending, pendingValue(entry, entry.pending, seen.document.header.store, seen.crypt))
    },
    stage: (name, value, options) => change((on) => stage(name, value, options, on)),
    promote: (name, { expect, token }) => change((on) => promote(name, expect, token, on)),
    discard: (name) => change((on) => discard(name, on)),
  }
}

function lookup({ at, by, labels }: PendingValue, value: SecretValue): Lookup {
  const facts = { createdAt: new Date(at), labels: labels ?? {}, writtenBy: by }
  return { state: 'present', version: version(`pending:${by}`), value, ...facts }
}

const pendingValue = ({ name }: Entry, { box }: PendingValue, store: string, crypt: Crypt): SecretValue =>
  opened(crypt, box, { store, name, version: 'pending' })

type StageOptions = { readonly token: string; readonly labels?: Labels }

function stage(name: SecretName, value: SecretValue, { token, labels }: StageOptions, on: Changing): void {
  const entry = on.draft.entry(name) ?? emptyEntry(name, on.draft, on.now)
  if (entry.pending !== undefined) {
    const mine =
      entry.pending.by === token && pendingValue(entry, entry.pending, on.draft.store, on.crypt).equals(value)
    if (mine) return
    throw new Failure('CONFLICT', { secret: name, why: 'another value is pending already', names: [name] })
  }
  const box = on.crypt.seal(value, { store: on.draft.store, name, version: 'pending' })
  const pending = { at: on.now.toISOString(), by: token, box, ...(labels === undefined ? {} : { labels }) }
  on.draft.set({ ...entry, pending })
}

function promote(name: SecretName, expect: Version, token: string, on: Changing): void {
  const entry = on.draft.entry(name)
  const pending = entry?.pending
  if (entry === undefined || pending === undefined)
    throw new Failure('SECRET_NOT_FOUND', { secret: name, why: 'nothing is pending' })
  if (pending.by !== token)
    throw new Failure('CONFLICT', { secret: name, why: 'another host’s value is pending', names: [name] })
  const value = pendingValue(entry, pending, on.draft.store, on.crypt)
  writeEntry({ name, value, expect, token, ...(pending.labels === undefined ? {} : { labels: pending.labels }) }, on)
}

function discard(name: SecretName, { draft }: Changing): void {
  const entry = draft.entry(name)
  if (entry?.pending === undefined) return
  const { pending: _, ...rest } = entry
  if (rest.versions.length === 0) draft.drop(name)
  else draft.set(rest)
}

/** Marks a secret as deleted. Throws CONFLICT unless `expect` is there. */
export function removeEntry(name: SecretName, expect: Version, { draft, now }: Changing): void {
  const entry = draft.entry(name)
  const state = stateOf(entry, now)
  if (entry === undefined || state !== expect) throw conflict(name, expect, state)
  draft.set({ ...entry, deleted: now.toISOString() })
}

/** Brings a deleted secret back as it was. */
export function undeleteEntry(name: SecretName, { draft, now }: Changing): void {
  const entry = draft.entry(name)
  if (entry === undefined || stateOf(entry, now) === 'absent') throw new Failure('SECRET_NOT_FOUND', { secret: name })
  if (entry.deleted !== undefined) draft.set(undeleted(entry))
}

/** Ends all versions but the newest `keep`; the current one always stays. */
export function destroyOld(name: SecretName, keep: number, { draft }: Changing): number {
  const entry = draft.entry(name)
  if (entry === undefined || newest(entry) === undefined) throw new Failure('SECRET_NOT_FOUND', { secret: name })
  const kept = entry.versions.slice(-Math.max(1, keep))
  const ended = entry.versions.length - kept.length
  if (ended > 0) draft.set({ ...entry, versions: kept })
  return ended
}
