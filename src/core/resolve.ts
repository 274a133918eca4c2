import { Failure } from './failure.js'
import {
  describeReference,
  type EnvReference,
  type Filter,
  parseReferences,
  type SecretReference,
  type Segment,
} from './reference.js'
import { SecretValue } from './secret.js'

/** Where values come from. `undefined` is a certain "there is none"; doubt is a thrown Failure. */
export interface ReferenceLookup {
  secret(reference: SecretReference): Promise<SecretValue | undefined>
  /** A variable's text; it may hold references itself. */
  env(name: string): string | undefined
}

/** Longer results come from texts that double themselves, not from secrets. */
const LONGEST = 4 * 2 ** 20
const DEEPEST = 100

/** Text that holds no secret stays text, so that nobody hides a port number; anything else is a SecretValue. */
export type Resolved = string | SecretValue

/**
 * A text with its references replaced. What a secret holds is never read as a reference; what a variable holds is.
 * `key` is the variable whose text this is: errors name it, and a circle back to it is found.
 */
export async function resolve(text: string, lookup: ReferenceLookup, key?: string): Promise<Resolved> {
  return await resolveText(text, { lookup, known: new Map(), path: key === undefined ? [] : [key] })
}

interface Walk {
  readonly lookup: ReferenceLookup
  /** Variables that are resolved already: each once, however often they are named. */
  readonly known: Map<string, Resolved>
  /** The variables that led here. */
  readonly path: readonly string[]
}

async function resolveText(text: string, walk: Walk): Promise<Resolved> {
  const pieces: Resolved[] = []
  for (const segment of segmentsOf(text, walk)) pieces.push(await pieceOf(segment, walk))
  const [only = ''] = pieces
  return pieces.length <= 1 ? only : joined(pieces, walk)
}

function segmentsOf(text: string, walk: Walk): Segment[] {
  try {
    return parseReferences(text)
  } catch (error) {
    throw error instanceof Failure ? error.with(concerned(walk)) : error
  }
}

async function pieceOf(segment: Segment, walk: Walk): Promise<Resolved> {
  if (segment.type === 'literal') return segment.text
  const value = segment.type === 'env' ? await variable(segment, walk) : await secret(segment, walk)
  return segment.filters.reduce<Resolved>((one, filter) => filtered(one, filter, segment, walk), value)
}

async function secret(reference: SecretReference, walk: Walk): Promise<SecretValue> {
  const value = await walk.lookup.secret(reference)
  if (value === undefined) throw missing(reference, walk, 'there is no such secret')
  return reference.key === undefined ? value : part(value, reference.key, reference, walk)
}

async function variable(reference: EnvReference, walk: Walk): Promise<Resolved> {
  const { name, fallback } = reference
  if (walk.path.includes(name)) throw circle([...walk.path, name])
  const known = walk.known.get(name)
  if (known !== undefined) return known
  const text = walk.lookup.env(name)
  if (fallback !== undefined && (text === undefined || text === '')) return fallback
  if (text === undefined) throw missing(reference, walk, 'the variable is not set')
  if (walk.path.length >= DEEPEST) throw invalid(`references are more than ${DEEPEST} deep`, walk)
  const value = await resolveText(text, { ...walk, path: [...walk.path, name] })
  walk.known.set(name, value)
  return value
}

function joined(pieces: readonly Resolved[], walk: Walk): Resolved {
  const length = pieces.reduce((sum, one) => sum + (typeof one === 'string' ? one.length : one.byteLength), 0)
  if (length > LONGEST) throw invalid('references grow to more than 4 MiB', walk)
  if (pieces.every((one) => typeof one === 'string')) return pieces.join('')
  if (pieces.some((one) => typeof one !== 'string' && !one.isText))
    throw unfit('a binary value cannot stand inside a text', walk)
  return SecretValue.fromText(pieces.map((one) => (typeof one === 'string' ? one : one.reveal())).join(''))
}

function filtered(value: Resolved, filter: Filter, reference: SecretReference | EnvReference, walk: Walk): Resolved {
  const apply = filter === 'base64' ? base64 : urlencoded
  if (typeof value === 'string') return apply(Buffer.from(value, 'utf8'))
  if (filter === 'urlencode' && !value.isText)
    throw unfit(`${describeReference(reference)}: a binary value cannot be urlencoded`, walk)
  return SecretValue.fromText(apply(value.revealBytes()))
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}

/** Also what `encodeURIComponent` leaves and some URL readers trip over. */
function urlencoded(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('utf8')
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** A field of a JSON value: the whole key if there is a field of that name, else step by step at the dots. */
function part(value: SecretValue, key: string, reference: SecretReference, walk: Walk): SecretValue {
  const json = jsonOf(value, reference, walk)
  const found = fieldOf(json, key) ?? key.split('.').reduce<unknown>(fieldOf, json)
  if (found === undefined) throw missing(reference, walk, 'the secret has no such field')
  return SecretValue.fromText(typeof found === 'string' ? found : JSON.stringify(found))
}

/** The parser's own message would quote the value: it is dropped. */
function jsonOf(value: SecretValue, reference: SecretReference, walk: Walk): unknown {
  try {
    return JSON.parse(value.reveal())
  } catch {
    throw unfit(`${describeReference(reference)}: the value is not JSON, so it has no fields`, walk)
  }
}

function fieldOf(json: unknown, key: string): unknown {
  const isObject = typeof json === 'object' && json !== null && Object.hasOwn(json, key)
  return isObject ? (json as Record<string, unknown>)[key] : undefined
}

const concerned = ({ path }: Walk): { names?: readonly string[] } => (path.length > 0 ? { names: path } : {})

function missing(reference: SecretReference | EnvReference, walk: Walk, why: string): Failure {
  const details = { doing: 'resolving references', why: `${describeReference(reference)}: ${why}`, ...concerned(walk) }
  if (reference.type === 'env') return new Failure('INPUT_INVALID', details)
  return new Failure('SECRET_NOT_FOUND', { ...details, secret: reference.name })
}

function circle(path: readonly string[]): Failure {
  return new Failure('INPUT_INVALID', {
    doing: 'resolving references',
    why: `they go in a circle: ${path.join(' → ')}`,
    names: path,
  })
}

function invalid(why: string, walk: Walk): Failure {
  return new Failure('INPUT_INVALID', { doing: 'resolving references', why, ...concerned(walk) })
}

function unfit(why: string, walk: Walk): Failure {
  return new Failure('VALUE_UNFIT', { doing: 'resolving references', why, ...concerned(walk) })
}
