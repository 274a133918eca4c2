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

/** A drill that did not: the backup could not be opened, was damaged, or did not give back what it holds. */
export interface FailedDrill {
  readonly at: Date
  /** What was to be tried, as it was typed. */
  readonly file: string
  /** The failure's code: DAMAGED, KEY_WRONG, DIFFERS … */
  readonly code: string
}

/** The last drill that ended well, and the failed one after it. */
export interface Drills {
  readonly good?: Drill
  readonly failed?: FailedDrill
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

/** The good one stands at the top, as it always did. */
export function writeDrills({ good, failed }: Drills): Uint8Array {
  const record = {
    format: 1,
    ...(good === undefined ? {} : { ...good, at: good.at.toISOString(), madeAt: good.madeAt.toISOString() }),
    ...(failed === undefined ? {} : { failed: { ...failed, at: failed.at.toISOString() } }),
  }
  return Buffer.from(`${JSON.stringify(record, undefined, 2)}\n`)
}

export function readDrills(bytes: Uint8Array | undefined): Drills {
  const record = objectIn(bytes)
  const [good, failed] = [goodIn(record), failedIn(record['failed'])]
  return { ...(good === undefined ? {} : { good }), ...(failed === undefined ? {} : { failed }) }
}

function goodIn(record: Readonly<Record<string, unknown>>): Drill | undefined {
  const { at, madeAt, file, source, id, counter, secrets, versions } = record
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

function failedIn(value: unknown): FailedDrill | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { at, file, code } = value as Partial<Record<keyof FailedDrill, unknown>>
  const then = dateOf(at)
  return then === undefined || typeof file !== 'string' || typeof code !== 'string'
    ? undefined
    : { at: then, file, code }
}

const dateOf = (value: unknown): Date | undefined => {
  const date = typeof value === 'string' ? new Date(value) : undefined
  return date === undefined || Number.isNaN(date.getTime()) ? undefined : date
}

interface Readable {
  read(path: string): Promise<Uint8Array | undefined>
}

/** What the state folder says of drills on this machine. */
export const drillsIn = async (folder: Readable): Promise<Drills> => readDrills(await folder.read(DRILL_FILE))

/** The last drill that ended well; `undefined` when there was none. */
export const lastDrill = async (folder: Readable): Promise<Drill | undefined> => (await drillsIn(folder)).good
