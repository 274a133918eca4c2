import { createHmac } from 'node:crypto'
import type { SecretName } from '../../core/names.js'
import type { Lookup, WriteOptions } from '../../core/ports.js'
import { type SecretValue, type Version, version } from '../../core/secret.js'
import { type Caller, parsed } from './client.js'
import { decodeEntry, type Entry, encodeEntry } from './entry.js'
import { conflict } from './kv2-write.js'
import { encodePath } from './paths.js'
import { rawMembers } from './raw-json.js'
import { RawBody } from './transport.js'

/** KV v1 numbers nothing, so all its entries are written as of this version. */
const NO_VERSION = 0

/** A KV v1 mount. `key` keys versions: the mount's own id, which no plan and no output shows. */
export interface Kv1 {
  readonly caller: Caller
  readonly mount: string
  readonly key: string
}

async function look(kv: Kv1, name: string): Promise<Entry | undefined> {
  const path = `${kv.mount}/${name}`
  const reply = await kv.caller.call(
    { doing: 'reading', secret: name, capability: 'read', path },
    'GET',
    encodePath(path),
  )
  const body = parsed(reply) as { data?: object }
  return body.data === undefined ? undefined : decodeEntry(rawMembers(reply.text).get('data') ?? '{}', NO_VERSION)
}

/** Changes with the value and with the writer. Without the key nobody can try values against it. */
function versionOf(kv: Kv1, name: string, entry: Entry & { value: SecretValue }): Version {
  const mac = createHmac('sha256', kv.key).update(JSON.stringify([kv.mount, name, entry.token ?? '']))
  return version(mac.update(entry.value.revealBytes()).digest('base64url').slice(0, 22))
}

const isThere = (entry: Entry | undefined): entry is Entry & { value: SecretValue } => entry?.value !== undefined

/** Another version than the current one is gone for good. */
export async function read(kv: Kv1, name: SecretName, wanted?: Version): Promise<Lookup> {
  const entry = await look(kv, name)
  if (!isThere(entry)) return { state: 'absent' }
  const current = versionOf(kv, name, entry)
  if (wanted !== undefined && wanted !== current) return { state: 'absent' }
  const by = entry.token === undefined ? {} : { writtenBy: entry.token }
  return { state: 'present', version: current, value: entry.value, labels: {}, ...by }
}

/** Reads first, since KV v1 compares nothing: between the two requests somebody else may write. */
export async function write(kv: Kv1, name: SecretName, value: SecretValue, options: WriteOptions): Promise<Version> {
  const before = await look(kv, name)
  const next = { siblings: before?.siblings ?? new Map<string, string>(), token: options.token, value }
  if (isThere(before) && before.token === options.token && before.value.equals(value)) return versionOf(kv, name, next)
  const now = isThere(before) ? versionOf(kv, name, before) : 'absent'
  if (now !== options.expect) throw conflict('writing', name)
  await store(kv, name, before === undefined ? 'create' : 'update', next)
  return versionOf(kv, name, next)
}

async function store(
  kv: Kv1,
  name: string,
  capability: 'create' | 'update',
  next: { value?: SecretValue; token: string; siblings: Entry['siblings'] },
): Promise<void> {
  const path = `${kv.mount}/${name}`
  const body = new RawBody(encodeEntry(next.value, next.token, NO_VERSION, next.siblings))
  const asked = { doing: 'writing', secret: name, capability, path, unguarded: true } as const
  await kv.caller.call(asked, 'POST', encodePath(path), body)
}

/** For good: KV v1 has no way back. Fields of others stay. */
export async function remove(kv: Kv1, name: SecretName, expect: Version): Promise<void> {
  const before = await look(kv, name)
  if (!isThere(before) || versionOf(kv, name, before) !== expect) throw conflict('removing', name)
  if (before.siblings.size > 0) return store(kv, name, 'update', { token: '', siblings: before.siblings })
  const path = `${kv.mount}/${name}`
  const asked = { doing: 'removing', secret: name, capability: 'delete', path, unguarded: true } as const
  await kv.caller.call(asked, 'DELETE', encodePath(path))
}
