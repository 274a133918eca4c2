import type { BackupHost } from '../backup/host.js'
import { isOlder, KNOWN_FILE, readKnown } from '../backup/known.js'
import { Failure } from '../core/failure.js'
import { collisions, type SecretName, secretName } from '../core/names.js'
import type { Step } from '../core/plan.js'
import type { Lookup } from '../core/ports.js'
import { lookUp } from '../engine/look.js'
import { remember } from './backup.js'
import { type Context, draft, keep, type Named, noValues, type Prepared, type Values } from './context.js'
import { refuseMisfits } from './fit.js'
import type { Note } from './migrate.js'
import {
  beforeOf,
  compareAll,
  type OnConflict,
  putSteps,
  savedOf,
  type Wanted,
  type WantedRow,
} from './migrate-plan.js'
import type { Loaded, Saved } from './restore-input.js'

export interface RestoreRequest {
  readonly loaded: Loaded
  readonly onConflict: OnConflict
  /** `old name → new name`. */
  readonly names: ReadonlyMap<string, string>
  readonly allVersions: boolean
}

export interface RestorePlan extends Prepared {
  readonly loaded: Loaded
  readonly rows: readonly WantedRow[]
  readonly notes: readonly Note[]
  /** Versions that the plan writes, the current ones among them. */
  readonly versions: number
}

/** Backup → plan: what it holds against what the target holds, and what the target cannot hold. Only reads. */
export async function planRestore(request: RestoreRequest, context: Context): Promise<RestorePlan> {
  const saved = renamed(request)
  const wanted = saved.map((one) => wantedOf(one, context))
  refuseMisfits(olderToo(saved, wanted), context.provider, context.prefix, context.identity)
  const seen = await seenUnder(
    saved.map(({ name }) => name),
    context,
  )
  const rows = compareAll(wanted, seen, () => request.onConflict).map((row) => relabelled(row, request.onConflict))
  const values = noValues()
  const hasConflict = rows.some(({ action }) => action === 'conflict')
  const steps = hasConflict ? [] : stepsOf(rows, saved, values, context)
  const plan = draft(context, await context.runs.newId(), 'restore', [steps])
  const versions = steps.reduce((sum, step) => sum + (step.op === 'history' ? step.values.length : 1), 0)
  return { plan, values, seen, rows, loaded: request.loaded, notes: notesOf(saved, rows, request, context), versions }
}

/** `--name old=new`; two that meet in one name are refused, as is a name that the backup does not hold. */
function renamed({ loaded, names }: RestoreRequest): Saved[] {
  const missing = [...names.keys()].filter((name) => !loaded.secrets.some((one) => one.name === name))
  if (missing.length > 0)
    throw new Failure('USAGE', {
      doing: 'restore',
      names: missing,
      why: `--name is about ${missing.join(', ')}, which the backup does not hold (or --include and --exclude leave out)`,
    })
  const moved = loaded.secrets.map((one) => ({ ...one, name: nameFor(one.name, names) }))
  const [group] = collisions(
    loaded.secrets.map(({ name }) => [name, nameFor(name, names)]),
    { caseSensitive: true },
  )
  if (group !== undefined)
    throw new Failure('NAME_INVALID', {
      doing: 'restore',
      names: group,
      why: `${group.join(' and ')} would have one name`,
    })
  return moved
}

const nameFor = (name: SecretName, names: ReadonlyMap<string, string>): SecretName =>
  secretName(names.get(name) ?? name)

/** As the target can keep it; what it cannot is told in notes. */
function wantedOf({ name, values, labels, description }: Saved, { provider: { traits } }: Context): Wanted {
  return {
    name,
    value: current(values),
    ...(traits.labels && Object.keys(labels).length > 0 ? { labels } : {}),
    ...(traits.descriptions && (description ?? '') !== '' ? { description: description ?? '' } : {}),
  }
}

const current = (values: Saved['values']): Saved['values'][0] => values.at(-1) ?? values[0]

/** Labels or a description that differ beside an equal value: put right only where `overwrite` was said. */
function relabelled(row: WantedRow, onConflict: OnConflict): WantedRow {
  return onConflict === 'overwrite' && differsBeside(row) ? { ...row, action: 'change' } : row
}

/** The value stands already, and what the backup has beside it does not. Labels that only the target has are kept. */
export function differsBeside({ wanted, found }: WantedRow): boolean {
  if (found.state !== 'present' || !isEqual({ wanted, found })) return false
  const { labels = {}, description } = wanted
  const isOtherText = description !== undefined && description !== (found.description ?? '')
  return isOtherText || Object.entries(labels).some(([key, value]) => found.labels[key] !== value)
}

/** Older versions have to fit too, before the first of anything is written. */
function olderToo(saved: readonly Saved[], wanted: readonly Wanted[]): Wanted[] {
  const largest = new Map(
    saved.map(({ name, values }) => [name, [...values].sort((a, b) => b.byteLength - a.byteLength)[0]]),
  )
  return wanted.map((one) => {
    const value = largest.get(one.name)
    return value === undefined || value.byteLength <= one.value.byteLength ? one : { ...one, value }
  })
}

