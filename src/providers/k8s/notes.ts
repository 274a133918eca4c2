import type { V1ObjectMeta } from '@kubernetes/client-node'
import type { Labels } from '../../core/ports.js'
import { MANAGER } from './api.js'

/** Holds what we know of each key: one annotation, so that it changes in one request with the values. */
export const ANNOTATION = 'vibesecrets.dev/secrets'
/** Kubernetes allows 256 KiB for all annotations, names included. */
const MAX_ANNOTATIONS = 262_144

/** What is kept beside a key. Never anything that is made from its value: `kubectl describe` shows annotations. */
export interface Note {
  /** Of the write that made the value. */
  readonly token?: string
  readonly updatedAt?: string
  readonly labels?: Labels
  readonly description?: string
}
export type Notes = ReadonlyMap<string, Note>

/** An annotation that somebody else broke is no reason not to read values: it counts as empty. */
export function notesOf(metadata: V1ObjectMeta | undefined): Notes {
  const text = metadata?.annotations?.[ANNOTATION]
  const body: unknown = text === undefined ? {} : parse(text)
  const entries = typeof body === 'object' && body !== null ? Object.entries(body) : []
  return new Map(entries.filter(([, note]) => isNote(note)))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // see `notesOf`
    return undefined
  }
}

function isNote(note: unknown): note is Note {
  if (typeof note !== 'object' || note === null) return false
  const { token = '', updatedAt = '', labels = {}, description = '' } = note as Record<string, unknown>
  const texts = [token, updatedAt, description]
  if (typeof labels !== 'object' || labels === null) return false
  return [...texts, ...Object.values(labels)].every((text) => typeof text === 'string')
}

/**
 * The keys whose present values were set by us. The API server moves a key to whoever changes its value, so that a
 * note cannot vouch for a value that came by `kubectl` later.
 */
export function ownKeys(metadata: V1ObjectMeta | undefined): ReadonlySet<string> {
  const entries = (metadata?.managedFields ?? []).filter(({ manager }) => manager === MANAGER)
  const data = entries.flatMap(({ fieldsV1 }) => Object.keys((fieldsV1 as Fields | undefined)?.['f:data'] ?? {}))
  return new Set(data.filter((key) => key.startsWith('f:')).map((key) => key.slice(2)))
}

interface Fields {
  readonly 'f:data'?: object
}

/** The annotation's text; `undefined` when it does not fit, even without the facts that can be done without. */
export function annotationFor(notes: Notes, metadata: V1ObjectMeta | undefined): string | undefined {
  const others = Object.entries(metadata?.annotations ?? {}).filter(([name]) => name !== ANNOTATION)
  const taken = others.reduce((sum, [name, text]) => sum + size(name) + size(text), size(ANNOTATION))
  const whole = json(notes)
  if (taken + size(whole) <= MAX_ANNOTATIONS) return whole
  const short = json(new Map([...notes].map(([key, note]) => [key, essence(note)])))
  return taken + size(short) <= MAX_ANNOTATIONS ? short : undefined
}

const essence = ({ updatedAt: _, ...note }: Note): Note => note
const json = (notes: Notes): string => JSON.stringify(Object.fromEntries(notes))
const size = (text: string): number => Buffer.byteLength(text)
