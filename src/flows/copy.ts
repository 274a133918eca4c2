import { Failure } from '../core/failure.js'
import type { SecretName } from '../core/names.js'
import type { Listing, Lookup, Provider } from '../core/ports.js'
import { type Context, draft, type Named, noValues, type Prepared } from './context.js'
import { refuseMisfits } from './fit.js'
import { compareAll, type OnConflict, putSteps, type Wanted, type WantedRow } from './migrate-plan.js'
import type { Note } from './migrate.js'

/** One side of a copy or diff, which is only read. */
export interface Source {
  readonly identity: string
  readonly provider: Provider
}

export interface CopyRequest {
  readonly source: Source
  readonly wants: (name: SecretName) => boolean
  readonly onConflict: OnConflict
}

export interface CopyPlan extends Prepared {
  readonly rows: readonly WantedRow[]
  readonly notes: readonly Note[]
}

/** All secrets of one place into another, as a plan; what the target cannot hold is said before the first write. */
export async function planCopy({ source, wants, onConflict }: CopyRequest, context: Context): Promise<CopyPlan> {
  const listings = (await listed(source.provider)).filter(({ name }) => wants(name))
  const present = listings.filter(({ state }) => state === 'present').map(({ name }) => name)
  const found = await source.provider.readMany(present)
  const wanted = wantedFrom(found, present, source, context)
  refuseMisfits(wanted, context.provider, context.prefix, context.identity)
  const seen = await context.provider.readMany(present)
  const rows = compareAll(wanted, seen, () => onConflict)
  const values = noValues()
  const conflict = rows.some(({ action }) => action === 'conflict')
  const steps = conflict ? [] : putSteps(rows, values, context)
  const plan = draft(context, await context.runs.newId(), 'copy', [steps])
  return { plan, values, seen, rows, notes: await notesOf(listings, found, source, context.provider) }
}

export async function listed(provider: Provider): Promise<Listing[]> {
  const all: Listing[] = []
  for await (const listing of provider.list()) all.push(listing)
  return all.sort((a, b) => (a.name < b.name ? -1 : 1))
}

function wantedFrom(found: Named<Lookup>, names: readonly SecretName[], { identity }: Source, context: Context): Wanted[] {
  return names.map((name) => {
    const there = found.get(name)
    if (there?.state !== 'present')
      throw new Failure('FOREIGN_CHANGE', { doing: 'reading', secret: name, target: identity, why: 'it went away while it was being copied' })
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
async function notesOf(listings: readonly Listing[], found: Named<Lookup>, source: Source, target: Provider): Promise<Note[]> {
  const lost: Note[] = listings.filter(({ state }) => state === 'deleted').map(({ name }) => ({ code: 'deleted', key: name, text: 'deleted in the source, and not copied' }))
  for (const [name, there] of found) {
    if (there.state !== 'present') continue
    if (!target.traits.labels && Object.keys(there.labels).length > 0) lost.push({ code: 'labels', key: name, text: 'the target keeps no labels: they are not copied' })
    if (!target.traits.descriptions && (there.description ?? '') !== '') lost.push({ code: 'description', key: name, text: 'the target keeps no description: it is not copied' })
    if (await hasOlder(source.provider, name)) lost.push({ code: 'versions', key: name, text: 'older versions stay behind: only the current one is copied' })
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
  readonly left?: string
  readonly right?: string
}

/** Two places compared, name by name, by keyed fingerprint. */
export async function diff(left: Source, right: Source, wants: (name: SecretName) => boolean, fingerprintKey: Uint8Array): Promise<DiffRow[]> {
  const [a, b] = [await fingerprints(left.provider, wants, fingerprintKey), await fingerprints(right.provider, wants, fingerprintKey)]
  const names = [...new Set([...a.keys(), ...b.keys()])].sort()
  return names.map((name) => {
    const [one, two] = [a.get(name), b.get(name)]
    const state = one === undefined ? 'only-right' : two === undefined ? 'only-left' : one === two ? 'equal' : 'differs'
    return { name, state, ...(one === undefined ? {} : { left: one }), ...(two === undefined ? {} : { right: two }) }
  })
}

async function fingerprints(provider: Provider, wants: (name: SecretName) => boolean, key: Uint8Array): Promise<Named<string>> {
  const names = (await listed(provider)).filter(({ name, state }) => state === 'present' && wants(name)).map(({ name }) => name)
  const found = await provider.readMany(names)
  return new Map([...found].flatMap(([name, there]) => (there.state === 'present' ? [[name, there.value.fingerprint(key)] as const] : [])))
}
