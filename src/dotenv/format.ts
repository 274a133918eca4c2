import { EnvRewriteError, EnvSyntaxError } from './errors.js'
import { parseEnv, valuesOf } from './parse.js'
import { COMPARED, type Reading } from './types.js'

const READERS: readonly Reading[] = [...COMPARED, 'node20']

/**
 * How to write a value behind `KEY=` so that dotenv, node (20 too), python and compose all read it back exactly.
 * Undefined where there is no such way, for example for a carriage return, for both kinds of quotes at once, or for
 * `${NAME}`, which python-dotenv expands in whatever quotes.
 */
export function escapeEnv(key: string, value: string): string | undefined {
  const ways = NEEDS_NO_QUOTES.test(value) ? [value] : [`'${value}'`, `"${value}"`]
  return ways.find((way) => READERS.every((reader) => readsAs(reader, `${key}=${way}\n`, new Map([[key, value]]))))
}

const NEEDS_NO_QUOTES = /^[\w./:@%+,=-]*$/

export interface FormattedEnv {
  /** One line for each entry that can be written, in their order; a value of more lines takes as many. */
  readonly text: string
  /** The keys that no text gives back in all four dialects, or that stand there twice. */
  readonly unwritable: readonly string[]
}

/** A .env text that dotenv, node, python and compose read back exactly. */
export function formatEnv(entries: Iterable<{ readonly key: string; readonly value: string }>): FormattedEnv {
  const lines: string[] = []
  const values = new Map<string, string>()
  const unwritable: string[] = []
  for (const { key, value } of entries) {
    const written = values.has(key) ? undefined : escapeEnv(key, value)
    if (written === undefined) {
      unwritable.push(key)
      continue
    }
    values.set(key, value)
    lines.push(`${key}=${written}\n`)
  }
  const text = lines.join('')
  for (const dialect of READERS) {
    if (!readsAs(dialect, text, values))
      throw new EnvRewriteError('the text would not be read back exactly', { dialect })
  }
  return { text, unwritable }
}

function readsAs(dialect: Reading, text: string, values: ReadonlyMap<string, string>): boolean {
  try {
    const read = valuesOf(parseEnv(text, { dialect }))
    return read.size === values.size && [...values].every(([key, value]) => read.get(key) === value)
  } catch (error) {
    if (error instanceof EnvSyntaxError) return false
    throw error
  }
}
