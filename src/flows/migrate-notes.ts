import type { ReferenceStyle } from '../core/reference.js'
import { expands } from '../dotenv/index.js'
import type { LikelyReaders } from '../dotenv/loaders.js'
import type { EnvInput } from './env-input.js'
import type { MigrateRow } from './migrate.js'

/** Something that the operator should know before saying yes. Names and lines, never values. */
export interface Note {
  readonly code: string
  readonly key?: string
  readonly text: string
}

/** What is odd about one file, and who would trip over what is written into it. */
export function notesOf(
  input: EnvInput,
  rows: readonly MigrateRow[],
  how: { readonly rewrite: boolean; readonly style: ReferenceStyle },
): Note[] {
  const moved = new Set(rows.flatMap((one) => (one.input === input && one.row !== undefined ? [one.key] : [])))
  const rewritten = how.rewrite && input.source.path !== undefined && moved.size > 0
  return [
    ...ofKeys(input, moved),
    ...(rewritten ? ofExpansion(input, moved) : []),
    ...(rewritten && how.style === 'braces' ? loaderNotes(input.readers) : []),
    ...ofLines(input),
  ]
}

function ofKeys({ source: { shown }, keys, duplicates, node20Differs }: EnvInput, moved: ReadonlySet<string>): Note[] {
  return [
    ...[...duplicates].map(([key, lines]) => ({
      code: 'duplicate',
      key,
      text: `${shown}: stands ${lines.length} times (lines ${lines.join(', ')}), the last one counts`,
    })),
    ...keys
      .filter((one) => moved.has(one.key) && one.placeholder !== undefined)
      .map(({ key, line, placeholder }) => ({
        code: 'placeholder',
        key,
        text: `${shown}:${line} looks like a placeholder: ${placeholder}`,
      })),
    ...node20Differs
      .filter((key) => moved.has(key))
      .map((key) => ({ code: 'node20', key, text: `${shown}: Node 20 and 22 read it otherwise` })),
  ]
}

function ofExpansion({ source: { shown }, decoded }: EnvInput, moved: ReadonlySet<string>): Note[] {
  return expands(decoded.text, [...moved])
    .filter(({ key }) => !moved.has(key))
    .map(({ key, line, uses }) => ({
      code: 'expands-migrated',
      key,
      text: `${shown}:${line} uses ${uses.join(', ')}: readers that expand it will see the reference, unless the value is in their environment`,
    }))
}

function ofLines({ source: { shown }, ignoredLines }: EnvInput): Note[] {
  if (ignoredLines.length === 0) return []
  return [{ code: 'ignored-lines', text: `${shown}: no assignment in line ${ignoredLines.join(', ')}` }]
}

/** Loaders that make something else of `${secret:name}`, even in single quotes. */
export function loaderNotes({ expanders, dockerEnvFile }: LikelyReaders): Note[] {
  const safe = 'secret://name is read as it is by all: --reference-style uri'
  return [
    ...expanders.map(({ name, because }) => ({
      code: 'expander',
      text: `${name} (${because}) makes another value of \${secret:name}; ${safe}`,
    })),
    ...(dockerEnvFile
      ? [{ code: 'docker-env-file', text: `docker --env-file keeps the quotes around \${secret:name}; ${safe}` }]
      : []),
  ]
}
