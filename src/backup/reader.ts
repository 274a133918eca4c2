import { createHash } from 'node:crypto'
import { Failure, isFailure } from '../core/failure.js'
import { type SecretName, secretName } from '../core/names.js'
import type { Labels } from '../core/ports.js'
import { FORMAT, type Header, type RawEntry, sha256, type Trailer } from './entry.js'
import { damaged, linesOf, parseLine } from './lines.js'

type Fields = Readonly<Record<string, unknown>>

export interface Contents {
  readonly header: Header
  readonly trailer: Trailer
  /** Different names. */
  readonly secrets: number
}

/**
 * Reads a payload to its end and checks all of it: order, counts, digests. What `visit` is given may not be acted upon
 * before this has returned: until then a later part may still turn out to be damaged.
 */
export async function readPayload(
  source: AsyncIterable<Uint8Array>,
  visit: (entry: RawEntry, header: Header) => void,
): Promise<Contents> {
  const hash = createHash('sha256')
  const order = inOrder()
  let header: Header | undefined
  let trailer: Trailer | undefined
  let at = 0
  for await (const line of linesOf(source)) {
    at++
    if (trailer !== undefined) throw damaged('something follows its last line')
    const fields = parseLine(line, at)
    if (header === undefined) header = headerOf(fields)
    else if (fields['end'] === true) trailer = checkedTrailer(fields, at - 2, hash.copy().digest('hex'))
    else {
      const entry = entryOf(fields, at)
      order.next(entry, at)
      visit(entry, header)
    }
    hash.update(line)
  }
  if (header === undefined) throw damaged('it is empty')
  if (trailer === undefined) throw damaged('its end is missing: it was cut')
  order.end()
  return { header, trailer, secrets: order.names() }
}

function checkedTrailer(fields: Fields, count: number, digest: string): Trailer {
  if (fields['count'] !== count)
    throw damaged(`its last line counts ${String(Number(fields['count']))} secrets, there are ${count}`)
  if (fields['digest'] !== digest) throw damaged('the digest of its lines does not fit: it was changed')
  return { count, digest }
}

/** Names come sorted, each once, and the last version of a name is the current one. */
function inOrder() {
  let last: RawEntry | undefined
  let names = 0
  const close = (): void => {
    if (last !== undefined && !last.current) throw damaged(`${last.name} has no current version`)
  }
  return {
    next(entry: RawEntry, at: number): void {
      if (last?.name !== entry.name) {
        close()
        if (last !== undefined && !(last.name < entry.name)) throw damaged(`line ${at} is out of order`)
        names++
      } else if (last.current) throw damaged(`line ${at} comes after the current version of its name`)
      last = entry
    },
    end: close,
    names: () => names,
  }
}

function headerOf(fields: Fields): Header {
  if (fields['vibesecrets'] !== 'backup') throw damaged('it is not a backup of this program')
  const { format } = fields
  if (typeof format === 'number' && format > FORMAT)
    throw new Failure('FORMAT_NEWER', {
      doing: 'reading the backup',
      why: `its format is ${format}, this program knows ${FORMAT}`,
    })
  const wrong = Object.entries(headerFields).find(([key, check]) => !check(fields[key]))
  if (format !== FORMAT || wrong !== undefined)
    throw damaged(`its first line is not that of a backup${wrong === undefined ? '' : `: ${wrong[0]}`}`)
  const { id, time, counter, previous, provider, source, environment, versions, include, exclude } =
    fields as unknown as Header
  return { id, time, counter, previous, provider, source, environment, versions, include, exclude }
}

type Check = (value: unknown) => boolean
const text: Check = (value) => typeof value === 'string' && value.length <= 4096
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value)
const id: Check = (value) => typeof value === 'string' && /^[0-9a-f]{32}$/.test(value)
const instant: Check = (value) => typeof value === 'string' && value.length <= 40 && !Number.isNaN(Date.parse(value))
const texts: Check = (value) => Array.isArray(value) && value.every(text)

const headerFields: { readonly [K in keyof Header]: Check } = {
  id,
  time: instant,
  counter: (value) => Number.isSafeInteger(value) && Number(value) > 0,
  previous: orNull(id),
  provider: text,
  source: text,
  environment: orNull(text),
  versions: (value) => value === 'current' || value === 'all',
  include: texts,
  exclude: texts,
}

function entryOf(fields: Fields, at: number): RawEntry {
  const { version, current, created, description, value } = fields
  const plain =
    orNull(text)(version) &&
    typeof current === 'boolean' &&
    orNull(instant)(created) &&
    (description === null || typeof description === 'string') &&
    typeof value === 'string'
  const bytes = plain ? bytesOf(String(value), fields['encoding']) : undefined
  if (bytes === undefined) throw damaged(`line ${at} is not that of a secret`)
  if (sha256(bytes) !== fields['digest']) throw damaged(`line ${at}: the value and its digest disagree`)
  return {
    name: nameOf(fields['name'], at),
    version: version as string | null,
    current: current as boolean,
    created: created as string | null,
    labels: labelsOf(fields['labels'], at),
    description: description as string | null,
    bytes,
  }
}

/** A lone surrogate has no bytes: it would come out as something else. */
function bytesOf(value: string, encoding: unknown): Uint8Array | undefined {
  if (encoding === 'utf8') return value.isWellFormed() ? Buffer.from(value, 'utf8') : undefined
  return encoding === 'base64' ? Buffer.from(value, 'base64') : undefined
}

function nameOf(value: unknown, at: number): SecretName {
  try {
    return secretName(String(typeof value === 'string' ? value : ''))
  } catch (error) {
    if (isFailure(error, 'NAME_INVALID')) throw damaged(`line ${at}: ${error.details.why ?? 'the name'}`)
    throw error
  }
}

function labelsOf(value: unknown, at: number): Labels {
  const entries =
    typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : undefined
  if (entries === undefined || !entries.every(([, label]) => typeof label === 'string'))
    throw damaged(`line ${at}: the labels`)
  return Object.fromEntries(entries as [string, string][])
}
