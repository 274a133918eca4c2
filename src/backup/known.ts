import type { Header } from './entry.js'

/** The newest backup of a source that this machine has made or restored. */
export interface Known {
  readonly id: string
  readonly counter: number
  readonly time: string
  /** Where it was put. */
  readonly place: string
}

/** A drill that ended well: every value of a backup came back. */
export interface Drill {
  readonly at: Date
  /** The file that was tried. */
  readonly file: string
  readonly source: string
  readonly id: string
  readonly counter: number
  /** When that backup was made. */
  readonly madeAt: Date
  readonly secrets: number
  readonly versions: number
}

/** In the state folder. */
export const KNOWN_FILE = 'backups.json'
export const DRILL_FILE = 'drill.json'

/** A file in the state folder that cannot be read is no reason to refuse a restore: then nothing is known. */
function objectIn(bytes: Uint8Array | undefined): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = bytes === undefined ? {} : JSON.parse(Buffer.from(bytes).toString('utf8'))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch (error) {
    if (error instanceof SyntaxError) return {}
    throw error
  }
}

export function readKnown(bytes: Uint8Array | undefined): ReadonlyMap<string, Known> {
  const sources = objectIn(bytes)['sources']
  if (typeof sources !== 'object' || sources === null) return new Map()
  return new Map(Object.entries(sources).filter((pair): pair is [string, Known] => isKnown(pair[1])))
}

function isKnown(value: unknown): value is Known {
  if (typeof value !== 'object' || value === null) return false
  const { id, counter, time, place } = value as Partial<Record<keyof Known, unknown>>
  return (
    typeof id === 'string' && Number.isSafeInteger(counter) && typeof time === 'string' && typeof place === 'string'
  )
}

export function writeKnown(known: ReadonlyMap<string, Known>): Uint8Array {
  return Buffer.from(`${JSON.stringify({ format: 1, sources: Object.fromEntries(known) }, undefined, 2)}\n`)
}

/** Whether a backup was made before the newest that is known of its source. */
export const isOlder = (header: Header, known: Known | undefined): known is Known =>
  known !== undefined && known.id !== header.id && (header.counter < known.counter || header.time < known.time)

/** The record with this backup in it, where it is the newest. */
export function noted(
  known: ReadonlyMap<string, Known>,
  { source, id, counter, time }: Header,
  place: string,
): ReadonlyMap<string, Known> {
  const before = known.get(source)
  if (before !== undefined && (before.counter > counter || before.time > time)) return known
  return new Map([...known, [source, { id, counter, time, place }]])
}

export function writeDrill(drill: Drill): Uint8Array {
  const { at, madeAt, ...rest } = drill
  return Buffer.from(
    `${JSON.stringify({ format: 1, at: at.toISOString(), madeAt: madeAt.toISOString(), ...rest }, undefined, 2)}\n`,
  )
}

export function readDrill(bytes: Uint8Array | undefined): Drill | undefined {
  const { at, madeAt, file, source, id, counter, secrets, versions } = objectIn(bytes)
  const [then, made] = [dateOf(at), dateOf(madeAt)]
  if (then === undefined || made === undefined || ![file, source, id].every((each) => typeof each === 'string'))
    return undefined
  return {
    at: then,
    madeAt: made,
    file: String(file),
    source: String(source),
    id: String(id),
    counter: Number(counter),
    secrets: Number(secrets),
    versions: Number(versions),
  }
}

const dateOf = (value: unknown): Date | undefined => {
  const date = typeof value === 'string' ? new Date(value) : undefined
  return date === undefined || Number.isNaN(date.getTime()) ? undefined : date
}

/** The last drill that ended well, out of the state folder; `undefined` when there was none. */
export async function lastDrill(folder: {
  read(path: string): Promise<Uint8Array | undefined>
}): Promise<Drill | undefined> {
  return readDrill(await folder.read(DRILL_FILE))
}
