import type { Hint, Place } from '../../core/failure.js'
import { visible } from '../escape.js'
import { hintLines, table } from '../layout.js'
import { count } from '../text.js'
import { blocks, signed } from './plan.js'

export type CheckState = 'equal' | 'differs' | 'missing' | 'extra' | 'unchecked' | 'invalid' | 'warning'

export interface CheckRow {
  readonly state: CheckState
  readonly name: string
  /** What follows the state's word: ".env …07de, aws …a91c (version 5)". */
  readonly why: string
  readonly place?: Place
}

export interface CheckView {
  /** How many agree; they are not listed one by one. */
  readonly equal: number
  readonly rows: readonly CheckRow[]
  readonly summary: string
  readonly hints?: readonly Hint[]
}

const signs: Readonly<Record<CheckState, '✔' | '✘' | '?' | '!'>> = {
  equal: '✔',
  differs: '✘',
  missing: '✘',
  extra: '!',
  unchecked: '?',
  invalid: '✘',
  warning: '!',
}

const words: Readonly<Record<CheckState, string>> = {
  equal: 'equal',
  differs: 'differs:',
  missing: 'missing',
  extra: 'extra:',
  unchecked: 'could not check:',
  invalid: 'invalid:',
  warning: 'warning:',
}

/** `differs: .env …07de, aws …a91c`; nothing after the word, no colon. */
export function finding({ state, why }: CheckRow): string {
  return why === '' ? words[state].replace(':', '') : `${words[state]} ${why}`
}

/** Whether a row is a difference or a doubt. */
export const isFinding = ({ state }: CheckRow): boolean => state !== 'equal'

/** What agrees in one line, each difference and doubt in its own. */
export function renderCheck(view: CheckView, width?: number): string {
  const rows = view.rows.map((row) => [signed(signs[row.state]), row.name, finding(row)])
  const equal = view.equal > 0 || rows.length === 0 ? [`  ${signed('✔')} ${count(view.equal, 'equal', 'equal')}`] : []
  const lines = [...equal, ...table(rows, { width, indent: 2, gap: 1, gaps: [1, 6], keep: 3 })]
  return blocks([[...lines, visible(view.summary), ...hintLines(view.hints ?? [])]])
}
