import type { EnvSource } from '../src/flows/env-input.js'
import { visible } from '../src/ui/escape.js'
import { table } from '../src/ui/layout.js'
import { ago } from '../src/ui/text.js'
import type { Camp, Reading } from './explain-readings.js'

/** A secret that a key refers to, as its provider has it now. */
export interface Stored {
  readonly name: string
  readonly state: 'present' | 'absent' | 'deleted' | 'unchecked'
  readonly identity: string
  readonly version?: string
  readonly updatedAt?: string
  /** Why it could not be checked. */
  readonly code?: string
}

/** A key in one file. */
export interface Explained {
  readonly source: EnvSource
  readonly key: string
  readonly camps: readonly Camp[]
  readonly stored: readonly Stored[]
}

interface Options {
  readonly reveal: boolean
  readonly width: number | undefined
  readonly now: Date
}

export function textOf({ source, key, camps, stored }: Explained, { reveal, width, now }: Options): string {
  const rows = camps.map(({ dialects, reading }) => ['', dialects.join(', '), wordsOf(reading, reveal)])
  const references = stored.length === 0 ? [] : ['', ...stored.map((one) => referenceLine(one, now))]
  return [`${visible(source.shown)} · ${visible(key)}`, '', ...table(rows, { width }), ...references].join('\n')
}

function wordsOf({ line, value, refused }: Reading, reveal: boolean): string {
  if (refused !== undefined) return refused
  if (value === undefined) return 'no such key'
  return reveal ? `line ${line}: ${JSON.stringify(value)}` : `line ${line}, ${value.length} characters`
}

function referenceLine({ name, state, version, updatedAt, identity, code }: Stored, now: Date): string {
  const facts = [
    state === 'unchecked' ? `could not check: ${code}` : state,
    version === undefined ? '' : `version ${version}`,
    updatedAt === undefined ? '' : `changed ${ago(new Date(updatedAt), now)}`,
    `in ${identity}`,
  ]
  return `  refers to ${visible(name)}: ${facts.filter((fact) => fact !== '').join(', ')}`
}

export const itemOf = ({ source, key, camps, stored }: Explained): object => ({
  file: source.shown,
  key,
  readings: camps.map(({ dialects, reading: { line, value, refused } }) => ({
    dialects,
    ...(refused === undefined ? {} : { refused }),
    ...(line === undefined ? {} : { line }),
    ...(value === undefined ? {} : { length: value.length }),
  })),
  references: stored,
})
