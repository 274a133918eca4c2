import { EnvRewriteError, EnvSyntaxError } from './errors.js'
import { parseEnv } from './parse.js'
import { COMPARED, type Dialect, type EnvEntry, type Reading } from './types.js'

export interface RewriteOptions {
  /** `braces`: in single quotes, as `${…}` must stand. `uri`: as it is, where nothing in it needs quotes. */
  readonly style: 'braces' | 'uri'
  /** Who is known to read the file. */
  readonly dialect: Dialect
  /** What `parseEnv` found in this dialect, where the caller has it. */
  readonly assignments?: readonly EnvEntry[]
}

export interface Rewritten {
  readonly text: string
  /** The lines of the old text on which a changed assignment begins. */
  readonly changedLines: readonly number[]
}

/**
 * Writes new values for some keys, on each line that assigns them, and leaves all else as it is, to the byte. Then
 * reads the outcome again in every dialect that could read the file before, and throws an `EnvRewriteError` unless the
 * keys read as exactly the new text and all others as before. A dialect that took a key for something else already
 * is not held to that key.
 */
export function rewriteEnv(
  text: string,
  replacements: ReadonlyMap<string, string>,
  options: RewriteOptions,
): Rewritten {
  const entries = options.assignments ?? parseEnv(text, { dialect: options.dialect }).entries
  const found = entries.filter(({ key }) => replacements.has(key))
  const there = new Set(found.map(({ key }) => key))
  for (const key of replacements.keys()) {
    if (!there.has(key)) throw new EnvRewriteError('there is no such key', { key })
  }
  const pieces: string[] = []
  let done = 0
  for (const { key, valueStart, valueEnd } of found) {
    pieces.push(text.slice(done, valueStart), written(key, replacements.get(key) ?? '', options.style))
    done = valueEnd
  }
  const after = pieces.join('') + text.slice(done)
  if (found.length > 0) verify({ before: text, after, replacements, dialect: options.dialect })
  return { text: after, changedLines: [...new Set(found.map(({ line }) => line))] }
}

const NEEDS_NO_QUOTES = /^[\w./:@%+,=-]*$/

function written(key: string, value: string, style: RewriteOptions['style']): string {
  if (/['\r\n]/.test(value)) throw new EnvRewriteError('the new text cannot stand in single quotes', { key })
  return style === 'uri' && NEEDS_NO_QUOTES.test(value) ? value : `'${value}'`
}

interface Change {
  readonly before: string
  readonly after: string
  readonly replacements: ReadonlyMap<string, string>
  readonly dialect: Dialect
}

function verify(change: Change): void {
  const chosen = read(change.before, change.dialect)
  for (const dialect of new Set<Reading>([change.dialect, ...COMPARED])) {
    const before = dialect === change.dialect ? chosen : read(change.before, dialect)
    if (before === undefined) continue
    const after = read(change.after, dialect)
    if (after === undefined) throw new EnvRewriteError('the rewritten file would be refused', { dialect })
    const isBound = (key: string): boolean =>
      dialect === change.dialect || before.get(key)?.value === chosen?.get(key)?.value
    for (const key of new Set([...before.keys(), ...after.keys()])) {
      if (isBound(key) || !before.has(key)) verifyKey(change, dialect, { key, before, after })
    }
  }
}

type Values = ReadonlyMap<string, { readonly value: string; readonly plain: string }>

/** Other keys are compared before expansion: what uses a changed key may expand to something else now. */
function verifyKey(change: Change, dialect: Reading, at: { key: string; before: Values; after: Values }): void {
  const { key, before, after } = at
  const wanted = change.replacements.get(key)
  const where = { key, dialect }
  if (wanted !== undefined && after.get(key)?.value !== wanted) {
    throw new EnvRewriteError('the reference would not be read back as it is written:', where)
  }
  if (wanted === undefined && before.get(key)?.plain !== after.get(key)?.plain) {
    throw new EnvRewriteError('another key would be read otherwise than before:', where)
  }
}

function read(text: string, dialect: Reading): Values | undefined {
  try {
    const { entries } = parseEnv(text, { dialect })
    const live = entries.filter(({ duplicate }) => duplicate === undefined)
    return new Map(live.map(({ key, value, unexpanded }) => [key, { value, plain: unexpanded ?? value }]))
  } catch (error) {
    if (error instanceof EnvSyntaxError) return undefined
    throw error
  }
}
