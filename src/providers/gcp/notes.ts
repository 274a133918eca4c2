import { Failure } from '../../core/failure.js'
import type { Labels } from '../../core/ports.js'

export type Annotations = Readonly<Record<string, string>>

/** Who writes, or wrote, which version. Until `until` nobody else may begin to write that number. */
export interface Claim {
  readonly number: number
  readonly until: Date
  readonly token: string
}

/** The secret was removed while `number` was its newest version. */
export interface Mark {
  readonly number: number
  readonly at: Date
}

const CLAIM = 'vibesecrets-write'
const MARK = 'vibesecrets-deleted'
const DESCRIPTION = 'vibesecrets-description'
const LABEL = 'vibesecrets-label-'
/** The service's limits for annotations (resources.proto): characters of a key, bytes of all keys and values. */
const MAX_KEY = 63
const MAX_TOTAL = 16_384

export function claimOf(notes: Annotations): Claim | undefined {
  const [, number, until, token] = /^([1-9]\d*) (\d+) (.+)$/s.exec(notes[CLAIM] ?? '') ?? []
  if (number === undefined || token === undefined) return undefined
  return { number: Number(number), until: new Date(Number(until) * 1_000), token }
}

export function markOf(notes: Annotations): Mark | undefined {
  const [, number, at] = /^(\d+) (\d{4}-\S+)$/.exec(notes[MARK] ?? '') ?? []
  return at === undefined ? undefined : { number: Number(number), at: new Date(at) }
}

export function labelsOf(notes: Annotations): Labels {
  const ours = Object.entries(notes).filter(([key]) => key.startsWith(LABEL))
  return Object.fromEntries(ours.map(([key, text]) => [unescaped(key.slice(LABEL.length)), text]))
}

export const descriptionOf = (notes: Annotations): string | undefined => notes[DESCRIPTION]

export interface Change {
  readonly claim?: Claim | 'none'
  readonly mark?: Mark | 'none'
  readonly labels?: Labels | undefined
  readonly description?: string | undefined
}

/** `notes` with our part changed; what `change` does not mention, and what belongs to others, stays. */
export function withChange(notes: Annotations, change: Change): Annotations {
  const next: Record<string, string> = { ...notes }
  put(
    next,
    CLAIM,
    change.claim,
    ({ number, until, token }) => `${number} ${Math.ceil(until.getTime() / 1_000)} ${token}`,
  )
  put(next, MARK, change.mark, ({ number, at }) => `${number} ${at.toISOString()}`)
  if (change.labels !== undefined) {
    for (const key of Object.keys(next)) if (key.startsWith(LABEL)) delete next[key]
    for (const [key, text] of Object.entries(change.labels)) next[`${LABEL}${escaped(key)}`] = text
  }
  if (change.description === '') delete next[DESCRIPTION]
  else if (change.description !== undefined) next[DESCRIPTION] = change.description
  return next
}

function put<T>(
  next: Record<string, string>,
  key: string,
  what: T | 'none' | undefined,
  text: (one: T) => string,
): void {
  if (what === undefined) return
  if (what === 'none') delete next[key]
  else next[key] = text(what)
}

/** Throws VALUE_UNFIT before any request, where the service would refuse the annotations. */
export function assertNotesFit(secret: string, notes: Annotations): void {
  const problems = Object.keys(notes)
    .filter((key) => key.length > MAX_KEY)
    .map((key) => `label ${key.slice(LABEL.length)}: takes more than ${MAX_KEY} characters as an annotation's key`)
  const total = Object.entries(notes).reduce((sum, [key, text]) => sum + Buffer.byteLength(key + text), 0)
  if (total >= MAX_TOTAL) problems.push(`labels and description: ${total} bytes, the limit is ${MAX_TOTAL}`)
  if (problems.length > 0) throw new Failure('VALUE_UNFIT', { doing: 'checking labels', secret, problems })
}

/** A key takes letters, digits, `-`, `_` and `.`, and ends with a letter or digit; `_` begins an escape here. */
const escaped = (key: string): string =>
  key.replace(/[^A-Za-z0-9.-]|[^A-Za-z0-9]$/gu, (char) =>
    [...Buffer.from(char, 'utf8')].map((byte) => `_${byte.toString(16).padStart(2, '0')}`).join(''),
  )

const unescaped = (key: string): string =>
  key.replace(/(?:_[0-9a-f]{2})+/g, (run) => Buffer.from(run.replaceAll('_', ''), 'hex').toString('utf8'))
