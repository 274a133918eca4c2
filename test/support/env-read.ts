import { EnvSyntaxError, parseEnv, type Reading, valuesOf } from '../../src/dotenv/index.js'

export type Pairs = [string, string][]

/** What a dialect hands out, sorted by key; `null` where it refuses the file: the form of fixtures/dotenv. */
export function read(text: string, dialect: Reading): Pairs | null {
  try {
    return sorted(valuesOf(parseEnv(text, { dialect })))
  } catch (error) {
    if (error instanceof EnvSyntaxError) return null
    throw error
  }
}

export function sorted(pairs: Iterable<[string, string]>): Pairs {
  return [...pairs].sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0))
}
