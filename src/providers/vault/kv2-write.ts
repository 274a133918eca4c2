import { Failure, isFailure } from '../../core/failure.js'
import type { SecretName } from '../../core/names.js'
import type { Labels, WriteOptions } from '../../core/ports.js'
import type { SecretValue, Version } from '../../core/secret.js'
import type { Caller } from './client.js'
import type { Entry } from './entry.js'
import { dataPath, type Found, type FoundPresent, look, numbered, post } from './kv2.js'
import { assertNotesFit, type Custom, type Notes, sameCustom, withNotes } from './metadata.js'
import { encodePath } from './paths.js'

/** Where a write goes: the version it stands on, and the fields of others that it keeps. */
interface Base {
  readonly cas: number
  readonly siblings: Entry['siblings']
}
const NOTHING: Base = { cas: 0, siblings: new Map() }

/** One request for a new name without labels; the server enforces `expect` by `cas`. */
export async function write(
  caller: Caller,
  mount: string,
  name: SecretName,
  value: SecretValue,
  options: WriteOptions,
): Promise<Version> {
  assertNotesFit(name, options)
  if (options.expect === 'absent') {
    const fresh = await post(caller, mount, name, { ...NOTHING, value, token: options.token })
    if (fresh !== undefined) return noted(caller, mount, name, fresh, options)
  }
  const found = await look(caller, mount, name)
  if (isOwn(found, value, options)) return noted(caller, mount, name, found, options)
  const base = baseFor(found, options.expect)
  const written = base && (await post(caller, mount, name, { ...base, value, token: options.token }))
  if (written !== undefined) return noted(caller, mount, name, written, options)
  return settled(caller, mount, name, value, options)
}

/** The write was refused as a conflict: it may be our own, whose answer was lost. */
async function settled(
  caller: Caller,
  mount: string,
  name: SecretName,
  value: SecretValue,
  options: WriteOptions,
): Promise<Version> {
  const found = await look(caller, mount, name)
  if (isOwn(found, value, options)) return noted(caller, mount, name, found, options)
  throw conflict('writing', name)
}

const isOwn = (found: Found, value: SecretValue, options: WriteOptions): found is FoundPresent =>
  found.state === 'present' && found.entry.token === options.token && found.value.equals(value)

function baseFor(found: Found, expect: WriteOptions['expect']): Base | undefined {
  if (expect === 'absent' && found.state === 'absent') return NOTHING
  if (expect === 'absent' && found.state === 'bare') return { cas: found.number, siblings: found.entry.siblings }
  if (expect === 'deleted' && found.state === 'deleted') return { cas: found.number, siblings: new Map() }
  if (found.state !== 'present' || numbered(found.number) !== expect) return undefined
  return { cas: found.number, siblings: found.entry.siblings }
}

export const conflict = (doing: string, secret: string): Failure =>
  new Failure('CONFLICT', { doing, secret, why: 'something else is there than was expected' })

/** Labels follow the value in a second request, when they change: from here on the write has happened. */
async function noted(
  caller: Caller,
  mount: string,
  name: string,
  written: { number: number; custom: Custom },
  notes: Notes,
): Promise<Version> {
  try {
    await keepNotes(caller, mount, name, written.custom, notes)
  } catch (error) {
    throw isFailure(error) ? error.with({ mayHaveHappened: true }) : error
  }
  return numbered(written.number)
}

async function keepNotes(caller: Caller, mount: string, name: string, custom: Custom, notes: Notes): Promise<void> {
  const next = withNotes(custom, notes)
  if (sameCustom(custom, next)) return
  const path = `${mount}/metadata/${name}`
  const asked = { doing: 'labelling', secret: name, capability: 'update', path } as const
  await caller.call(asked, 'POST', encodePath(path), { custom_metadata: next })
}

/** Replaces our labels; those of others in `custom_metadata` stay. */
export async function label(
  caller: Caller,
  mount: string,
  name: SecretName,
  labels: Labels,
  options: { readonly expect: Version; readonly description?: string },
): Promise<void> {
  const notes = { labels, description: options.description }
  assertNotesFit(name, notes)
  const found = await look(caller, mount, name)
  if (found.state !== 'present' || numbered(found.number) !== options.expect) throw conflict('labelling', name)
  await keepNotes(caller, mount, name, found.custom, notes)
}

/** Deletes that one version, softly: a version written meanwhile by somebody else stays. */
export async function remove(caller: Caller, mount: string, name: SecretName, expect: Version): Promise<void> {
  const found = await look(caller, mount, name)
  if (found.state !== 'present' || numbered(found.number) !== expect) throw conflict('removing', name)
  if (found.entry.siblings.size > 0) return removeField(caller, mount, name, found)
  const path = `${mount}/delete/${name}`
  const asked = { doing: 'removing', secret: name, capability: 'update', path } as const
  try {
    await caller.call(asked, 'POST', encodePath(path), { versions: [found.number] })
  } catch (error) {
    // a policy may grant "delete" on the data alone, which deletes whatever is current
    if (!isFailure(error, 'PERMISSION_DENIED')) throw error
    const data = dataPath(mount, name)
    await caller.call({ ...asked, capability: 'delete', path: data }, 'DELETE', encodePath(data))
  }
}

/** Other fields of the secret are not ours to delete: a new version goes on without our field. */
async function removeField(caller: Caller, mount: string, name: SecretName, found: FoundPresent): Promise<void> {
  const next = { cas: found.number, token: '', siblings: found.entry.siblings }
  if ((await post(caller, mount, name, next)) === undefined) throw conflict('removing', name)
}
