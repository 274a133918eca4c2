import { Failure } from '../../core/failure.js'
import type { SecretName } from '../../core/names.js'
import type { Listing, VersionListing } from '../../core/ports.js'
import { type Caller, parsed } from './client.js'
import { look, numbered } from './kv2.js'
import { type Custom, descriptionOf, labelsOf } from './metadata.js'
import { encodePath } from './paths.js'

interface VersionFacts {
  readonly created_time: string
  readonly deletion_time: string
  readonly destroyed: boolean
}
interface SecretFacts {
  readonly current_version: number
  readonly created_time: string
  readonly updated_time: string
  readonly custom_metadata: Custom | null
  readonly versions: Readonly<Record<string, VersionFacts>>
}

/** What KV v2 tells of a name without its value; `undefined` when there is nothing. */
async function factsOf(caller: Caller, mount: string, name: string): Promise<SecretFacts | undefined> {
  const path = `${mount}/metadata/${name}`
  const asked = { doing: 'reading versions of', secret: name, capability: 'read', path } as const
  const reply = await caller.call(asked, 'GET', encodePath(path))
  return (parsed(reply) as { data?: SecretFacts }).data
}

/** `undefined` for a name that has metadata only, or that went away meanwhile. */
export async function listing(
  caller: Caller,
  mount: string,
  name: SecretName,
  now: Date,
): Promise<Listing | undefined> {
  const facts = await factsOf(caller, mount, name)
  const current = facts?.versions[facts.current_version]
  if (facts === undefined || current === undefined) return undefined
  const custom = facts.custom_metadata ?? {}
  const description = descriptionOf(custom)
  return {
    name,
    state: stateOf(current, now) === 'enabled' ? 'present' : 'deleted',
    version: numbered(facts.current_version),
    createdAt: new Date(facts.created_time),
    updatedAt: new Date(facts.updated_time),
    labels: labelsOf(custom),
    ...(description === undefined ? {} : { description }),
  }
}

/** A `deletion_time` to come is a time to live, not a deletion. */
function stateOf(facts: VersionFacts, now: Date): VersionListing['state'] {
  if (facts.destroyed) return 'destroyed'
  return facts.deletion_time !== '' && new Date(facts.deletion_time) <= now ? 'deleted' : 'enabled'
}

/** Newest first. */
export async function* versions(
  caller: Caller,
  mount: string,
  name: SecretName,
  now: () => Date,
): AsyncIterable<VersionListing> {
  const facts = await factsOf(caller, mount, name)
  for (const [number, each] of newestFirst(facts))
    yield { version: numbered(number), createdAt: new Date(each.created_time), state: stateOf(each, now()) }
}

function newestFirst(facts: SecretFacts | undefined): (readonly [number, VersionFacts])[] {
  const all = Object.entries(facts?.versions ?? {}).map(([number, each]) => [Number(number), each] as const)
  return all.sort(([a], [b]) => b - a)
}

/** Brings the current version back, if it is softly deleted; a name that is there stays as it is. */
export async function undelete(caller: Caller, mount: string, name: SecretName): Promise<void> {
  const found = await look(caller, mount, name)
  if (found.state === 'present') return
  if (found.state !== 'deleted') throw new Failure('SECRET_NOT_FOUND', { doing: 'bringing back', secret: name })
  if (found.destroyed)
    throw new Failure('SECRET_DELETED', { doing: 'bringing back', secret: name, why: 'its version was destroyed' })
  await change(caller, 'undelete', 'bringing back', mount, name, [found.number])
}

/** Destroys all versions but the newest `keep`, of which the current one is always one. */
export async function destroyOldVersions(
  caller: Caller,
  mount: string,
  name: SecretName,
  keep: number,
): Promise<number> {
  const all = newestFirst(await factsOf(caller, mount, name))
  const old = all.slice(Math.max(1, keep)).filter(([, facts]) => !facts.destroyed)
  const numbers = old.map(([number]) => number)
  if (numbers.length > 0) await change(caller, 'destroy', 'destroying versions of', mount, name, numbers)
  return numbers.length
}

async function change(
  caller: Caller,
  endpoint: 'undelete' | 'destroy',
  doing: string,
  mount: string,
  name: string,
  numbers: readonly number[],
): Promise<void> {
  const path = `${mount}/${endpoint}/${name}`
  await caller.call({ doing, secret: name, capability: 'update', path }, 'POST', encodePath(path), {
    versions: numbers,
  })
}
