import { Failure } from '../core/failure.js'
import type { SecretName } from '../core/names.js'
import type { Lookup } from '../core/ports.js'
import type { ReferenceStyle } from '../core/reference.js'
import { type Context, draft, type Named, noValues, type Prepared } from './context.js'
import type { EnvInput, EnvKey } from './env-input.js'
import { refuseMisfits } from './fit.js'
import { moves, nameFor, wantedOf } from './migrate-names.js'
import { type Note, notesOf } from './migrate-notes.js'
import { compareAll, type OnConflict, putSteps, type WantedRow } from './migrate-plan.js'
import { rewriteStep } from './migrate-rewrite.js'

export type { Note } from './migrate-notes.js'

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
export type MigrateRow = { readonly key: string; readonly line: number; readonly input: EnvInput } & (
  | { readonly row: WantedRow }
  | { readonly row?: undefined; readonly reason: string }
)

/** What a migrate will do: shown, agreed to, then performed. */
export interface MigratePlan extends Prepared {
  readonly rows: readonly MigrateRow[]
  readonly notes: readonly Note[]
  readonly rewritten: readonly { readonly path: string; readonly lines: number }[]
  /** What was decided one by one, so that the same plan can be made again. */
  readonly choices?: Choices
}

/** .env file → plan: entries against what the provider holds. Only reads. */
export async function planMigrate(request: MigrateRequest, context: Context): Promise<MigratePlan> {
  refuseItself(request, context)
  const choices = await request.choose?.(
    request.inputs.flatMap(({ keys }) => keys),
    async (keys, names) => (await compared(request, { keys, names, onConflict: new Map() }, context)).rows,
  )
  const { rows: found, seen } = await compared(request, choices, context)
  const rows = rowsOf(request, found, choices)
  const values = noValues()
  const puts = putSteps(found, values, context)
  const writes = request.rewrite && context.provider.traits.writable
  const rewrites = writes
    ? request.inputs.flatMap((input) => rewriteStep(input, rows, request.style, values, context))
    : []
  const id = request.id ?? (await context.runs.newId())
  const file = request.inputs.find(({ source }) => source.path !== undefined)?.source.path
  return {
    plan: draft(context, id, 'migrate', [puts, rewrites], file === undefined ? {} : { file }),
    values,
    rows,
    notes: request.inputs.flatMap((input) => notesOf(input, rows, request)),
    seen,
    rewritten: rewrites.map(({ path, changedLines }) => ({ path, lines: changedLines })),
    ...(choices === undefined ? {} : { choices }),
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

interface Compared {
  readonly rows: readonly WantedRow[]
  readonly seen: Named<Lookup>
}

async function compared(request: MigrateRequest, choices: Choices | undefined, context: Context): Promise<Compared> {
  const wanted = [...wantedOf(request, choices).values()]
  refuseMisfits(wanted, context.provider, context.prefix, context.identity, [
    { what: 'leave it in the file', command: 'vibesecrets migrate --exclude <KEY>' },
  ])
  const seen = await context.provider.readMany(wanted.map(({ name }) => name))
  const rows = compareAll(wanted, seen, (name) => choices?.onConflict.get(name) ?? request.onConflict)
  return { rows, seen }
}

function rowsOf(request: MigrateRequest, found: readonly WantedRow[], choices: Choices | undefined): MigrateRow[] {
  const names = { ...request.names, ...choices?.names }
  const byName = new Map(found.map((row) => [row.wanted.name, row]))
  return request.inputs.flatMap((input) =>
    input.keys.map((one): MigrateRow => {
      const at = { key: one.key, line: one.line, input }
      const row = moves(one, choices) ? byName.get(nameFor(one.key, names)) : undefined
      if (row !== undefined) return { ...at, row }
      return { ...at, reason: one.kind === 'secret' ? 'left out by you' : one.reason }
    }),
  )
}
