import { Failure } from '../src/core/failure.js'
import { DIALECTS, type Dialect, decodeEnv, EnvEncodingError, EnvSyntaxError, parseEnv } from '../src/dotenv/index.js'
import type { EnvSource } from '../src/flows/env-input.js'

/** What one dialect makes of a key. Without value and refusal it does not see the key. */
export interface Reading {
  readonly dialect: Dialect
  readonly line?: number
  readonly value?: string
  readonly refused?: string
}

/** Dialects that read the same. */
export interface Camp {
  readonly dialects: readonly Dialect[]
  readonly reading: Reading
}

/** The key in all seven dialects. */
export function readingsOf(source: EnvSource, key: string): Reading[] {
  const text = textOf(source)
  return DIALECTS.map((dialect) => readingOf(text, key, dialect))
}

function textOf({ bytes, shown }: EnvSource): string {
  try {
    return decodeEnv(bytes).text
  } catch (error) {
    if (!(error instanceof EnvEncodingError)) throw error
    const place = { file: shown, offset: error.offset }
    throw new Failure('INPUT_INVALID', { doing: `reading ${shown}`, why: error.reason, place })
  }
}

function readingOf(text: string, key: string, dialect: Dialect): Reading {
  try {
    const found = parseEnv(text, { dialect }).entries.findLast((entry) => entry.key === key)
    return found === undefined ? { dialect } : { dialect, line: found.line, value: found.value }
  } catch (error) {
    if (error instanceof EnvSyntaxError)
      return { dialect, refused: `refuses the file: line ${error.line}, ${error.reason}` }
    throw error
  }
}

/** Those that read the same stand together, in the order of the first of them. */
export function campsOf(readings: readonly Reading[]): Camp[] {
  const camps = new Map<string, Camp>()
  for (const reading of readings) {
    const sort = JSON.stringify([reading.value ?? null, reading.refused ?? null])
    const camp = camps.get(sort)
    camps.set(sort, {
      dialects: [...(camp?.dialects ?? []), reading.dialect],
      reading: camp?.reading ?? reading,
    })
  }
  return [...camps.values()]
}
