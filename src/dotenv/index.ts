/**
 * `vibesecrets/dotenv`: reads a .env file exactly as each of the programs that read such files does, says where they
 * differ, and rewrites single values without touching anything else. Pure: no file, environment or command is touched,
 * nothing is run, and no error or report holds a value.
 *
 * ```ts
 * const { entries, problems } = parseEnv(await readFile('.env'), { dialect: 'compose' })
 * const ambiguous = findAmbiguous(decodeEnv(bytes).text).filter(({ readings }) => readings.length > 1)
 * ```
 */
export { type Ambiguity, findAmbiguous } from './ambiguity.js'
export { type DecodedEnv, decodeEnv, type EnvEncoding, encodeEnv } from './decode.js'
export { EnvEncodingError, EnvRewriteError, EnvSyntaxError } from './errors.js'
export { escapeEnv, type FormattedEnv, formatEnv } from './format.js'
export { parseEnv, valuesOf } from './parse.js'
export { expands, mereReference } from './references.js'
export { type RewriteOptions, type Rewritten, rewriteEnv } from './rewrite.js'
export {
  COMPARED,
  DIALECTS,
  type Dialect,
  type EnvEntry,
  type EnvProblem,
  type ParsedEnv,
  type ProblemKind,
  type Reading,
} from './types.js'
