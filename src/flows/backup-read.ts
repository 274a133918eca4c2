import type { Entry } from '../backup/entry.js'
import { Failure, isFailure } from '../core/failure.js'
import type { SecretName } from '../core/names.js'
import type { Listing, Lookup, Present, Provider } from '../core/ports.js'
import type { Version } from '../core/secret.js'
import { asError } from '../engine/look.js'
import { eachAtMost } from '../engine/pool.js'
import { compareNames } from './list.js'

export interface ReadRequest {
  readonly provider: Provider
  readonly wants: (name: SecretName) => boolean
  readonly allVersions: boolean
  readonly concurrency: number
  /** Told how many of how many names have been read. */
  readonly progress: (done: number, total: number) => Promise<void>
}

/** What the second look at the provider found: new lines for these names, none for those that went away. */
export type Changes = ReadonlyMap<SecretName, readonly Entry[]>

/** All secrets, read once; then what changed meanwhile, until nothing does. */
export interface Reading {
  readonly names: number
  entries(): AsyncIterable<Entry>
  /** Lists again, reads what is not as it was read, and tells it. Empty: what was read was true at one moment. */
  changes(): Promise<Changes>
  /** Names that the provider lists as deleted: they have no value to save. */
  readonly deleted: readonly SecretName[]
}

/** Values that are in memory at a time. */
const BATCH = 10_000

/** What tells whether a name is still as it was read. */
interface Seen {
  readonly version: Version
  readonly listed: string
}

export async function readingOf(request: ReadRequest): Promise<Reading> {
  const first = await listed(request)
  const seen = new Map<SecretName, Seen>()
  const names = namesOf(first, 'present')

  async function* entries(): AsyncGenerator<Entry> {
    for (let at = 0; at < names.length; at += BATCH) {
      const batch = names.slice(at, at + BATCH)
      const found = await readAll(batch, request)
      for (const name of batch) {
        const there = found.get(name)
        if (there?.state !== 'present') continue
        seen.set(name, { version: there.version, listed: markOf(first.get(name)) })
        yield* linesOf(name, there, request)
      }
      await request.progress(Math.min(at + BATCH, names.length), names.length)
    }
  }

  async function changes(): Promise<Changes> {
    const now = await listed(request)
    const doubtful = [...new Set([...namesOf(now, 'present'), ...seen.keys()])].filter((name) =>
      isDoubtful(seen.get(name), now.get(name)),
    )
    const found = await readAll(doubtful, request)
    const changed = new Map<SecretName, readonly Entry[]>()
    for (const name of doubtful.sort(compareNames)) {
      const there = found.get(name)
      const before = seen.get(name)
      if (there?.state !== 'present') {
        if (before !== undefined) changed.set(name, [])
        seen.delete(name)
        continue
      }
      seen.set(name, { version: there.version, listed: markOf(now.get(name)) })
      if (before?.version !== there.version) changed.set(name, await all(linesOf(name, there, request)))
    }
    return changed
  }

  return { names: names.length, entries, changes, deleted: namesOf(first, 'deleted') }
}

/** A listing that tells neither version nor time proves nothing: then the value is read again. */
function isDoubtful(seen: Seen | undefined, now: Listing | undefined): boolean {
  if (seen === undefined || now?.state !== 'present') return true
  if (now.version !== undefined && now.version !== seen.version) return true
  const mark = markOf(now)
  return mark === '' || mark !== seen.listed
}

const markOf = (listing: Listing | undefined): string => {
  const { version, updatedAt } = listing ?? {}
  return version === undefined && updatedAt === undefined ? '' : `${version ?? ''} ${updatedAt?.toISOString() ?? ''}`
}

async function listed({ provider, wants }: ReadRequest): Promise<ReadonlyMap<SecretName, Listing>> {
  const found = new Map<SecretName, Listing>()
  for await (const listing of provider.list()) if (wants(listing.name)) found.set(listing.name, listing)
  return found
}

const namesOf = (listings: ReadonlyMap<SecretName, Listing>, state: Listing['state']): SecretName[] =>
  [...listings.values()]
    .filter((each) => each.state === state)
    .map(({ name }) => name)
    .sort(compareNames)

/** Every name's answer. A doubt about any ends the backup: a smaller file must never pass for a whole one. */
async function readAll(
  names: readonly SecretName[],
  { provider, concurrency }: ReadRequest,
): Promise<ReadonlyMap<SecretName, Lookup>> {
  if (names.length === 0) return new Map()
  const sight =
    provider.readEach === undefined ? await byMany(names, provider, concurrency) : await provider.readEach(names)
  const found = new Map<SecretName, Lookup>()
  const failures = new Map<SecretName, Error>()
  for (const name of names) {
    const one =
      sight.get(name) ?? new Failure('PROTOCOL', { doing: 'reading', secret: name, why: 'the answer lacks the name' })
    if (one instanceof Error) failures.set(name, one)
    else found.set(name, one)
  }
  if (failures.size > 0) throw partial(failures)
  return found
}

async function byMany(
  names: readonly SecretName[],
  provider: Provider,
  concurrency: number,
): Promise<ReadonlyMap<SecretName, Lookup | Error>> {
  try {
    return await provider.readMany(names)
  } catch (error) {
    if (names.length === 1 || !isFailure(error) || error.retryable) throw error
    const sight = new Map<SecretName, Lookup | Error>()
    await eachAtMost(concurrency, names, async (name) => void sight.set(name, await provider.read(name).catch(asError)))
    return sight
  }
}

function partial(failures: ReadonlyMap<SecretName, Error>): Error {
  const [first] = failures.values()
  if (!isFailure(first)) return first ?? new Error('a failure of nothing')
  const names = [...failures.keys()]
  const why = `${names.length} of the secrets could not be read, so there is no backup: ${names.slice(0, 20).join(', ')}${names.length > 20 ? ' …' : ''}`
  return new Failure(
    first.code,
    { ...first.details, doing: 'reading for the backup', names, problems: [why] },
    { cause: first },
  )
}

/** One line for the current version, after those of its history where that was asked for. */
async function* linesOf(name: SecretName, there: Present, request: ReadRequest): AsyncGenerator<Entry> {
  if (request.allVersions) yield* historyOf(name, there, request)
  yield {
    name,
    version: there.version,
    current: true,
    created: there.createdAt?.toISOString() ?? null,
    labels: there.labels,
    description: there.description ?? null,
    value: there.value,
  }
}

/** Older versions that can still be read, oldest first. What is disabled or destroyed has no value to save. */
async function* historyOf(
  name: SecretName,
  there: Present,
  { provider, concurrency }: ReadRequest,
): AsyncGenerator<Entry> {
  if (provider.versions === undefined) return
  const older: { version: Version; created: string | null }[] = []
  for await (const { version, state, createdAt } of provider.versions(name))
    if (state === 'enabled' && version !== there.version)
      older.push({ version, created: createdAt?.toISOString() ?? null })
  const values = new Map<Version, Lookup>()
  await eachAtMost(
    concurrency,
    older,
    async ({ version }) => void values.set(version, await provider.read(name, version)),
  )
  for (const { version, created } of older.reverse()) {
    const found = values.get(version)
    if (found?.state !== 'present') continue
    yield { name, version, current: false, created, labels: {}, description: null, value: found.value }
  }
}

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of source) items.push(item)
  return items
}
