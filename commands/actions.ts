import type { WantedAction, WantedRow } from '../src/flows/migrate-plan.js'
import { ago, mark } from '../src/ui/text.js'

/** How a plan shows what becomes of a value, for every command that writes values. */
export const signs = { add: '+', change: '~', undelete: '~', same: '=', skip: '-', conflict: '!' } as const

const words: Readonly<Record<WantedAction, string>> = {
  add: 'to add',
  change: 'to change',
  undelete: 'to undelete',
  same: 'same',
  skip: 'skipped',
  conflict: 'conflict',
}

export function countsOf(rows: readonly WantedRow[]): Record<WantedAction, number> {
  const counts = { add: 0, change: 0, undelete: 0, same: 0, skip: 0, conflict: 0 }
  for (const { action } of rows) counts[action]++
  return counts
}

/** "2 to add, 1 same". */
export function actionWords(rows: readonly WantedRow[]): string {
  const counts = countsOf(rows)
  const actions = (Object.keys(words) as WantedAction[]).filter((action) => counts[action] > 0)
  return actions.map((action) => `${counts[action]} ${words[action]}`).join(', ')
}

/** "there …a91c, here …07de, changed 2 days ago". */
export function twoValues({ found, wanted }: WantedRow, now: Date, key: Uint8Array): string {
  if (found.state !== 'present') return ''
  const prints = `there ${mark(found.value.fingerprint(key))}, here ${mark(wanted.value.fingerprint(key))}`
  return found.createdAt === undefined ? prints : `${prints}, changed ${ago(found.createdAt, now)}`
}
