import { Failure } from '../../core/failure.js'
import { encodeEnv } from '../../dotenv/decode.js'
import { EnvEncodingError, EnvSyntaxError } from '../../dotenv/errors.js'
import { parseEnv } from '../../dotenv/parse.js'
import { COMPARED, type Dialect, type EnvEntry } from '../../dotenv/types.js'
import type { Text } from './text.js'

/** A key's new value, or none: then its lines go. */
export interface Change {
  readonly key: string
  readonly value?: string
}

/**
 * The file with the changes and nothing else changed, proved by reading it again in every dialect that could read it
 * before. Throws VALUE_UNFIT for a value that no form gives to all of them, UNSUPPORTED where a line cannot be changed.
 */
export function edit(before: Text, changes: readonly Change[], file: string): Uint8Array {
  const dialects = readersOf(before)
  const forms = new Map(changes.map((change) => [change.key, formOf(change, dialects)]))
  const after = appended(replaced(before, forms), before, forms)
  for (const dialect of dialects) prove(before.text, after, changes, dialect, file)
  return encoded(after, before, file)
}

/** The dialect of the application, and the four common ones as far as they read the file at all. */
function readersOf({ text, dialect }: Text): readonly Dialect[] {
  return [...new Set([dialect, ...COMPARED])].filter((each) => read(text, each) !== undefined)
}

function read(text: string, dialect: Dialect): readonly EnvEntry[] | undefined {
  try {
    return parseEnv(text, { dialect }).entries
  } catch (error) {
    if (error instanceof EnvSyntaxError) return undefined
    throw error
  }
}

/** How a value is written so that all `dialects` read exactly it; `undefined` for a key that goes. */
function formOf({ key, value }: Change, dialects: readonly Dialect[]): string | undefined {
  if (value === undefined) return undefined
  const forms = [`'${value}'`, `"${value}"`, value, `\`${value}\``]
  const reads = (form: string) => (dialect: Dialect) => {
    const entries = read(`${key}=${form}\nZ_NEXT=1\n`, dialect) ?? []
    const [first, second] = entries
    return entries.length === 2 && first?.key === key && first.value === value && second?.key === 'Z_NEXT'
  }
  const form = forms.find((each) => dialects.every(reads(each)))
  if (form !== undefined) return form
  const why = `no way of writing ${key} is read the same by ${dialects.join(', ')}`
  throw new Failure('VALUE_UNFIT', { secret: key, why, names: [key] })
}

/** All assignments of the keys, duplicates too: no old value stays behind. From the end, so that offsets hold. */
function replaced({ text, dialect }: Text, forms: ReadonlyMap<string, string | undefined>): string {
  const entries = (read(text, dialect) ?? []).filter(({ key }) => forms.has(key)).sort((a, b) => b.start - a.start)
  return entries.reduce((rest, entry) => {
    const form = forms.get(entry.key)
    if (form === undefined) return withoutLine(rest, entry)
    return rest.slice(0, entry.valueStart) + form + rest.slice(entry.valueEnd)
  }, text)
}

function withoutLine(text: string, { start, end }: EnvEntry): string {
  const before = text.slice(0, start)
  const mark = text.startsWith('\uFEFF') ? 1 : 0
  const from = Math.max(before.lastIndexOf('\n'), before.lastIndexOf('\r')) + 1
  const [rest] = /^[^\r\n]*(?:\r\n|\r|\n)?/.exec(text.slice(end)) ?? ['']
  return text.slice(0, Math.max(from, mark)) + text.slice(end + rest.length)
}

/** Keys that are new stand at the end, with the line ends of the file. */
function appended(text: string, { text: old, dialect }: Text, forms: ReadonlyMap<string, string | undefined>): string {
  const there = new Set((read(old, dialect) ?? []).map(({ key }) => key))
  const fresh = [...forms].filter(([key, form]) => form !== undefined && !there.has(key))
  if (fresh.length === 0) return text
  const end = /\r\n|\n|\r/.exec(old)?.[0] ?? '\n'
  const joint = text === '' || text === '\uFEFF' || /[\r\n]$/.test(text) ? '' : end
  return text + joint + fresh.map(([key, form]) => `${key}=${form}${end}`).join('')
}

/** What is written has to read as asked, and everything else as before. */
function prove(before: string, after: string, changes: readonly Change[], dialect: Dialect, file: string): void {
  const wanted = new Map(writtenValues(read(before, dialect) ?? []))
  for (const { key, value } of changes) {
    if (value === undefined) wanted.delete(key)
    else wanted.set(key, value)
  }
  const found = read(after, dialect)
  if (found !== undefined && sameValues(writtenValues(found), wanted)) return
  const why = `${dialect} would read other lines of the file differently after the change`
  throw new Failure('UNSUPPORTED', { doing: 'writing', target: file, why, names: changes.map(({ key }) => key) })
}

/** The last value of each key as it is written: one that refers to a changed key changes with it, and may. */
function writtenValues(entries: readonly EnvEntry[]): Map<string, string> {
  return new Map(entries.map(({ key, value, unexpanded }) => [key, unexpanded ?? value]))
}

function sameValues(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value)
}

function encoded(text: string, { encoding }: Text, file: string): Uint8Array {
  try {
    return encodeEnv(text, encoding)
  } catch (error) {
    if (!(error instanceof EnvEncodingError)) throw error
    throw new Failure('VALUE_UNFIT', { target: file, why: `the file’s encoding is ${encoding}: ${error.reason}` })
  }
}