/** One listing tells what is absent, so that only what is there is read. */
async function seenUnder(names: readonly SecretName[], context: Context): Promise<Named<Lookup>> {
  const listed: SecretName[] = []
  for await (const { name } of context.provider.list()) listed.push(name)
  return await lookUp(context, names, listed)
}

function stepsOf(rows: readonly WantedRow[], saved: readonly Saved[], values: Values, context: Context): Step[] {
  const histories = context.provider.versions === undefined ? [] : saved.filter((one) => one.values.length > 1)
  const byName = new Map(histories.map((one) => [one.name, one]))
  const isLong = (row: WantedRow): boolean => byName.has(row.wanted.name) && !differsBeside(row)
  const plain = rows.filter((row) => !isLong(row))
  const long = rows.filter((row) => isLong(row) && row.action !== 'same' && row.action !== 'skip')
  return [
    ...putSteps(plain, values, context),
    ...long.flatMap((row) => historyStep(row, byName.get(row.wanted.name), values, context)),
  ]
}

function historyStep({ wanted, found }: WantedRow, saved: Saved | undefined, values: Values, context: Context): Step[] {
  if (saved === undefined) return []
  const { name, labels, description } = wanted
  const step: Step = {
    op: 'history',
    name,
    values: saved.values.map((value, index) => keep(values, 'new', `${name}#${index}`, value, context.fingerprintKey)),
    before: beforeOf(found),
    ...(found.state === 'deleted' && found.version !== undefined ? { deletedVersion: found.version } : {}),
    ...(found.state === 'present' ? savedOf(name, found, values, context) : {}),
    ...(labels === undefined ? {} : { labels }),
    ...(description === undefined ? {} : { description }),
  }
  return [step]
}

/** What gets lost or cannot be promised: said by name, before anything is written. */
function notesOf(
  saved: readonly Saved[],
  rows: readonly WantedRow[],
  request: RestoreRequest,
  { provider, identity }: Context,
): Note[] {
  const { traits } = provider
  const actions = new Map(rows.map((row) => [row.wanted.name, row]))
  return [
    ...ofTheFile(request.loaded),
    ...saved.flatMap(({ name, labels, description, values }): Note[] => {
      const row = actions.get(name)
      const lost: Note[] = []
      if (!traits.labels && Object.keys(labels).length > 0)
        lost.push({ code: 'labels', key: name, text: `${identity} keeps no labels: they are left out` })
      if (!traits.descriptions && (description ?? '') !== '')
        lost.push({ code: 'description', key: name, text: `${identity} keeps no description: it is left out` })
      if (values.length > 1 && provider.versions === undefined)
        lost.push({
          code: 'versions',
          key: name,
          text: `${identity} keeps no versions: of ${values.length} only the current one is restored`,
        })
      if (row?.action === 'same' && differsBeside(row))
        lost.push({
          code: 'kept',
          key: name,
          text: 'the value is the same, labels or description differ: kept as they are there (--on-conflict=overwrite puts them right)',
        })
      if (values.length > 1 && row !== undefined && isEqual(row))
        lost.push({
          code: 'versions',
          key: name,
          text: 'the current value stands already: older versions cannot be put below it',
        })
      return lost
    }),
  ]
}

const isEqual = ({ wanted, found }: Pick<WantedRow, 'wanted' | 'found'>): boolean =>
  found.state === 'present' && found.value.equals(wanted.value)

function ofTheFile({ header, secrets }: Loaded): Note[] {
  if (header !== undefined) return []
  const without = secrets.filter(
    ({ values }) => values[0].byteLength > 0 && !endsInNewline(values[0].revealBytes()),
  ).length
  return [
    {
      code: 'old-layout',
      text: `an old backup: exact bytes of each file; the recipe of then had taken trailing newlines away or added one (${without} of ${secrets.length} end without one); it says neither when nor where it was made`,
    },
  ]
}

const endsInNewline = (bytes: Uint8Array): boolean => bytes.at(-1) === 10

/** A backup older than the newest that this machine knows of may be a replayed one. */
export async function refuseOlder({ header, shown }: Loaded, host: BackupHost): Promise<void> {
  if (header === undefined) return
  const known = readKnown(await host.state.read(KNOWN_FILE)).get(header.source)
  if (!isOlder(header, known)) return
  throw new Failure('PLAN_STALE', {
    doing: 'restoring an older backup',
    target: shown,
    why: `it is backup ${header.counter} of ${header.time.slice(0, 16)}Z; the newest that this machine knows is backup ${known.counter} of ${known.time.slice(0, 16)}Z`,
    hints: [
      { what: 'restore the newest', command: `vibesecrets restore ${known.place}` },
      { what: 'or say that the older one is meant', command: `vibesecrets restore ${shown} --allow-older` },
    ],
  })
}

/** What was restored is known from now on, so that an older one is not taken for it later. */
export async function seenBackup({ header, shown }: Loaded, host: BackupHost): Promise<void> {
  if (header !== undefined) await remember(header, shown, host)
}
