import { EnvSyntaxError } from './errors.js'
import { howRead } from './how.js'
import { indexLines, type Lines } from './lines.js'
import { parseEnv } from './parse.js'
import { mereReference } from './references.js'
import { COMPARED, type Dialect, type EnvEntry, type Reading } from './types.js'

/** Something to know about a key before it is migrated without naming a dialect. */
export interface Ambiguity {
  readonly key: string
  readonly line: number
  /** Who reads the key how, in words without the value. Empty unless the dialects differ: then there are two or more. */
  readonly readings: readonly { readonly dialects: readonly Dialect[]; readonly how: string }[]
  /** The value holds no secret of its own: it only refers to these keys, and is better left where it is. */
  readonly refersTo?: readonly string[]
  /** Node 20 reads the key otherwise than Node 24. */
  readonly node20Differs?: true
}

/** One dialect's reading of one key. */
export type KeyReading =
  | { readonly state: 'value'; readonly value: string; readonly isExpanded: boolean; readonly spansLines: boolean }
  | { readonly state: 'absent' }
  | { readonly state: 'refused' }

/**
 * The keys (all, or those of `keys`) that dotenv, node, python and compose read differently, that only refer to other
 * keys, or that Node 20 reads otherwise. A dialect that refuses the file counts only for the key that it stumbles on:
 * whoever uses it cannot be reading this file.
 */
export function findAmbiguous(text: string, keys?: Iterable<string>): Ambiguity[] {
  const whole = readWhole(text)
  const node20 = readFile(text, 'node20')
  const names = keys === undefined ? allKeys(whole) : new Set(keys)
  return [...names].flatMap((key) => compare(whole, node20, key))
}

interface File<Name extends Reading = Reading> {
  readonly dialect: Name
  /** The assignments that count, by key. */
  readonly entries: ReadonlyMap<string, EnvEntry>
  readonly all: readonly EnvEntry[]
  /** The line at which the dialect refuses the file. */
  readonly refusedAt?: number
}

interface Whole {
  readonly text: string
  readonly lines: Lines
  readonly files: readonly File<Dialect>[]
  /** By line, the keys of the assignments that stand on it: those on which a dialect refuses the file. */
  readonly refused: ReadonlyMap<number, ReadonlySet<string>>
}

function readWhole(text: string): Whole {
  const lines = indexLines(text)
  const files = COMPARED.map((dialect) => readFile(text, dialect))
  const keysOn = (line: number): Set<string> => {
    const on = files.flatMap(({ all }) => all.filter((one) => one.line <= line && line <= lines.lineOf(one.end)))
    return new Set(on.map(({ key }) => key))
  }
  const refusals = files.flatMap(({ refusedAt }) => refusedAt ?? [])
  return { text, lines, files, refused: new Map(refusals.map((line) => [line, keysOn(line)])) }
}

function readFile<Name extends Reading>(text: string, dialect: Name): File<Name> {
  try {
    const { entries: all } = parseEnv(text, { dialect })
    const live = all.filter(({ duplicate }) => duplicate === undefined)
    return { dialect, all, entries: new Map(live.map((entry) => [entry.key, entry])) }
  } catch (error) {
    if (!(error instanceof EnvSyntaxError)) throw error
    return { dialect, all: [], entries: new Map(), refusedAt: error.line }
  }
}

function allKeys({ files }: Whole): Set<string> {
  const entries = files.flatMap((file) => [...file.entries.values()])
  return new Set(entries.sort((one, other) => one.line - other.line).map(({ key }) => key))
}

function compare(whole: Whole, node20: File, key: string): Ambiguity[] {
  const [entry] = whole.files.flatMap((file) => file.entries.get(key) ?? [])
  if (entry === undefined) return []
  const place = { key, line: entry.line }
  const node = whole.files.find(({ dialect }) => dialect === 'node')
  const isSame = node?.entries.get(key)?.value === node20.entries.get(key)?.value
  const differs = isSame ? {} : { node20Differs: true as const }
  const refersTo = mereReference(entry.unexpanded ?? entry.value)
  if (refersTo !== undefined) return [{ ...place, readings: [], refersTo, ...differs }]
  const readings = readingsOf(whole, key, entry)
  return readings.length > 1 || !isSame ? [{ ...place, readings, ...differs }] : []
}

function readingsOf(whole: Whole, key: string, first: EnvEntry): Ambiguity['readings'] {
  const camps = new Map<string, { dialects: Dialect[]; reading: KeyReading }>()
  for (const file of whole.files) {
    const reading = readingOf(whole, file, key)
    if (reading === undefined) continue
    const id = reading.state === 'value' ? `=${reading.value}` : reading.state
    const camp = camps.get(id) ?? { dialects: [], reading }
    camps.set(id, camp)
    camp.dialects.push(file.dialect)
  }
  if (camps.size < 2) return []
  const written = whole.text.slice(first.valueStart).split(/[\r\n]/, 1)[0] ?? ''
  const found = [...camps.values()]
  const how = howRead(
    found.map(({ reading }) => reading),
    written,
  )
  return found.map(({ dialects }, at) => ({ dialects, how: how[at] ?? '' }))
}

/** Undefined: the dialect refuses the file for another line's sake, so it has nothing to say of this key. */
function readingOf(whole: Whole, file: File, key: string): KeyReading | undefined {
  if (file.refusedAt !== undefined)
    return whole.refused.get(file.refusedAt)?.has(key) ? { state: 'refused' } : undefined
  const entry = file.entries.get(key)
  if (entry === undefined) return { state: 'absent' }
  const isExpanded = entry.unexpanded !== undefined
  const spansLines = whole.lines.lineOf(entry.valueEnd) > entry.line
  return { state: 'value', value: isBareComment(whole.text, entry) ? '' : entry.value, isExpanded, spansLines }
}

/** `KEY=   # text`: python and compose make the comment the value, and nobody means that. */
function isBareComment(text: string, { value, valueStart }: EnvEntry): boolean {
  if (!value.startsWith('#') || text[valueStart] !== '#') return false
  return /^#(?:\s|$)/.test(value) || /[ \t]/.test(text.charAt(valueStart - 1))
}
