import { Failure } from '../core/failure.js'
import type { Step } from '../core/plan.js'
import { formatReference, type ReferenceStyle } from '../core/reference.js'
import { SecretValue } from '../core/secret.js'
import { EnvRewriteError, encodeEnv, rewriteEnv } from '../dotenv/index.js'
import { type Context, keep, type Values } from './context.js'
import type { EnvInput } from './env-input.js'
import type { MigrateRow } from './migrate.js'
import { settles } from './migrate-plan.js'

type Rewrite = Extract<Step, { op: 'rewrite-env' }>

/** The step that puts references in place of the values of one file; none where nothing of it moves. */
export function rewriteStep(
  input: EnvInput,
  rows: readonly MigrateRow[],
  style: ReferenceStyle,
  values: Values,
  { fingerprintKey }: Pick<Context, 'fingerprintKey'>,
): Rewrite[] {
  const { path, bytes } = input.source
  const replacements = replacementsFor(input, rows, style)
  if (path === undefined || replacements.size === 0) return []
  const { text, changedLines } = rewritten(input, replacements, style)
  const after = SecretValue.fromBytes(encodeEnv(text, input.decoded.encoding))
  const saved = keep(values, 'old', `file:${path}`, SecretValue.fromBytes(bytes), fingerprintKey)
  const content = keep(values, 'new', `file:${path}`, after, fingerprintKey)
  return [
    {
      op: 'rewrite-env',
      path,
      before: saved.fingerprint,
      after: content.fingerprint,
      saved,
      content,
      changedLines: changedLines.length,
    },
  ]
}

/** Only keys whose value will stand in the store: a reference never points to something else. */
function replacementsFor(input: EnvInput, rows: readonly MigrateRow[], style: ReferenceStyle): Map<string, string> {
  const own = rows.filter((one) => one.input === input)
  return new Map(
    own.flatMap(({ key, row }) =>
      row !== undefined && settles(row) ? [[key, formatReference(row.wanted.name, style)] as const] : [],
    ),
  )
}

function rewritten({ decoded, dialect, source }: EnvInput, replacements: Map<string, string>, style: ReferenceStyle) {
  try {
    return rewriteEnv(decoded.text, replacements, { style, dialect })
  } catch (error) {
    if (!(error instanceof EnvRewriteError)) throw error
    const { reason, key, dialect: reader } = error
    throw new Failure('INPUT_INVALID', {
      doing: `rewriting ${source.shown}`,
      why: [reason, key, reader === undefined ? undefined : `(${reader})`].filter(Boolean).join(' '),
      ...(key === undefined ? {} : { names: [key] }),
      hints: [
        { what: 'write references that no reader expands', command: 'vibesecrets migrate --reference-style uri' },
        { what: 'or leave the file as it is', command: 'vibesecrets migrate --no-rewrite' },
      ],
    })
  }
}
