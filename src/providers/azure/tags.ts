import { Failure } from '../../core/failure.js'
import type { Labels, WriteOptions } from '../../core/ports.js'

export type Tags = Readonly<Record<string, string>>

/** `<version that was replaced, or -> <token>`: who wrote a version, and which one came before. */
const WRITE = 'vibesecrets-write'
const DESCRIPTION = 'vibesecrets-description'
const LABEL = 'vibesecrets.'
/** learn.microsoft.com/azure/key-vault/secrets/about-secrets: 15 tags; the smallest of the documented lengths. */
const MAX_TAGS = 15
const MAX_TEXT = 256
const MAX_TOKEN = 200

export interface Written {
  readonly previous?: string
  readonly token?: string
}

export function writtenOf(tags: Tags | undefined): Written {
  const [, previous = '-', token = ''] = /^(\S+) (.*)$/s.exec(tags?.[WRITE] ?? '') ?? []
  return { ...(previous !== '-' && { previous }), ...(token !== '' && { token }) }
}

export function labelsOf(tags: Tags | undefined): Labels {
  const ours = Object.entries(tags ?? {}).filter(([key]) => key.startsWith(LABEL))
  return Object.fromEntries(ours.map(([key, text]) => [unpacked(key.slice(LABEL.length)), unpacked(text)]))
}

export function descriptionOf(tags: Tags | undefined): string | undefined {
  const text = tags?.[DESCRIPTION]
  return text === undefined ? undefined : unpacked(text)
}

/** The tags of a version that replaces one with `tags`: those of others stay. */
export function tagsOfWrite(tags: Tags, previous: string | undefined, options: WriteOptions): Tags {
  const token = options.token.length <= MAX_TOKEN ? options.token : ''
  return { ...retagged(tags, options.labels, options.description), [WRITE]: `${previous ?? '-'} ${token}` }
}

/** `tags` with our labels and description replaced, where they are given. */
export function retagged(tags: Tags, labels: Labels | undefined, description: string | undefined): Tags {
  const next: Record<string, string> = { ...tags }
  if (labels !== undefined) {
    for (const key of Object.keys(next)) if (key.startsWith(LABEL)) delete next[key]
    for (const [key, text] of Object.entries(labels)) next[`${LABEL}${packed(key)}`] = packed(text)
  }
  if (description === '') delete next[DESCRIPTION]
  else if (description !== undefined) next[DESCRIPTION] = packed(description)
  return next
}

/** Throws VALUE_UNFIT where the service would refuse the tags. */
export function assertTagsFit(secret: string, tags: Tags): void {
  const all = Object.entries(tags)
  const problems = all
    .filter(([key, text]) => key.length > MAX_TEXT || text.length > MAX_TEXT)
    .map(([key]) => `${titleOf(key)}: longer than the ${MAX_TEXT} characters of a tag`)
  if (all.length > MAX_TAGS) problems.push(`${all.length} tags, the limit is ${MAX_TAGS}`)
  if (problems.length > 0) throw new Failure('VALUE_UNFIT', { doing: 'checking labels', secret, problems })
}

function titleOf(key: string): string {
  if (key === DESCRIPTION) return 'the description'
  return key.startsWith(LABEL) ? `label ${key.slice(LABEL.length)}` : `tag ${key}`
}

/** Empty texts and control characters are kept percent-encoded behind a `%`: not every tool takes them in a tag. */
function packed(text: string): string {
  const isPlain = text !== '' && !text.startsWith('%') && !/[\u0000-\u001f\u007f]/.test(text)
  return isPlain ? text : `%${encodeURIComponent(text.toWellFormed())}`
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
