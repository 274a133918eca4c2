import { Failure } from '../core/failure.js'
import { nameOfKey, type SecretName, secretName } from '../core/names.js'
import type { Step } from '../core/plan.js'
import { formatReference, type ReferenceStyle } from '../core/reference.js'
import { SecretValue } from '../core/secret.js'
import { encodeEnv, EnvRewriteError, expands, rewriteEnv } from '../dotenv/index.js'
import { type Context, draft, keep, noValues, type Prepared, type Values } from './context.js'
import type { EnvInput, EnvKey } from './env-input.js'
import { refuseMisfits } from './fit.js'
import { compareAll, type OnConflict, putSteps, settles, type Wanted, type WantedRow } from './migrate-plan.js'

export interface MigrateRequest {
  /** The id of a plan made before, so that the new one can be compared with it. */
  readonly id?: string
  readonly inputs: readonly EnvInput[]
  /** Overrides of `KEY=name`. */
  readonly names: Readonly<Record<string, string>>
  readonly onConflict: OnConflict
  readonly rewrite: boolean
  readonly style: ReferenceStyle
  /** Keys that the operator took out, and names and conflicts decided one by one, in the interactive mode. */
  readonly choose?: Choose
  /** Days of the inventory's rotation interval, for services that keep an expiry date. */
  readonly expiresAfterMs?: (name: SecretName) => number | undefined
}

/** Asks for keys and names first, then about the conflicts that these meet. */
export type Choose = (
  keys: readonly EnvKey[],
  rowsFor: (keys: ReadonlySet<string>, names: Readonly<Record<string, string>>) => Promise<readonly WantedRow[]>,
) => Promise<Choices>

export interface Choices {
  /** Keys to migrate. */
  readonly keys: ReadonlySet<string>
  readonly names: Readonly<Record<string, string>>
  readonly onConflict: ReadonlyMap<SecretName, OnConflict>
}

/** A line of the plan: a key that moves with its row, or one that stays with the reason. */
export type MigrateRow =
  | { readonly key: string; readonly line: number; readonly input: EnvInput; readonly row: WantedRow }
  | { readonly key: string; readonly line: number; readonly input: EnvInput; readonly row?: undefined; readonly reason: string }

export type Note = { readonly code: string; readonly key?: string; readonly text: string }

/** What a migrate will do: shown, agreed to, then performed. */
export interface MigratePlan extends Prepared {
  readonly rows: readonly MigrateRow[]
  readonly notes: readonly Note[]
  readonly rewritten: readonly { readonly path: string; readonly lines: number }[]
}

/** .env file → plan: entries against what the provider holds. Only reads. */
export async function planMigrate(request: MigrateRequest, context: Context): Promise<MigratePlan> {
  refuseItself(request, context)
  const chosen = await request.choose?.(
    request.inputs.flatMap(({ keys }) => keys),
    async (keys, names) => (await compared(request, { keys, names, onConflict: new Map() }, context)).rows,
  )
  const { rows, seen } = await compared(request, chosen, context)
  const values = noValues()
  const byName = new Map(rows.map((row) => [row.wanted.name, row]))
  const listed = request.inputs.flatMap((input) => rowsOf(input, request, byName, chosen))
  const rewrites = request.rewrite && context.provider.traits.writable ? request.inputs.flatMap((input) => rewriteStep(input, listed, request, values, context)) : []
  const id = request.id ?? (await context.runs.newId())
  const file = request.inputs.find(({ source }) => source.path !== undefined)?.source.path
  const plan = draft(context, id, 'migrate', [putSteps(rows, values, context), rewrites.map(({ step }) => step)], file === undefined ? {} : { file })
  return {
    plan,
    values,
    rows: listed,
    notes: request.inputs.flatMap((input) => notesOf(input, listed)),
    seen,
    rewritten: rewrites.map(({ path, lines }) => ({ path, lines })),
  }
}

/** A file that is the provider's own would lose its values to references to themselves. */
function refuseItself({ inputs }: MigrateRequest, { provider, identity }: Context): void {
  const { file } = provider.traits
  if (!inputs.some(({ source }) => source.path !== undefined && source.path === file)) return
  throw new Failure('USAGE', {
    doing: 'migrate',
    target: identity,
    why: 'the file is where this provider keeps its secrets: it cannot move into itself',
    hints: [{ what: 'name another provider', command: 'vibesecrets migrate local' }],
  })
}

async function compared(request: MigrateRequest, chosen: Choices | undefined, context: Context) {
  const wanted = wantedOf(request, chosen)
  refuseMisfits([...wanted.values()], context.provider, context.prefix, context.identity)
  const seen = await context.provider.readMany([...wanted.keys()])
  const rows = compareAll([...wanted.values()], seen, (name) => chosen?.onConflict.get(name) ?? request.onConflict)
  return { rows, seen }
}

export const nameFor = (key: string, names: Readonly<Record<string, string>>): SecretName => {
  const given = Object.hasOwn(names, key) ? names[key] : undefined
  return given === undefined ? nameOfKey(key) : secretName(given)
}

const moves = (one: EnvKey, chosen: Choices | undefined): boolean =>
  chosen === undefined ? one.kind === 'secret' : chosen.keys.has(one.key) && one.kind !== 'empty'

