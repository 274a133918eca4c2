import type { Failure } from '../src/core/failure.js'
import type { SecretName } from '../src/core/names.js'
import type { Step } from '../src/core/plan.js'
import { formatRecipe, type Recipe } from '../src/core/recipe.js'
import type { RunRecord } from '../src/engine/runs.js'
import type { Rotation } from '../src/flows/rotate.js'
import { failureJson } from '../src/ui/failures.js'
import { table } from '../src/ui/layout.js'
import { renderSteps, type StepLine } from '../src/ui/reports/plan.js'
import { ahead, moment } from '../src/ui/text.js'

/** One secret, before or after. */
export type Row = { readonly name: SecretName } & (
  | { readonly state: 'looked' | 'done'; readonly rotation: Rotation; readonly consumers: readonly string[] }
  | { readonly state: 'resume' | 'resumed'; readonly run: RunRecord }
  | { readonly state: 'failed'; readonly failure: Failure }
)

export interface RowsView {
  readonly target: string
  readonly now: Date
  readonly width: number | undefined
  /** The state of the world, where nothing was done. */
  readonly last: string
}

/** One secret: each step with what it touches, and how to go back. */
export function rowText(row: Row, { target, now, width, last }: RowsView): string {
  const lines = linesOf(row)
  const [what, why] = wordsOf(row, now)
  const body =
    lines.length > 0 ? renderSteps(lines, width) : `  ${[what, why].filter((part) => part !== '').join('    ')}`
  const end = endOf(row) ?? (lines.length > 0 ? last : 'nothing was changed')
  const notes = notesOf(row).map((note) => `  ! ${note}`)
  return [`${row.name} · ${target}`, '', body, ...notes, '', end].join('\n')
}

/** Several: one line each. */
export function tableText(rows: readonly Row[], { now, width, last }: RowsView): string {
  const cells = rows.map((row) => [row.name, ...wordsOf(row, now)])
  const lines = table(cells, { width, gap: 4, keep: 2 })
  const notes = rows.flatMap((row) => notesOf(row).map((note) => `  ! ${row.name}: ${note}`))
  return [...lines, ...notes, ...(last === '' ? [] : ['', last])].join('\n')
}

const isOver = (row: Row): boolean => row.state === 'done' || row.state === 'resumed'

function linesOf(row: Row): StepLine[] {
  const sign = isOver(row) ? ('✔' as const) : ('·' as const)
  if (row.state === 'failed') return []
  if ('run' in row) {
    const what = row.state === 'resumed' ? 'unfinished rotation finished' : 'finish the unfinished rotation'
    return [{ sign, what, why: `run ${row.run.id}` }]
  }
  const steps = row.rotation.prepared?.plan.stages.flat() ?? []
  return steps.map((step) => ({ sign, ...stepWords(step, row.rotation.recipe, isOver(row)) }))
}

/** What a step does, and to what. */
function stepWords(step: Step, recipe: Recipe | undefined, done: boolean): { what: string; why: string } {
  const subject = step.op === 'rewrite-env' ? step.path : step.name
  switch (step.op) {
    case 'keep':
      return {
        what: done ? `old value kept as ${subject}` : `keep the old value as ${subject}`,
        why: `accepted until ${moment(new Date(step.labels['until'] ?? 0))}`,
      }
    case 'remove':
      return { what: done ? `${subject} removed` : `remove ${subject}`, why: 'its time is over' }
    default: {
      const made =
        recipe === undefined
          ? ''
          : formatRecipe({ ...recipe, ...(recipe.charset === undefined ? {} : { charset: '…' }) })
      return {
        what: done ? `new value of ${subject} stored` : `store a new value of ${subject}`,
        why: done ? 'read back and compared' : `generated: ${decodeURIComponent(made)}`,
      }
    }
  }
}

function wordsOf(row: Row, now: Date): [what: string, why: string] {
  switch (row.state) {
    case 'failed':
      return ['failed', row.failure.details.why ?? row.failure.code.toLowerCase().replaceAll('_', ' ')]
    case 'resume':
      return ['to finish', `run ${row.run.id} was interrupted`]
    case 'resumed':
      return ['finished', `run ${row.run.id} was interrupted`]
    default:
      return rotationWords(row.rotation, row.state === 'done', now)
  }
}

function rotationWords({ state, until, dueAt }: Rotation, done: boolean, now: Date): [what: string, why: string] {
  const grace = until === undefined ? '' : `grace until ${moment(until)}`
  switch (state) {
    case 'rotate':
      return [done ? 'rotated' : 'to rotate', grace]
    case 'retire':
      return [
        done ? 'old value removed' : 'old value to remove',
        until === undefined ? '' : `its grace ended ${moment(until)}`,
      ]
    case 'kept':
      return ['old value kept', `accepted until ${moment(until ?? now)}`]
    case 'nothing kept':
      return ['nothing to finalize', 'no old value is kept']
    case 'not due':
      return [
        'not due',
        [dueAt === undefined ? 'no interval' : ahead(dueAt, now), grace].filter((part) => part !== '').join(', '),
      ]
  }
}

function notesOf(row: Row): readonly string[] {
  if (row.state !== 'looked' && row.state !== 'done') return []
  const { rotation, consumers } = row
  const restart = rotation.state === 'rotate' && consumers.length > 0
  return [...rotation.warnings, ...(restart ? [`restart ${consumers.join(', ')}, so that it reads the new value`] : [])]
}

function endOf(row: Row): string | undefined {
  if (row.state === 'resumed') return `run ${row.run.id} · go back: vibesecrets rollback ${row.run.id}`
  if (row.state !== 'done') return undefined
  const id = row.rotation.prepared?.plan.id ?? ''
  return `run ${id} · go back: vibesecrets rollback ${id}`
}

export function jsonOf(rows: readonly Row[], provider: string, identity: string, dryRun: boolean): object {
  const count = (...states: string[]): number => rows.filter((row) => states.includes(stateOf(row))).length
  return {
    schema: 'vibesecrets/rotate@1',
    target: { provider, identity },
    dryRun,
    items: rows.map(itemOf),
    summary: {
      rotated: count('rotated', 'resumed'),
      removed: count('removed'),
      planned: count('to rotate', 'to remove', 'to resume'),
      unchanged: count('not due', 'kept', 'nothing kept'),
      failed: count('failed'),
    },
  }
}

function stateOf(row: Row): string {
  if (row.state === 'failed') return row.state
  if ('run' in row) return row.state === 'resumed' ? 'resumed' : 'to resume'
  const { state } = row.rotation
  if (state === 'rotate') return row.state === 'done' ? 'rotated' : 'to rotate'
  if (state === 'retire') return row.state === 'done' ? 'removed' : 'to remove'
  return state
}

function itemOf(row: Row): object {
  const common = { name: row.name, state: stateOf(row) }
  if (row.state === 'failed') return { ...common, ...failureJson(row.failure) }
  if ('run' in row) return { ...common, run: row.run.id }
  const { strategy, until, dueAt, prepared, warnings } = row.rotation
  return {
    ...common,
    ...(strategy === undefined ? {} : { strategy }),
    ...(row.state === 'done' && prepared !== undefined ? { run: prepared.plan.id } : {}),
    ...(until === undefined ? {} : { graceUntil: until.toISOString() }),
    ...(dueAt === undefined ? {} : { dueAt: dueAt.toISOString() }),
    steps: (prepared?.plan.stages.flat() ?? []).map((step) => ({
      op: step.op,
      on: step.op === 'rewrite-env' ? step.path : step.name,
    })),
    warnings,
  }
}
