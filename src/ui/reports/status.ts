import type { Hint } from '../../core/failure.js'
import { visible } from '../escape.js'
import { hintLines } from '../layout.js'
import { bold } from '../style.js'
import { timeOfDay } from '../text.js'
import { blocks, renderSteps, type StepLine } from './plan.js'

/** A run that did not end. */
export interface RunView {
  readonly id: string
  readonly command: string
  /** What it was about: a name, a target. */
  readonly what?: string
  readonly startedAt?: Date
  /** "cron@web-1" */
  readonly by?: string
  readonly stoppedAt?: Date
  readonly steps: readonly StepLine[]
  /** What holds in the meantime: "both are kept; nothing is lost". */
  readonly verdict: string
  readonly hints: readonly Hint[]
}

/** Each unfinished run: who, when, how far, what holds, what to type. */
export function renderStatus(runs: readonly RunView[], width?: number): string {
  return runs
    .map((run) => blocks([[head(run)], lines(run, width), [visible(run.verdict), ...hintLines(run.hints)]]))
    .join('\n\n')
}

const lines = ({ steps }: RunView, width: number | undefined): string[] =>
  steps.length === 0 ? [] : [renderSteps(steps, width)]

function head({ id, command, what, startedAt, by, stoppedAt }: RunView): string {
  const start = startedAt === undefined ? [] : [`started ${dated(startedAt)}${by === undefined ? '' : ` by ${by}`}`]
  const stop = stoppedAt === undefined ? [] : [`stopped at ${timeOfDay(stoppedAt)}`]
  const subject = what === undefined ? command : `${command} ${what}`
  return [bold(visible(subject)), `run ${id}`, ...start, ...stop]
    .map((part, i) => (i === 0 ? part : visible(part)))
    .join(' · ')
}

const dated = (date: Date): string => `${date.toISOString().slice(0, 10)} ${timeOfDay(date)}`
