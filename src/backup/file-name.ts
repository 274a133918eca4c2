import type { Header } from './entry.js'

/** What the name of a backup says. It proves nothing: the header does. */
export interface Named {
  readonly name: string
  /** Backups of one source have the same label. */
  readonly label: string
  /** `YYYY-MM-DDTHH:MM:SSZ` */
  readonly time: Date
  readonly counter: number
  /** The first eight digits of the id. */
  readonly id: string
}

/** `vibesecrets-aws-production`. */
export function labelOf(provider: string, environment: string | null | undefined): string {
  const words = ['vibesecrets', provider, environment ?? ''].filter((word) => word !== '')
  return words.map((word) => word.replaceAll(/[^A-Za-z0-9._]+/g, '_')).join('-')
}

/** `vibesecrets-aws-production-20261124T170405Z-000007-3fa2bc10.age`. */
export function fileName(header: Pick<Header, 'provider' | 'environment' | 'time' | 'counter' | 'id'>): string {
  const counter = String(header.counter).padStart(6, '0')
  return `${labelOf(header.provider, header.environment)}-${stamp(header.time)}-${counter}-${header.id.slice(0, 8)}.age`
}

/** `20261124T170405Z`. */
export const stamp = (time: string): string => `${time.slice(0, 19).replaceAll(/[-:]/g, '')}Z`

const PATTERN = /^(.+)-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-(\d{6,})-([0-9a-f]{8})\.age$/

/** `undefined` for a file that is not called as a backup is. */
export function parseFileName(name: string): Named | undefined {
  const [, label, year, month, day, hour, minute, second, counter, id] = PATTERN.exec(name) ?? []
  if (label === undefined || id === undefined) return undefined
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(time.getTime()) ? undefined : { name, label, time, counter: Number(counter), id }
}

/** What of a name and a header disagrees, in words. An old backup under a newer one's name is found this way. */
export function mismatch(name: string, header: Header): string | undefined {
  const named = parseFileName(name)
  if (named === undefined || name === fileName(header)) return undefined
  return `its name says backup ${named.counter} of ${stamp(named.time.toISOString())}, it holds backup ${header.counter} of ${stamp(header.time)}`
}

/** Newest first: by counter, then by time. */
export const newestFirst = (a: Named, b: Named): number => b.counter - a.counter || b.time.getTime() - a.time.getTime()
