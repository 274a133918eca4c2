import { createHmac } from 'node:crypto'
import type { V1Secret } from '@kubernetes/client-node'
import { type SecretName, secretName } from '../../core/names.js'
import type { Listing, Lookup } from '../../core/ports.js'
import { SecretValue, type Version, version } from '../../core/secret.js'
import { type Note, type Notes, notesOf, ownKeys } from './notes.js'

/** The Secret as it was at one moment. */
export interface View {
  readonly secret: V1Secret
  readonly notes: Notes
  readonly own: ReadonlySet<string>
}

export const viewOf = (secret: V1Secret): View => ({
  secret,
  notes: notesOf(secret.metadata),
  own: ownKeys(secret.metadata),
})

/** A Secret that is not there holds no name, and that is certain. */
export function lookup(view: View | undefined, name: SecretName): Lookup {
  const bytes = bytesOf(view, name)
  if (view === undefined || bytes === undefined) return { state: 'absent' }
  const note = noteOf(view, name)
  return {
    state: 'present',
    version: versionOf(view, name, bytes),
    value: SecretValue.fromBytes(bytes),
    labels: note.labels ?? {},
    ...(note.updatedAt === undefined ? {} : { createdAt: new Date(note.updatedAt) }),
    ...(note.description === undefined ? {} : { description: note.description }),
    ...(note.token === undefined ? {} : { writtenBy: note.token }),
  }
}

export function listings(view: View | undefined, prefix: string): Listing[] {
  const names = Object.keys(view?.secret.data ?? {}).filter((name) => name.startsWith(prefix))
  return names.sort().flatMap((name) => listing(view, secretName(name)))
}

function listing(view: View | undefined, name: SecretName): Listing[] {
  const found = lookup(view, name)
  if (found.state !== 'present') return []
  const { version, labels, createdAt, description } = found
  return [
    {
      name,
      state: 'present',
      version,
      labels,
      ...(createdAt === undefined ? {} : { updatedAt: createdAt }),
      ...(description === undefined ? {} : { description }),
    },
  ]
}

export function bytesOf(view: View | undefined, name: string): Uint8Array | undefined {
  const data = view?.secret.data ?? {}
  return Object.hasOwn(data, name) ? Buffer.from(data[name] ?? '', 'base64') : undefined
}

/** Labels and description stay with the key; who wrote and when only while the value is that one. */
function noteOf(view: View, name: string): Note {
  const note = view.notes.get(name) ?? {}
  if (view.own.has(name)) return note
  const { token: _token, updatedAt: _updatedAt, ...rest } = note
  return rest
}

/**
 * Changes with the value, whoever changes it. Keyed with the Secret's uid, which no plan and no output shows, so that
 * nobody can try values against a version.
 */
function versionOf(view: View, name: string, bytes: Uint8Array): Version {
  const key = view.secret.metadata?.uid ?? ''
  const mac = createHmac('sha256', key).update(JSON.stringify([name, noteOf(view, name).token ?? '']))
  return version(mac.update(bytes).digest('base64url').slice(0, 22))
}
