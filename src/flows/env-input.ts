import { Failure, type Hint } from '../core/failure.js'
import { SecretValue } from '../core/secret.js'
import { classify, type Rules } from '../dotenv/classify/index.js'
import {
  type Ambiguity,
  decodeEnv,
  type DecodedEnv,
  type Dialect,
  type EnvEntry,
  EnvEncodingError,
  EnvSyntaxError,
  findAmbiguous,
  parseEnv,
} from '../dotenv/index.js'
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

/** One file, read in one dialect. Keys in the order of the file, each once: the assignment that counts. */
export interface EnvInput {
  readonly source: EnvSource
  readonly decoded: DecodedEnv
  readonly dialect: Dialect
  /** Whether all four common dialects agree on the keys to migrate. */
  readonly agreed: boolean
  readonly keys: readonly EnvKey[]
  /** Keys that stand more than once, with their lines. */
  readonly duplicates: ReadonlyMap<string, readonly number[]>
  /** Keys that Node 20 reads otherwise, of those that are migrated. */
  readonly node20Differs: readonly string[]
  /** Lines that no dialect can make an assignment of. */
  readonly ignoredLines: readonly number[]
}

/** `auto` reads as dotenv does, and refuses a key to be migrated that node, python or compose read otherwise. */
export function readInput(source: EnvSource, dialect: Dialect | 'auto', rules: Rules, hints: (found: readonly Ambiguity[]) => Hint[]): EnvInput {
  const decoded = atPlace(source, () => decodeEnv(source.bytes))
  const reading = dialect === 'auto' ? 'dotenv' : dialect
  const { entries, problems } = atPlace(source, () => parseEnv(decoded.text, { dialect: reading }))
  const effective = effectiveOf(entries)
  const keys = classified([...effective.values()], rules)
  const secrets = keys.filter((one) => one.kind === 'secret').map((one) => one.key)
  const compared = findAmbiguous(decoded.text, secrets)
  const ambiguous = compared.filter((one) => one.readings.length > 1)
  if (dialect === 'auto' && ambiguous.length > 0) throw ambiguity(source, ambiguous, hints(ambiguous))
  const refers = new Map(compared.flatMap((one) => (one.refersTo === undefined ? [] : [[one.key, one.refersTo] as const])))
  return {
    source,
    decoded,
    dialect: reading,
    agreed: ambiguous.length === 0,
    keys: keys.map((one) => (dialect === 'auto' ? leftInPlace(one, refers.get(one.key)) : one)),
    duplicates: duplicatesOf(entries),
    node20Differs: compared.flatMap((one) => (one.node20Differs === true ? [one.key] : [])),
    ignoredLines: problems.filter(({ kind }) => kind === 'not-an-assignment').map(({ line }) => line),
  }
}

function effectiveOf(entries: readonly EnvEntry[]): Map<string, EnvEntry> {
  return new Map(entries.filter(({ duplicate }) => duplicate === undefined).map((entry) => [entry.key, entry]))
}

function duplicatesOf(entries: readonly EnvEntry[]): Map<string, number[]> {
  const lines = new Map<string, number[]>()
  for (const { key, line } of entries) lines.set(key, [...(lines.get(key) ?? []), line])
  return new Map([...lines].filter(([, at]) => at.length > 1))
}

function classified(entries: readonly EnvEntry[], rules: Rules): EnvKey[] {
  const kinds = new Map(classify(entries, rules).map((one) => [one.key, one]))
  return entries.map(({ key, value, line }) => {
    const found = kinds.get(key)
    if (found === undefined) throw new Error('a key was not classified')
    const placeholder = found.kind === 'secret' ? isPlaceholder(value) : undefined
    return {
      key,
      line,
      value: SecretValue.fromText(value),
      kind: found.kind,
      reason: found.reason,
      ...(placeholder === undefined ? {} : { placeholder }),
    }
  })
}

const leftInPlace = (one: EnvKey, refersTo: readonly string[] | undefined): EnvKey =>
  refersTo === undefined ? one : { ...one, kind: 'reference', reason: `refers to ${refersTo.join(', ')}` }

function ambiguity(source: EnvSource, found: readonly Ambiguity[], hints: readonly Hint[]): Failure {
  return new Failure('INPUT_AMBIGUOUS', {
    doing: `reading ${source.shown}`,
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
  try {
    return read()
  } catch (error) {
    if (error instanceof EnvEncodingError)
      throw new Failure('INPUT_INVALID', { doing: `reading ${source.shown}`, why: error.reason, place: { file: source.shown, offset: error.offset } })
    if (!(error instanceof EnvSyntaxError)) throw error
    const { line, column, reason } = error
    throw new Failure('INPUT_INVALID', {
      doing: `reading ${source.shown}`,
      why: reason,
      place: { file: source.shown, line, column },
    })
  }
}
