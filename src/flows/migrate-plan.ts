import { compareRow } from '../core/compare.js'
import type { SecretName } from '../core/names.js'
import type { Before, Step } from '../core/plan.js'
import type { Lookup, Present } from '../core/ports.js'
import type { SecretValue } from '../core/secret.js'
import { type Context, keep, type Named, type Values } from './context.js'

export type OnConflict = 'fail' | 'skip' | 'overwrite'

/** One value that shall stand in the store. */
export interface Wanted {
  readonly name: SecretName
  readonly value: SecretValue
  readonly labels?: Readonly<Record<string, string>>
  readonly description?: string
  readonly expiresAfterMs?: number
}

export type WantedAction = 'add' | 'change' | 'undelete' | 'same' | 'skip' | 'conflict'

/** What will become of one wanted value, and what stands there now. */
export interface WantedRow {
  readonly wanted: Wanted
  readonly action: WantedAction
  readonly found: Lookup
}

/** Pure: wanted values against what was found. A name that was not looked up is a bug, not an absence. */
export function compareAll(
  wanted: readonly Wanted[],
  found: Named<Lookup>,
  onConflict: (name: SecretName) => OnConflict,
): WantedRow[] {
  return wanted.map((one) => {
    const there = found.get(one.name)
    if (there === undefined) throw new Error('a wanted name was not looked up')
    return { wanted: one, found: there, action: actionOf(one, there, onConflict) }
  })
}

const onDiffers = { fail: 'conflict', skip: 'skip', overwrite: 'change' } as const

function actionOf(one: Wanted, there: Lookup, onConflict: (name: SecretName) => OnConflict): WantedAction {
  switch (compareRow(one.value, there)) {
    case 'same':
      return 'same'
    case 'absent':
      return 'add'
    case 'deleted':
      return 'undelete'
    case 'differs':
      return onDiffers[onConflict(one.name)]
  }
}

/** Rows whose value stands in the store once the plan is done. */
export const settles = (row: WantedRow): boolean => row.action !== 'skip' && row.action !== 'conflict'

/** The puts of a plan: `same` gives no step, a conflict must not get here. */
export function putSteps(rows: readonly WantedRow[], values: Values, context: Context): Step[] {
  return rows.flatMap((row) => {
    if (row.action === 'same' || row.action === 'skip') return []
    return [putStep(row, values, context)]
  })
}

function putStep({ wanted, found }: WantedRow, values: Values, context: Context): Step {
  const { name, value, labels, description, expiresAfterMs } = wanted
  return {
    op: 'put',
    name,
    value: keep(values, 'new', name, value, context.fingerprintKey),
    before: beforeOf(found),
    ...(found.state === 'deleted' && found.version !== undefined ? { deletedVersion: found.version } : {}),
    ...(found.state === 'present' ? savedOf(name, found, values, context) : {}),
    ...(labels === undefined ? {} : { labels: { ...labelsOf(found), ...labels } }),
    ...(description === undefined ? {} : { description }),
    ...(expiresAfterMs === undefined ? {} : { expiresAfterMs }),
  }
}

/** What a write has to find. */
export const beforeOf = (found: Lookup): Before => (found.state === 'present' ? found.version : found.state)

const labelsOf = (found: Lookup) => (found.state === 'present' ? found.labels : {})

/** What an undo needs of the value that is replaced. */
export function savedOf(name: SecretName, found: Present, values: Values, context: Context) {
  return {
    saved: keep(values, 'old', name, found.value, context.fingerprintKey),
    savedLabels: found.labels,
    ...(found.description === undefined ? {} : { savedDescription: found.description }),
  }
}
