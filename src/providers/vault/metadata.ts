import { Failure } from '../../core/failure.js'
import type { Labels } from '../../core/ports.js'

/** Ours begin so in `custom_metadata`; everything else there belongs to others. */
const LABEL = 'vibesecrets-'
const DESCRIPTION = 'vibesecrets.description'
/** Vault's limits for custom_metadata: keys, bytes of a key, bytes of a value. */
const MAX_KEYS = 64
const MAX_KEY = 128
const MAX_VALUE = 512
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]*$/u

export type Custom = Readonly<Record<string, string>>
export interface Notes {
  readonly labels?: Labels | undefined
  readonly description?: string | undefined
}

export function labelsOf(custom: Custom): Labels {
  const ours = Object.entries(custom).filter(([key]) => key.startsWith(LABEL))
  return Object.fromEntries(ours.map(([key, text]) => [key.slice(LABEL.length), unpacked(text)]))
}

export function descriptionOf(custom: Custom): string | undefined {
  const text = custom[DESCRIPTION]
  return text === undefined ? undefined : unpacked(text)
}

/** `custom` with our part replaced by what `notes` says; what it does not mention stays. */
export function withNotes(custom: Custom, notes: Notes): Custom {
  const next: Record<string, string> = { ...custom }
  if (notes.labels !== undefined) {
    for (const key of Object.keys(next)) if (key.startsWith(LABEL)) delete next[key]
    for (const [key, text] of Object.entries(notes.labels)) next[`${LABEL}${key}`] = packed(text)
  }
  if (notes.description === '') delete next[DESCRIPTION]
  else if (notes.description !== undefined) next[DESCRIPTION] = packed(notes.description)
  return next
}

export function sameCustom(a: Custom, b: Custom): boolean {
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key])
}

/** Throws VALUE_UNFIT before any request, where Vault would refuse the metadata after the value was written. */
export function assertNotesFit(secret: string, notes: Notes): void {
  const custom = Object.entries(withNotes({}, notes))
  const problems = custom.flatMap(([key, text]) => faultOf(key, text))
  if (custom.length > MAX_KEYS) problems.push(`${custom.length} labels, the limit is ${MAX_KEYS}`)
  if (problems.length > 0) throw new Failure('VALUE_UNFIT', { doing: 'checking labels', secret, problems })
}

function faultOf(key: string, text: string): string[] {
  const what = key === DESCRIPTION ? 'the description' : `label ${key.slice(LABEL.length)}`
  if (Buffer.byteLength(key) > MAX_KEY) return [`${what}: its name is longer than ${MAX_KEY} bytes`]
  if (Buffer.byteLength(text) > MAX_VALUE) return [`${what}: longer than ${MAX_VALUE} bytes`]
  return PRINTABLE.test(key) ? [] : [`${what}: its name has characters that cannot be printed`]
}

/** Vault refuses empty and unprintable values: those are kept percent-encoded behind a `%`. */
function packed(text: string): string {
  const plain = text !== '' && !text.startsWith('%') && PRINTABLE.test(text)
  return plain ? text : `%${encodeURIComponent(text.toWellFormed())}`
}

function unpacked(text: string): string {
  if (!text.startsWith('%')) return text
  try {
    return decodeURIComponent(text.slice(1))
  } catch {
    // written by somebody else: shown as it is
    return text
  }
}
