import type { Hint } from '../../core/failure.js'
import { visible } from '../escape.js'
import { ends, hintLines, table } from '../layout.js'
import { bad, bold, dim, good, warn } from '../style.js'
import { duration } from '../text.js'

/** Add, same, conflict, undelete or change, skip or remove, leave. */
export type PlanSign = '+' | '=' | '!' | '~' | '-' | ' '

export interface PlanRow {
  readonly sign: PlanSign
  /** The key of the file. */
  readonly left: string
  /** The name in the provider; '' where the key stays. */
  readonly right: string
  /** The word beside the sign: "add", "conflict". */
  readonly what: string
  readonly why: string
}

export interface PlanView {
  readonly from: string
  readonly to: string
  /** "dotenv (all dialects agree)" */
  readonly readAs?: string
  readonly rows: readonly PlanRow[]
  /** Of the input: one line each. */
  readonly warnings?: readonly string[]
  readonly summary: readonly string[]
  /** The state of the world: "dry run: nothing was written". */
  readonly last: string
  readonly hints: readonly Hint[]
}

const paints: Readonly<Record<string, (text: string) => string>> = {
  '+': good,
  '✔': good,
  '!': warn,
  '~': warn,
  '?': warn,
  '✘': bad,
  '-': bad,
}

/** The sign in its colour. */
export const signed = (sign: string): string => (paints[sign] ?? ((text: string) => text))(sign)

/** What would be done: what was asked, a row a key, what it comes to, what to type next. */
export function renderPlan(view: PlanView, width?: number): string {
  const head = `${bold(visible(view.from))} → ${bold(visible(view.to))}`
  const readAs = view.readAs === undefined ? undefined : dim(`read as: ${visible(view.readAs)}`)
  const rows = view.rows.map(({ sign, left, right, what, why }) => [signed(sign), left, right, what, why])
  return blocks([
    ends(head, readAs, width),
    table(rows, { width, indent: 2, gap: 1, gaps: [1, 4, 4, 4], keep: 4 }),
    (view.warnings ?? []).map((text) => `  ${warn('!')} ${visible(text)}`),
    [...view.summary.map(visible), ...(view.last === '' ? [] : [visible(view.last)]), ...hintLines(view.hints)],
  ])
}

/** Blocks of lines with an empty line between; empty ones leave no gap. */
export const blocks = (parts: readonly (readonly string[])[]): string =>
  parts
    .filter((part) => part.length > 0)
    .map((part) => part.join('\n'))
    .join('\n\n')

export type StepSign = '✔' | '✘' | '?' | '·' | '-' | '!' | ' '

export interface StepLine {
  readonly sign: StepSign
  readonly what: string
  readonly why?: string
  /** Milliseconds. */
  readonly took?: number
}

/** What was done, one line a step: `✔ 3 of 3 written    read back and compared    1.2 s`. */
export function renderSteps(lines: readonly StepLine[], width?: number): string {
  const rows = lines.map(({ sign, what, why = '', took }) => [
    signed(sign),
    what,
    why,
    took === undefined ? '' : duration(took),
  ])
  return table(rows, { width, indent: 2, gap: 1, gaps: [1, 4, 4], keep: 2 }).join('\n')
}