/** Names with their values, over all files; two keys that meet in one name are refused with both named. */
function wantedOf(request: MigrateRequest, chosen: Choices | undefined): Map<SecretName, Wanted> {
  const names = { ...request.names, ...chosen?.names }
  const wanted = new Map<SecretName, Wanted>()
  const keys = new Map<SecretName, EnvKey & { shown: string }>()
  const problems: string[] = []
  for (const { source, keys: all } of request.inputs)
    for (const one of all.filter((key) => moves(key, chosen))) {
      const name = nameFor(one.key, names)
      const other = keys.get(name)
      if (other === undefined) {
        keys.set(name, { ...one, shown: source.shown })
        wanted.set(name, wantedFrom(one, name, request))
      } else if (other.key !== one.key) {
        problems.push(`${other.key} and ${one.key} would both become ${name}`)
      } else if (!other.value.equals(one.value)) {
        problems.push(`${one.key} has one value in ${other.shown} and another in ${source.shown}`)
      }
    }
  if (problems.length > 0)
    throw new Failure('NAME_INVALID', {
      doing: 'naming the secrets',
      problems,
      why: 'nothing was written',
      hints: [{ what: 'give one of them a name of its own', command: 'vibesecrets migrate --name KEY=name' }],
    })
  return wanted
}

function wantedFrom(one: EnvKey, name: SecretName, request: MigrateRequest): Wanted {
  const expiresAfterMs = request.expiresAfterMs?.(name)
  return { name, value: one.value, labels: { key: one.key }, ...(expiresAfterMs === undefined ? {} : { expiresAfterMs }) }
}

function rowsOf(input: EnvInput, request: MigrateRequest, byName: ReadonlyMap<SecretName, WantedRow>, chosen: Choices | undefined): MigrateRow[] {
  const names = { ...request.names, ...chosen?.names }
  return input.keys.map((one) => {
    const at = { key: one.key, line: one.line, input }
    const row = moves(one, chosen) ? byName.get(nameFor(one.key, names)) : undefined
    if (row !== undefined) return { ...at, row }
    return { ...at, reason: one.kind === 'secret' ? 'left out by you' : one.reason }
  })
}

function rewriteStep(input: EnvInput, rows: readonly MigrateRow[], request: MigrateRequest, values: Values, context: Context) {
  const { path, bytes } = input.source
  if (path === undefined) return []
  const replacements = new Map(
    rows.flatMap((one): [string, string][] =>
      one.input === input && one.row !== undefined && settles(one.row)
        ? [[one.key, formatReference(one.row.wanted.name, request.style)]]
        : [],
    ),
  )
  if (replacements.size === 0) return []
  const { text, changedLines } = rewritten(input, replacements, request.style)
  const before = SecretValue.fromBytes(bytes)
  const after = SecretValue.fromBytes(encodeEnv(text, input.decoded.encoding))
  const saved = keep(values, 'old', `file:${path}`, before, context.fingerprintKey)
  const content = keep(values, 'new', `file:${path}`, after, context.fingerprintKey)
  const step: Step = {
    op: 'rewrite-env',
    path,
    before: saved.fingerprint,
    after: content.fingerprint,
    saved,
    content,
    changedLines: changedLines.length,
  }
  return [{ step, path, lines: changedLines.length }]
}

function rewritten({ decoded, dialect, source }: EnvInput, replacements: ReadonlyMap<string, string>, style: ReferenceStyle) {
  try {
    return rewriteEnv(decoded.text, replacements, { style, dialect })
  } catch (error) {
    if (!(error instanceof EnvRewriteError)) throw error
    throw new Failure('INPUT_INVALID', {
      doing: `rewriting ${source.shown}`,
      why: error.reason,
      ...(error.key === undefined ? {} : { names: [error.key] }),
      hints: [{ what: 'move the values and leave the file as it is', command: 'vibesecrets migrate --no-rewrite' }],
    })
  }
}

/** What the operator should know before saying yes. Names and lines, never values. */
function notesOf(input: EnvInput, rows: readonly MigrateRow[]): Note[] {
  const moved = new Set(rows.flatMap((one) => (one.input === input && one.row !== undefined ? [one.key] : [])))
  const { shown } = input.source
  return [
    ...[...input.duplicates].map(([key, lines]) => ({ code: 'duplicate', key, text: `${shown}: stands ${lines.length} times (lines ${lines.join(', ')}), the last one counts` })),
    ...expands(input.decoded.text, [...moved])
      .filter(({ key }) => !moved.has(key))
      .map(({ key, line, uses }) => ({
        code: 'expands-migrated',
        key,
        text: `${shown}:${line} uses ${uses.join(', ')}: readers that expand it will see the reference, unless the value is in their environment`,
      })),
    ...input.keys
      .filter((one) => moved.has(one.key) && one.placeholder !== undefined)
      .map((one) => ({ code: 'placeholder', key: one.key, text: `${shown}:${one.line} looks like a placeholder: ${one.placeholder}` })),
    ...input.node20Differs.filter((key) => moved.has(key)).map((key) => ({ code: 'node20', key, text: `${shown}: Node 20 and 22 read it otherwise` })),
    ...(input.ignoredLines.length === 0 ? [] : [{ code: 'ignored-lines', text: `${shown}: no assignment in line ${input.ignoredLines.join(', ')}` }]),
  ]
}
