import { decodeEnv } from './decode.js'
import { EnvSyntaxError, Refusal } from './errors.js'
import { indexLines, type Lines, type Seen, treatReturns } from './lines.js'
import { readCompose } from './read/compose.js'
import { readDocker } from './read/docker.js'
import { readDotenv } from './read/dotenv.js'
import { readNode } from './read/node.js'
import { readNode20 } from './read/node20.js'
import { readPython } from './read/python.js'
import { readShell } from './read/shell.js'
import { readSystemd } from './read/systemd.js'
import type { Binding, EnvEntry, EnvProblem, Notes, ParsedEnv, Reader, Reading } from './types.js'

/** Each program's reader, and what it does with `\r` before it looks at anything else. */
const readers: Record<Reading, { read: Reader; returns: 'keep' | 'join' | 'drop' }> = {
  dotenv: { read: readDotenv, returns: 'join' },
  node: { read: readNode, returns: 'drop' },
  node20: { read: readNode20, returns: 'drop' },
  python: { read: readPython, returns: 'join' },
  compose: { read: readCompose, returns: 'keep' },
  docker: { read: readDocker, returns: 'keep' },
  shell: { read: readShell, returns: 'keep' },
  systemd: { read: readSystemd, returns: 'keep' },
}

/**
 * Reads a .env file exactly as the program behind the dialect does, in linear time, running and looking up nothing.
 * Throws an `EnvSyntaxError` where that program refuses the file, and for bytes an `EnvEncodingError` (`decodeEnv`).
 */
export function parseEnv(input: string | Uint8Array, options: { dialect: Reading }): ParsedEnv {
  const text = typeof input === 'string' ? input : decodeEnv(input).text
  const { read, returns } = readers[options.dialect]
  const seen = treatReturns(text, returns)
  const lines = indexLines(text)
  const problems: EnvProblem[] = []
  const notes: Notes = {
    note: (kind, at, more) => problems.push({ kind, line: lines.lineOf(seen.from(at)), ...more }),
  }
  try {
    return finish(read(seen.text, notes), { seen, lines, problems })
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const at = seen.from(error.at)
    const place = { line: lines.lineOf(at), column: lines.columnOf(at) }
    throw new EnvSyntaxError({ dialect: options.dialect, ...place, reason: error.message })
  }
}

/** What the dialect hands out: the last value of each key. A Map, so that `__proto__` is a key like any other. */
export function valuesOf(parsed: ParsedEnv): Map<string, string> {
  const live = parsed.entries.filter((entry) => entry.duplicate === undefined)
  return new Map(live.map((entry) => [entry.key, entry.value]))
}

interface Context {
  readonly seen: Seen
  readonly lines: Lines
  readonly problems: EnvProblem[]
}

function finish(bindings: readonly Binding[], context: Context): ParsedEnv {
  const last = new Map(bindings.map((binding, at) => [binding.key, at]))
  const entries: EnvEntry[] = []
  bindings.forEach((binding, at) => {
    const isLast = last.get(binding.key) === at
    if (binding.value !== undefined) entries.push(toEntry(binding, binding.value, isLast, context))
    if (!isLast) {
      const line = context.lines.lineOf(context.seen.from(binding.start))
      context.problems.push({ kind: 'duplicate', line, key: binding.key })
    }
  })
  return { entries, problems: context.problems.sort((one, other) => one.line - other.line) }
}

function toEntry(binding: Binding, value: string, isLast: boolean, { seen, lines }: Context): EnvEntry {
  const start = seen.from(binding.start)
  const valueEnd = seen.to(binding.valueEnd)
  const valueStart = binding.valueStart === binding.valueEnd ? valueEnd : seen.from(binding.valueStart)
  const line = lines.lineOf(start)
  const { key, unexpanded } = binding
  // Spelled out, because spreading objects doubles the time of a whole parse.
  if (unexpanded === undefined && isLast) return { key, value, line, start, end: valueEnd, valueStart, valueEnd }
  if (unexpanded === undefined) return { key, value, line, start, end: valueEnd, valueStart, valueEnd, duplicate: true }
  const entry = { key, value, line, start, end: valueEnd, valueStart, valueEnd, unexpanded }
  return isLast ? entry : { ...entry, duplicate: true }
}
