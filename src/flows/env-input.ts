import { Failure, type Hint } from '../core/failure.js'
import { SecretValue } from '../core/secret.js'
import { classify, type Rules } from '../dotenv/classify/index.js'
import {
  type Ambiguity,
  type DecodedEnv,
  type Dialect,
  decodeEnv,
  EnvEncodingError,
  type EnvEntry,
  EnvSyntaxError,
  findAmbiguous,
  parseEnv,
} from '../dotenv/index.js'
import type { LikelyReaders } from '../dotenv/loaders.js'
import { isPlaceholder } from '../dotenv/placeholder.js'

/** A file as it was read; `path` is undefined for standard input, which is never rewritten. */
export interface EnvSource {
  readonly path: string | undefined
  /** What the operator called it. */
  readonly shown: string
  readonly bytes: Uint8Array
}

export interface EnvKey {
  readonly key: string
  readonly line: number
  readonly value: SecretValue
  readonly kind: 'secret' | 'plain' | 'empty' | 'reference'
  readonly reason: string
  readonly placeholder?: string
}

export interface ReadRequest {
  readonly dialect: Dialect | 'auto'
  readonly rules: Rules
  /** Who in the folder of the file seems to read it. */
  readonly readers: LikelyReaders
  /** Ways out of an ambiguity. */
  readonly hints: (found: readonly Ambiguity[]) => readonly Hint[]
}

/** One file, read in one dialect. Keys in the order of the file, each once: the assignment that counts. */
export interface EnvInput {
  readonly source: EnvSource
  readonly decoded: DecodedEnv
  readonly dialect: Dialect
  /** Whether all four common dialects agree on the keys to migrate. */
  readonly agreed: boolean
  readonly keys: readonly EnvKey[]
  readonly readers: LikelyReaders
  /** Keys that stand more than once, with their lines. */
  readonly duplicates: ReadonlyMap<string, readonly number[]>
  /** Keys that Node 20 reads otherwise, of those that are migrated. */
  readonly node20Differs: readonly string[]
  /** Lines that no dialect can make an assignment of. */
  readonly ignoredLines: readonly number[]
  /** `${secret:…}` outside single quotes, which some readers refuse or read as empty. */
  readonly looseReferences: readonly { readonly key: string; readonly line: number }[]
}

/** `auto` reads as dotenv does, and refuses a key to be migrated that node, python or compose read otherwise. */
export function readInput(source: EnvSource, { dialect, rules, readers, hints }: ReadRequest): EnvInput {
  const decoded = atPlace(source, () => decodeEnv(source.bytes))
  const reading = dialect === 'auto' ? 'dotenv' : dialect
  const { entries, problems } = atPlace(source, () => parseEnv(decoded.text, { dialect: reading }))
  const effective = entries.filter(({ duplicate }) => duplicate === undefined)
  const keys = classified(effective, rules)
  const secrets = keys.filter((one) => one.kind === 'secret').map((one) => one.key)
  const compared = findAmbiguous(decoded.text, secrets)
  const ambiguous = compared.filter((one) => one.readings.length > 1)
  if (dialect === 'auto' && ambiguous.length > 0) throw ambiguity(source, ambiguous, hints(ambiguous))
  const refers = new Map(compared.flatMap((one) => (one.refersTo === undefined ? [] : [[one.key, one.refersTo]])))
  return {
    source,
    decoded,
    dialect: reading,
    agreed: ambiguous.length === 0,
    keys: keys.map((one) => (dialect === 'auto' ? leftInPlace(one, refers.get(one.key)) : one)),
    readers,
    duplicates: duplicatesOf(entries),
    node20Differs: compared.flatMap((one) => (one.node20Differs === true ? [one.key] : [])),
    ignoredLines: problems.filter(({ kind }) => kind === 'not-an-assignment').map(({ line }) => line),
    looseReferences: effective.filter((entry) => isLoose(entry, decoded.text)).map(({ key, line }) => ({ key, line })),
  }
}

function duplicatesOf(entries: readonly EnvEntry[]): Map<string, number[]> {
  const lines = new Map<string, number[]>()
  for (const { key, line } of entries) lines.set(key, [...(lines.get(key) ?? []), line])
  return new Map([...lines].filter(([, at]) => at.length > 1))
}

function isLoose({ valueStart, valueEnd }: EnvEntry, text: string): boolean {
  const written = text.slice(valueStart, valueEnd)
  return /\$\{(?:secret|env):/.test(written) && !written.startsWith("'")
}

function classified(entries: readonly EnvEntry[], rules: Rules): EnvKey[] {
  const kinds = new Map(classify(entries, rules).map((one) => [one.key, one]))
  return entries.map(({ key, value, line }) => {
    const found = kinds.get(key)
    if (found === undefined) throw new Error('a key was not classified')
    const { kind, reason } = found
    const placeholder = kind === 'secret' ? isPlaceholder(value) : undefined
    return onDemand({ key, line, kind, reason, ...(placeholder === undefined ? {} : { placeholder }) }, value)
  })
}

/** Plain config becomes a value only when it moves: until then its words may be printed like any others. */
function onDemand(one: Omit<EnvKey, 'value'>, text: string): EnvKey {
  let made = one.kind === 'secret' ? SecretValue.fromText(text) : undefined
  return {
    ...one,
    get value() {
      made ??= SecretValue.fromText(text)
      return made
    },
  }
}

function leftInPlace(one: EnvKey, refersTo: readonly string[] | undefined): EnvKey {
  if (refersTo === undefined) return one
  const { key, line, value } = one
  return { key, line, value, kind: 'reference', reason: `refers to ${refersTo.join(', ')}` }
}

function ambiguity(source: EnvSource, found: readonly Ambiguity[], hints: readonly Hint[]): Failure {
  const values = found.length === 1 ? '1 value means' : `${found.length} values mean`
  return new Failure('INPUT_AMBIGUOUS', {
    doing: `reading ${source.shown}`,
    why: `${values} different things to different programs`,
    names: found.map(({ key }) => key),
    problems: found.map(
      ({ key, line, readings }) =>
        `${source.shown}:${line}  ${key}  ${readings.map(({ how, dialects }) => `${how} by ${dialects.join(', ')}`).join('; ')}`,
    ),
    hints,
  })
}

/** Gives a syntax error of the pure reader its file. */
function atPlace<T>(source: EnvSource, read: () => T): T {
  const invalid = (why: string, place: object): Failure =>
    new Failure('INPUT_INVALID', { doing: `reading ${source.shown}`, why, place: { file: source.shown, ...place } })
  try {
    return read()
  } catch (error) {
    if (error instanceof EnvEncodingError) throw invalid(error.reason, { offset: error.offset })
    if (error instanceof EnvSyntaxError) throw invalid(error.reason, { line: error.line, column: error.column })
    throw error
  }
}
