import { Failure, isFailure } from '../../core/failure.js'
import type { Lookup, Present } from '../../core/ports.js'
import { type SecretValue, type Version, version } from '../../core/secret.js'
import { type Caller, parsed } from './client.js'
import { decodeEntry, type Entry, encodeEntry } from './entry.js'
import { type Custom, descriptionOf, labelsOf } from './metadata.js'
import { encodePath } from './paths.js'
import { rawMembers } from './raw-json.js'
import { RawBody } from './transport.js'

/** What KV v2 holds under a name. `bare`: fields of others, and none of ours. */
export type Found =
  | { readonly state: 'absent' }
  | { readonly state: 'deleted'; readonly number: number; readonly destroyed: boolean; readonly deletedAt?: Date }
  | { readonly state: 'bare'; readonly number: number; readonly entry: Entry; readonly custom: Custom }
  | FoundPresent
export interface FoundPresent {
  readonly state: 'present'
  readonly number: number
  readonly entry: Entry
  readonly value: SecretValue
  readonly custom: Custom
  readonly createdAt: Date
}

interface Metadata {
  readonly version: number
  readonly created_time: string
  readonly deletion_time: string
  readonly destroyed: boolean
  readonly custom_metadata: Custom | null
}

export const dataPath = (mount: string, name: string): string => `${mount}/data/${name}`

/** Reads the current version of a name, or the one asked for. */
export async function look(caller: Caller, mount: string, name: string, wanted?: number): Promise<Found> {
  const path = dataPath(mount, name)
  const query = wanted === undefined ? '' : `?version=${wanted}`
  const asked = { doing: 'reading', secret: name, capability: 'read', path } as const
  const reply = await caller.call(asked, 'GET', `${encodePath(path)}${query}`)
  const body = parsed(reply) as { data?: { data: object | null; metadata: Metadata } }
  if (body.data === undefined) return { state: 'absent' }
  const { data, metadata } = body.data
  if (data === null) return deleted(metadata)
  return found(memberOf(memberOf(reply.text, 'data'), 'data'), metadata)
}

const memberOf = (json: string, key: string): string => rawMembers(json).get(key) ?? '{}'

function deleted(metadata: Metadata): Found {
  const time = metadata.deletion_time
  const deletedAt = time === '' ? {} : { deletedAt: new Date(time) }
  return { state: 'deleted', number: metadata.version, destroyed: metadata.destroyed, ...deletedAt }
}

function found(json: string, metadata: Metadata): Found {
  const entry = decodeEntry(json, metadata.version)
  const custom = metadata.custom_metadata ?? {}
  const same = { number: metadata.version, entry, custom }
  if (entry.value === undefined) return { state: 'bare', ...same }
  return { state: 'present', ...same, value: entry.value, createdAt: new Date(metadata.created_time) }
}

/** A secret that has no field of ours is absent: writing adds the field, removing takes only it away. */
export function toLookup(found: Found): Lookup {
  if (found.state === 'present') return toPresent(found)
  if (found.state !== 'deleted') return { state: 'absent' }
  const when = found.deletedAt === undefined ? {} : { deletedAt: found.deletedAt }
  return { state: 'deleted', version: numbered(found.number), ...when }
}

function toPresent(found: FoundPresent): Present {
  const description = descriptionOf(found.custom)
  return {
    state: 'present',
    version: numbered(found.number),
    value: found.value,
    createdAt: found.createdAt,
    labels: labelsOf(found.custom),
    ...(description === undefined ? {} : { description }),
    ...(found.entry.token === undefined ? {} : { writtenBy: found.entry.token }),
  }
}

export const numbered = (number: number): Version => version(String(number))

/** A new version on top of `cas`, with `value` (or without our field), or `undefined` when `cas` is not current. */
export async function post(
  caller: Caller,
  mount: string,
  name: string,
  next: { cas: number; value?: SecretValue; token: string; siblings: Entry['siblings'] },
): Promise<{ number: number; custom: Custom } | undefined> {
  const path = dataPath(mount, name)
  const capability = next.cas === 0 ? 'create' : 'update'
  const data = encodeEntry(next.value, next.token, next.cas + 1, next.siblings)
  const body = new RawBody(`{"options":{"cas":${next.cas}},"data":${data}}`)
  try {
    const reply = await caller.call(
      { doing: 'writing', secret: name, capability, path },
      'POST',
      encodePath(path),
      body,
    )
    const written = (parsed(reply) as { data?: Metadata }).data
    if (written === undefined) throw new Failure('PROTOCOL', { doing: 'writing', secret: name, mayHaveHappened: true })
    return { number: written.version, custom: written.custom_metadata ?? {} }
  } catch (error) {
    if (isFailure(error, 'CONFLICT')) return undefined
    throw error
  }
}
