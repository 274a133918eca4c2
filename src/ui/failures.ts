import { exitOf, type FailureCode, type FailureDetails, type Hint, isFailure, type Place } from '../core/failure.js'
import { visible } from './escape.js'
import { hintLines } from './layout.js'
import { sentences } from './sentences.js'
import { bad } from './style.js'

/** A failure in words, in three parts: what, why, what to type. */
export interface Explained {
  readonly code: FailureCode
  readonly exit: number
  readonly retryable: boolean
  readonly what: string
  readonly why: readonly string[]
  readonly next: readonly Hint[]
  readonly details: FailureDetails
}

export interface FailureText {
  /** The state of the world: "nothing was written". */
  readonly last?: string
}

/** What failed, in plain data. An error that is not ours is a bug, and its text is never repeated. */
export function explain(error: unknown): Explained {
  const failure = isFailure(error) ? error : undefined
  const code = failure?.code ?? 'INTERNAL'
  const details = failure?.details ?? {}
  const sentence = sentences[code]
  const what = sentence.what(about(details), details)
  return {
    code,
    exit: exitOf(code),
    retryable: failure?.retryable ?? false,
    what: details.place === undefined ? what : `${what}: ${placeText(details.place)}`,
    why: [...reasons(details, sentence.why, what), ...(details.problems ?? []), ...(failure ? [] : origin(error))],
    next: details.hints ?? sentence.next(details),
    details,
  }
}

/** `.env:14:3`. */
export function placeText({ file, line, column, offset }: Place): string {
  const parts = [file, line, line === undefined ? undefined : column].filter((part) => part !== undefined)
  return parts.join(':') + (line === undefined && offset !== undefined ? ` at byte ${offset}` : '')
}

/** Text of many lines for stderr, in style markers. */
export function renderFailure(error: unknown, { last }: FailureText = {}): string {
  const { what, why, next } = explain(error)
  return [
    `${bad('error:')} ${visible(what)}`,
    ...why.map((reason) => `  ${visible(reason)}`),
    ...(last === undefined ? [] : [last]),
    ...hintLines(next),
  ].join('\n')
}

export interface FailureJson {
  readonly error: {
    readonly code: FailureCode
    readonly message: string
    readonly target?: string
    readonly secret?: string
    readonly hint?: string
    readonly retryable: boolean
    readonly names?: readonly string[]
    readonly problems?: readonly string[]
    readonly place?: Place
  }
}

/** For `--json`. Codes are stable, messages are not. */
export function failureJson(error: unknown): FailureJson {
  const { code, what, why, next, retryable, details } = explain(error)
  const { target, secret, names, problems, place } = details
  const first = next[0]
  const hint = first === undefined ? {} : { hint: first.command ?? first.what }
  const facts = Object.fromEntries(
    Object.entries({ target, secret, names, problems, place }).filter(([, fact]) => fact !== undefined),
  )
  const reasons = why.filter((reason) => problems?.includes(reason) !== true)
  return { error: { code, message: [what, ...reasons].join(': '), ...hint, retryable, ...facts } }
}

/** Only why, for a row of a report: "no permission for secretsmanager:GetSecretValue". */
export function failureWhy(error: unknown): string {
  const { what, why } = explain(error)
  return why[0] ?? what
}

/** The exit code that belongs to whatever was thrown. */
export const exitCodeOf = (error: unknown): number => explain(error).exit

/** `reading db-password at aws 123 eu-central-1`, of what is known. */
function about({ doing, secret, target }: FailureDetails): string {
  const subject = [doing, secret].filter((part) => part !== undefined).join(' ')
  if (target === undefined) return subject
  return subject === '' ? target : `${subject} ${doing === undefined || secret !== undefined ? 'at ' : ''}${target}`
}

function reasons(details: FailureDetails, usual: string | undefined, what: string): string[] {
  const why = details.why ?? (details.problems === undefined ? usual : undefined)
  const doubt = details.mayHaveHappened === true ? ['it may have taken effect all the same'] : []
  return [...(why === undefined || why === what ? [] : [why]), ...doubt]
}

/** Where a foreign error came from: its class and places in the code, never its message, which may quote a value. */
function origin(error: unknown): string[] {
  if (!(error instanceof Error)) return [`thrown: ${typeof error}`]
  const frames = (error.stack ?? '').split('\n').filter((frame) => FRAME.test(frame))
  return [error.constructor.name, ...frames.slice(0, 4).map((frame) => frame.trim())]
}

const FRAME = /^ {4}at (?:[\w.$<>#[\] ]+ \()?[^\s()]+:\d+:\d+\)?$/
