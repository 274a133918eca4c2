import { Failure } from './failure.js'
import { type SecretName, secretName } from './names.js'
import { type ProviderId, providerIds } from './ports.js'
import { type Version, version } from './secret.js'

/** How `migrate` writes references: `${secret:name}`, or `secret://name` where loaders expand `${…}` themselves. */
export type ReferenceStyle = 'braces' | 'uri'
/** What is done to a value before it is put into a longer text. */
export type Filter = (typeof filters)[number]
const filters = ['urlencode', 'base64'] as const

export interface Literal {
  readonly type: 'literal'
  readonly text: string
}
/** `${secret:[provider:]name[@version][#json.key][|filter…]}` or `secret://…` with the same inside. */
export interface SecretReference {
  readonly type: 'secret'
  readonly provider?: ProviderId
  readonly name: SecretName
  readonly version?: Version
  /** A path into the value, which is JSON then: `db.password`. */
  readonly key?: string
  readonly filters: readonly Filter[]
}
/** `${env:NAME}` or `${env:NAME:-default}`; the default is for a variable that is not set or empty. */
export interface EnvReference {
  readonly type: 'env'
  readonly name: string
  readonly fallback?: string
  readonly filters: readonly Filter[]
}
export type Segment = Literal | SecretReference | EnvReference

const URI = 'secret://'

/**
 * The literals and references of a text, in order. `$${` is a literal `${`; a `${…}` that is neither `secret:` nor
 * `env:` belongs to somebody else and stays literal. Throws INPUT_INVALID with the column, never with the text.
 */
export function parseReferences(text: string): Segment[] {
  if (text.startsWith(URI)) return [uriReference(text)]
  const segments: Segment[] = []
  let literal = ''
  let at = 0
  for (let open = nextMark(text, at); open >= 0; open = nextMark(text, at)) {
    literal += text.slice(at, open)
    if (text[open + 1] === '$') {
      literal += '${'
      at = open + 3
      continue
    }
    if (literal !== '') segments.push({ type: 'literal', text: literal })
    literal = ''
    const close = endOf(text, open)
    segments.push(braced(text.slice(open + 2, close), open))
    at = close + 1
  }
  literal += text.slice(at)
  if (literal !== '') segments.push({ type: 'literal', text: literal })
  return segments
}

/** Whether any part of a text is, or was meant as, a reference of this language. Never throws. */
export function isReference(text: string): boolean {
  if (text.startsWith(URI)) return true
  let open = nextMark(text, 0)
  while (open >= 0 && text[open + 1] === '$') open = nextMark(text, open + 3)
  return open >= 0
}

/** The text of a reference, without the quotes that a .env needs around `braces`. Odd characters are written %40. */
export function formatReference(
  name: SecretName,
  style: ReferenceStyle,
  parts: Partial<Pick<SecretReference, 'provider' | 'version' | 'key' | 'filters'>> = {},
): string {
  const provider = parts.provider === undefined ? '' : `${parts.provider}:`
  const at = parts.version === undefined ? '' : `@${encoded(parts.version)}`
  const key = parts.key === undefined ? '' : `#${encoded(parts.key)}`
  const after = (parts.filters ?? []).map((filter) => `|${filter}`).join('')
  const body = `${provider}${encoded(name)}${at}${key}${after}`
  return style === 'uri' ? `${URI}${body}` : `\${secret:${body}}`
}

/** A reference as it is named in messages. */
export function describeReference(reference: SecretReference | EnvReference): string {
  return reference.type === 'env' ? `\${env:${reference.name}}` : formatReference(reference.name, 'braces', reference)
}

/** Where the next `$${`, `${secret:` or `${env:` begins. Looks at each character once. */
function nextMark(text: string, from: number): number {
  for (let at = text.indexOf('${', from); at >= 0; at = text.indexOf('${', at + 2)) {
    if (at > from && text[at - 1] === '$') return at - 1
    if (text.startsWith('secret:', at + 2) || text.startsWith('env:', at + 2)) return at
  }
  return -1
}

function endOf(text: string, open: number): number {
  const close = text.indexOf('}', open)
  if (close < 0) throw fault('a reference has no closing brace', open)
  if (text.slice(open + 2, close).includes('${')) throw fault('a reference cannot stand inside a reference', open)
  return close
}

function braced(body: string, open: number): Segment {
  return body.startsWith('env:') ? envReference(body.slice(4), open) : secretReference(body.slice(7), open)
}

function uriReference(text: string): SecretReference {
  if (/\s/.test(text)) throw fault('a reference with secret:// holds no blanks', text.search(/\s/))
  return secretReference(text.slice(URI.length), 0)
}

function secretReference(body: string, column: number): SecretReference {
  const [reference = '', ...after] = body.split('|')
  const [place = '', key] = splitAt(reference, '#')
  const [full = '', at] = splitAt(place, '@')
  const [provider, name] = withProvider(full, column)
  return {
    type: 'secret',
    ...(provider === undefined ? {} : { provider }),
    name: named(name, column),
    ...(at === undefined ? {} : { version: version(filled(at, 'a version', column)) }),
    ...(key === undefined ? {} : { key: filled(key, 'a key', column) }),
    filters: after.map((filter) => known(filter, column)),
  }
}

function withProvider(text: string, column: number): [ProviderId | undefined, string] {
  const [before, name] = splitAt(text, ':')
  if (name === undefined) return [undefined, before]
  const provider = [...providerIds, 'memory' as const].find((id) => id === before)
  if (provider === undefined) throw fault(`before ":" stands one of ${providerIds.join(', ')}`, column)
  return [provider, name]
}

function named(text: string, column: number): SecretName {
  const name = filled(text, 'a name', column)
  try {
    return secretName(name)
  } catch (cause) {
    throw fault('a reference holds a name that no secret can have', column, cause)
  }
}

function envReference(body: string, column: number): EnvReference {
  const [before, fallback] = splitAt(body, ':-')
  const [name = '', ...after] = before.split('|')
  if (!/^[^\s:@#]+$/.test(name)) throw fault('a reference to a variable needs its name', column)
  const chosen = after.map((filter) => known(filter, column))
  return { type: 'env', name, ...(fallback === undefined ? {} : { fallback }), filters: chosen }
}

function known(text: string, column: number): Filter {
  const filter = filters.find((one) => one === text)
  if (filter === undefined) throw fault(`after "|" stands one of ${filters.join(', ')}`, column)
  return filter
}

function splitAt(text: string, mark: string): [string, string | undefined] {
  const at = text.indexOf(mark)
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + mark.length)]
}

function filled(text: string, what: string, column: number): string {
  if (text === '') throw fault(`${what} is missing in a reference`, column)
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw fault('a "%" in a reference is written %25', column, cause)
  }
}

function encoded(text: string): string {
  return text.replace(/[^A-Za-z0-9._/-]+/gu, (odd) =>
    [...Buffer.from(odd, 'utf8')].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  )
}

function fault(why: string, index: number, cause?: unknown): Failure {
  const details = { doing: 'reading references', why: `${why} (column ${index + 1})` }
  return new Failure('INPUT_INVALID', details, { cause })
}
