import { Failure, type Hint } from '../core/failure.js'
import type { SecretName } from '../core/names.js'
import type { Listing, Lookup, Provider } from '../core/ports.js'
import type { SecretValue } from '../core/secret.js'
import { type Context, draft, type Named, noValues, type Prepared } from './context.js'
import { refuseMisfits } from './fit.js'
import { listAll } from './list.js'
import type { Note } from './migrate-notes.js'
import { compareAll, type OnConflict, putSteps, type Wanted, type WantedRow } from './migrate-plan.js'

/** One side of a copy or diff, which is only read. */
export interface Source {
  readonly identity: string
  readonly provider: Provider
}

export interface CopyRequest {
  readonly source: Source
  readonly wants: (name: SecretName) => boolean
  readonly onConflict: OnConflict
  /** Ways on for what the target cannot hold. */
  readonly hints: readonly Hint[]
}

export interface CopyPlan extends Prepared {
  readonly rows: readonly WantedRow[]
  readonly notes: readonly Note[]
}

/** All secrets of one place into another, as a plan; what the target cannot hold is said before the first write. */
export async function planCopy({ source, wants, onConflict, hints }: CopyRequest, context: Context): Promise<CopyPlan> {
  const listings = (await listAll(source.provider)).filter(({ name }) => wants(name))
  const present = listings.filter(({ state }) => state === 'present').map(({ name }) => name)
  const found = await source.provider.readMany(present)
  const wanted = wantedFrom(found, present, source, context)
  refuseMisfits(wanted, context.provider, context.prefix, context.identity, hints)
  const seen = await context.provider.readMany(present)
  const rows = compareAll(wanted, seen, () => onConflict)
  const values = noValues()
  const conflict = rows.some(({ action }) => action === 'conflict')
  const steps = conflict ? [] : putSteps(rows, values, context)
  const plan = draft(context, await context.runs.newId(), 'copy', [steps])
  return { plan, values, seen, rows, notes: await notesOf(listings, found, source, context.provider) }
}

function wantedFrom(
  found: Named<Lookup>,
  names: readonly SecretName[],
  { identity }: Source,
  context: Context,
): Wanted[] {
  return names.map((name) => {
    const there = found.get(name)
    if (there?.state !== 'present')
      throw new Failure('FOREIGN_CHANGE', {
        doing: 'reading',
        secret: name,
        target: identity,
        why: 'it went away while it was being copied',
      })
    const { labels, description, value } = there
    const { traits } = context.provider
    return {
      name,
      value,
      ...(traits.labels && Object.keys(labels).length > 0 ? { labels } : {}),
      ...(traits.descriptions && description !== undefined && description !== '' ? { description } : {}),
    }
  })
}

/** What stays behind: said by name, before anything is written. */
async function notesOf(
  listings: readonly Listing[],
  found: Named<Lookup>,
  source: Source,
  target: Provider,
): Promise<Note[]> {
  const lost: Note[] = listings
    .filter(({ state }) => state === 'deleted')
    .map(({ name }) => ({ code: 'deleted', key: name, text: 'deleted in the source, and not copied' }))
  for (const [name, there] of found) {
    if (there.state !== 'present') continue
    if (!target.traits.labels && Object.keys(there.labels).length > 0)
      lost.push({ code: 'labels', key: name, text: 'the target keeps no labels: they are not copied' })
    if (!target.traits.descriptions && (there.description ?? '') !== '')
      lost.push({ code: 'description', key: name, text: 'the target keeps no description: it is not copied' })
    if (await hasOlder(source.provider, name))
      lost.push({ code: 'versions', key: name, text: 'older versions stay behind: only the current one is copied' })
  }
  return lost
}

/** Whether the source holds more than the current version. Asked of the provider: dates of a listing do not tell. */
async function hasOlder(provider: Provider, name: SecretName): Promise<boolean> {
  if (provider.versions === undefined) return false
  let count = 0
  for await (const { state } of provider.versions(name)) {
    if (state !== 'destroyed') count++
    if (count > 1) return true
  }
  return false
}

export type DiffState = 'equal' | 'differs' | 'only-left' | 'only-right'

export interface DiffRow {
  readonly name: SecretName
  readonly state: DiffState
  /** Keyed fingerprints. */
  readonly left?: string
  readonly right?: string
  readonly values: { readonly left?: SecretValue; readonly right?: SecretValue }
}

/** Two places compared, name by name, by keyed fingerprint. */
export async function diff(
  left: Source,
  right: Source,
  wants: (name: SecretName) => boolean,
  key: Uint8Array,
): Promise<DiffRow[]> {
  const [a, b] = [await valuesOf(left.provider, wants), await valuesOf(right.provider, wants)]
  const names = [...new Set([...a.keys(), ...b.keys()])].sort()
  return names.map((name) => rowOf(name, a.get(name), b.get(name), key))
}

function rowOf(name: SecretName, one: SecretValue | undefined, two: SecretValue | undefined, key: Uint8Array): DiffRow {
  const row = { name, values: { ...(one && { left: one }), ...(two && { right: two }) } }
  if (one === undefined) return { ...row, state: 'only-right', ...(two && { right: two.fingerprint(key) }) }
  if (two === undefined) return { ...row, state: 'only-left', left: one.fingerprint(key) }
  return {
    ...row,
    state: one.equals(two) ? 'equal' : 'differs',
    left: one.fingerprint(key),
    right: two.fingerprint(key),
  }
}

async function valuesOf(provider: Provider, wants: (name: SecretName) => boolean): Promise<Named<SecretValue>> {
  const all = await listAll(provider)
  const names = all.filter(({ name, state }) => state === 'present' && wants(name)).map(({ name }) => name)
  const found = await provider.readMany(names)
  return new Map(
    [...found].flatMap(([name, there]) => (there.state === 'present' ? [[name, there.value] as const] : [])),
  )
}

/** The values of a row in clear, quoted: for a terminal whose owner asked for them. */
export const shownValues = ({ values: { left, right } }: DiffRow): string[] =>
  [left, right].map((value) => {
    if (value === undefined) return 'nothing'
    return value.isText ? JSON.stringify(value.reveal()) : `${value.byteLength} bytes that are no text`
  })
