import { createHash } from 'node:crypto'
import { Failure } from '../core/failure.js'
import type { Plan } from '../core/plan.js'
import type { Outcome } from '../core/ports.js'
import type { Progress } from '../core/undo.js'
import { readPlan } from './plan-format.js'

/** How a run ended. */
export type Ending = 'done' | 'undone' | 'abandoned'

/** One line of a journal. FORMAT.md describes it. */
export type Entry =
  | { readonly format: 1; readonly plan: Plan }
  | { readonly intend: readonly number[] }
  | { readonly settle: readonly number[]; readonly as: Outcome }
  | { readonly close: Ending }

/** A journal as it was read. */
export interface Recorded {
  readonly plan: Plan
  readonly progress: Progress
  readonly state: 'open' | Ending
  /** The sum of the last good line: the next line is chained to it. */
  readonly sum: string
  /** How many bytes are good; behind them stands the torn last line of a crash, if any. */
  readonly goodBytes: number
}

const TAIL = /^,"sum":"([0-9a-f]{16})"\}$/
const TAIL_LENGTH = 26
const NEWLINE = 10

/** The line of an entry, chained to the line before it. */
export function encodeLine(entry: Entry, previous: string): { readonly line: Uint8Array; readonly sum: string } {
  const body = JSON.stringify(entry).slice(0, -1)
  const sum = sumOf(body, previous)
  return { line: Buffer.from(`${body},"sum":"${sum}"}\n`), sum }
}

/** Each sum covers the one before: a line that was dropped, moved or changed breaks the chain. */
const sumOf = (body: string, previous: string): string =>
  createHash('sha256').update(`${previous}\n${body}`).digest('hex').slice(0, 16)

/**
 * Reads a journal. `undefined`: not even the first line became durable, so nothing was begun. A torn last line is
 * dropped; damage anywhere else throws DAMAGED.
 */
export function parseJournal(bytes: Uint8Array, file: string): Recorded | undefined {
  let reading: Reading | undefined
  let sum = ''
  let goodBytes = 0
  for (const line of linesOf(bytes)) {
    refuseNewer(line.bytes, goodBytes === 0)
    const good = line.ended ? decodeLine(line.bytes, sum) : undefined
    if (good === undefined && line.end < bytes.byteLength) throw damaged(file, goodBytes)
    if (good === undefined) break
    reading = take(good.entry, reading, file, goodBytes)
    sum = good.sum
    goodBytes = line.end
  }
  return reading && { ...reading, sum, goodBytes }
}

interface Reading extends Pick<Recorded, 'plan' | 'state'> {
  readonly progress: { readonly settled: Map<number, Outcome>; readonly intended: Set<number> }
}

function* linesOf(bytes: Uint8Array): Iterable<{ bytes: Uint8Array; end: number; ended: boolean }> {
  for (let start = 0; start < bytes.byteLength; ) {
    const at = bytes.indexOf(NEWLINE, start)
    const end = at === -1 ? bytes.byteLength : at + 1
    yield { bytes: bytes.subarray(start, at === -1 ? end : at), end, ended: at !== -1 }
    start = end
  }
}

function decodeLine(line: Uint8Array, previous: string): { entry: unknown; sum: string } | undefined {
  const text = textOf(line)
  const body = text.slice(0, -TAIL_LENGTH)
  const [, sum] = TAIL.exec(text.slice(-TAIL_LENGTH)) ?? []
  if (sum === undefined || sumOf(body, previous) !== sum) return undefined
  return { entry: JSON.parse(`${body}}`), sum }
}

/** Bytes that are not UTF-8 become others here, and then no sum fits. */
const textOf = (line: Uint8Array): string => Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString()

/** A later format may count its sums another way: asked before the sum is. */
function refuseNewer(line: Uint8Array, isFirst: boolean): void {
  const [, format] = (isFirst && /^\{"format":([0-9]{1,6})\b/.exec(textOf(line))) || []
  if (format !== undefined && Number(format) > 1) throw newer(`format ${format}`)
}

function take(entry: unknown, reading: Reading | undefined, file: string, offset: number): Reading {
  if (reading === undefined) return begin(entry, file, offset)
  const { intend, settle, as, close } = entry as Record<string, unknown>
  const { settled, intended } = reading.progress
  if (isNumbers(intend)) for (const index of intend) intended.add(index)
  else if (isNumbers(settle) && isOneOf(['done', 'skipped'], as)) for (const index of settle) settled.set(index, as)
  else if (isOneOf(['done', 'undone', 'abandoned'], close)) return { ...reading, state: close }
  else throw newer('an entry')
  return reading
}

function begin(entry: unknown, file: string, offset: number): Reading {
  const { format, plan } = entry as Record<string, unknown>
  if (format !== 1) throw damaged(file, offset)
  return { plan: readPlan(plan), state: 'open', progress: { settled: new Map(), intended: new Set() } }
}

const isNumbers = (value: unknown): value is readonly number[] => Array.isArray(value) && value.every(Number.isInteger)
const isOneOf = <T extends string>(words: readonly T[], value: unknown): value is T =>
  words.some((word) => word === value)

const damaged = (file: string, offset: number): Failure =>
  new Failure('DAMAGED', { doing: 'reading a journal', place: { file, offset }, why: 'a line is damaged' })

const newer = (what: string): Failure =>
  new Failure('FORMAT_NEWER', { doing: 'reading a journal', why: `${what} is of a newer version` })
