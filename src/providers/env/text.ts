import { Failure } from '../../core/failure.js'
import { keyOfName, nameOfKey, type SecretName } from '../../core/names.js'
import { decodeEnv, type EnvEncoding } from '../../dotenv/decode.js'
import { EnvEncodingError, EnvSyntaxError } from '../../dotenv/errors.js'
import { parseEnv, valuesOf } from '../../dotenv/parse.js'
import type { Dialect } from '../../dotenv/types.js'

/** The file as it was read. */
export interface Text {
  readonly text: string
  readonly encoding: EnvEncoding
  readonly dialect: Dialect
  readonly values: ReadonlyMap<string, string>
}

/** A file that is not there has no variables. Throws INPUT_INVALID where its reader would refuse it. */
export function readText(file: string | undefined, bytes: Uint8Array | undefined, dialect: Dialect): Text {
  try {
    const { text, encoding } = decodeEnv(bytes ?? new Uint8Array())
    return { text, encoding, dialect, values: valuesOf(parseEnv(text, { dialect })) }
  } catch (error) {
    throw inputFailure(error, file ?? '.env')
  }
}

function inputFailure(error: unknown, file: string): unknown {
  if (error instanceof EnvEncodingError) {
    const place = { file, offset: error.offset }
    return new Failure('INPUT_INVALID', { doing: 'reading', place, why: error.reason }, { cause: error })
  }
  if (!(error instanceof EnvSyntaxError)) return error
  const place = { file, line: error.line, column: error.column }
  return new Failure('INPUT_INVALID', { doing: 'reading', place, why: error.reason }, { cause: error })
}

/** The variable of a name that is new. Throws NAME_INVALID where its name would be another one. */
export function keyOfNew(name: SecretName): string {
  const key = keyOfName(name)
  if (nameOfKey(key) === name) return key
  throw new Failure('NAME_INVALID', { secret: name, why: 'no variable has this name' })
}
