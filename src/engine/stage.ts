import { Failure, isFailure } from '../core/failure.js'
import type { Outcome } from '../core/ports.js'
import { type Answer, actOn, isRefused, isWorthRepeating, mustGoAlone } from './act.js'
import { checkInterrupt } from './interrupt.js'
import { pauseAfter, type Seen, type Sight } from './look.js'
import type { Verdict } from './operation.js'
import { type Item, type Scene, type View, verdictOf, viewUntil } from './verdicts.js'

/** The run that a stage belongs to, as far as it has come. */
export interface Course extends Scene {
  readonly run: string
  /** Steps of which an act was sent, and not refused for certain: it may take effect yet. */
  readonly doubted: Set<number>
  readonly settled: Map<number, Outcome>
}

type Failures = Map<Item, Error>

const ATTEMPTS = 3

/** Observe, then (intend, act, observe): makes every step of one stage true, or says which are not. */
export async function runStage(items: readonly Item[], course: Course, known?: Seen): Promise<void> {
  checkInterrupt(course.world)
  const before = await viewUntil(items, (_, verdict) => verdict !== 'foreign', course, known)
  const failures: Failures = new Map()
  for (const item of items) {
    const verdict = verdictOf(item, before)
    if (verdict instanceof Error || verdict === 'foreign') failures.set(item, asFailure(verdict))
  }
  // Nothing of the stage is begun while any of it is not as planned: a stale plan changes nothing.
  throwIfAny(failures)
  await settle(having(items, 'done', before), course)
  const todo = having(items, 'todo', before)
  if (todo.length > 0) await carryOut(todo, before, course)
}

async function carryOut(todo: readonly Item[], before: View, course: Course): Promise<void> {
  await begin(todo, course)
  const failures: Failures = new Map()
  const alone = new Set<Item>()
  let { sight } = before
  let left = todo
  for (let attempt = 1; left.length > 0; attempt++) {
    const answers = await actInDoubt(left, sight, alone, course)
    const after = await viewUntil(left, isFinal(answers), course)
    await settle(having(left, 'done', after), course)
    const again = left.filter((item) => remains(item, attempt, answerTo(item, answers, after), after, failures))
    for (const item of again) if (mustGoAlone(answerTo(item, answers, after))) alone.add(item)
    if (again.length > 0) await course.world.clock.sleep(longestPause(attempt, again, answers))
    sight = after.sight
    left = again
  }
  throwIfAny(failures)
}

/** Every act is in doubt until its answer says that it was refused. */
async function actInDoubt(left: readonly Item[], sight: Sight, alone: ReadonlySet<Item>, course: Course) {
  const { doubted } = course
  const sure = left.filter(({ index }) => !doubted.has(index))
  for (const { index } of sure) doubted.add(index)
  const answers = await actOn(left, sight, alone, course)
  for (const item of sure) if (isRefused(answers.get(item) ?? { batched: false })) doubted.delete(item.index)
  return answers
}

/** The intentions are durable, and every sink has taken note, before the first act. */
async function begin(todo: readonly Item[], { run, world, begun }: Course): Promise<void> {
  for (const { index } of todo) begun.add(index)
  await world.journal.intend(
    run,
    todo.map(({ index }) => index),
  )
  for (const { index, step } of todo) await world.sink.emit({ type: 'step', plan: run, index, step, state: 'begun' })
}

/** What was true before we began is `skipped`: it is not ours to undo. */
async function settle(items: readonly Item[], { run, world, begun, settled }: Course): Promise<void> {
  for (const outcome of ['done', 'skipped'] as const) {
    const those = items.filter(({ index }) => begun.has(index) === (outcome === 'done'))
    if (those.length === 0) continue
    await world.journal.settle(
      run,
      those.map(({ index }) => index),
      outcome,
    )
    for (const { index } of those) settled.set(index, outcome)
    for (const { index, step } of those) await world.sink.emit({ type: 'step', plan: run, index, step, state: outcome })
  }
}

const isFinal =
  (answers: ReadonlyMap<Item, Answer>) =>
  (item: Item, verdict: Verdict | Error): boolean =>
    verdict === 'done' || (verdict === 'todo' && isRefused(answers.get(item) ?? { batched: false }))

/** Whether to act again; what has failed for good is put down in `failures`. */
function remains(item: Item, attempt: number, answer: Answer, after: View, failures: Failures): boolean {
  const verdict = verdictOf(item, after)
  if (verdict === 'done') return false
  if (verdict === 'todo' && attempt < ATTEMPTS && isWorthRepeating(answer)) return true
  failures.set(item, verdict === 'todo' ? failureOf(answer) : asFailure(verdict, answer.failure))
  return false
}

/** An act that answered well, and whose effect was not waited for, was interrupted. */
function answerTo(item: Item, answers: ReadonlyMap<Item, Answer>, after: View): Answer {
  const answer = answers.get(item) ?? { batched: false }
  const failure = answer.failure ?? after.interrupted
  return failure === undefined ? answer : { ...answer, failure }
}

function failureOf({ failure }: Answer): Error {
  if (failure === undefined) return new Failure('NO_EFFECT')
  return isFailure(failure, 'CONFLICT') ? asFailure('foreign', failure) : failure
}

function asFailure(verdict: Verdict | Error, cause?: Error): Error {
  return verdict instanceof Error ? verdict : new Failure('FOREIGN_CHANGE', {}, { cause })
}

/** One failure for the stage, naming every step concerned. A foreign change goes before all others. */
function throwIfAny(failures: Failures): void {
  const errors = [...failures.values()]
  const first = errors.find((error) => isFailure(error, 'FOREIGN_CHANGE')) ?? errors[0]
  if (first === undefined) return
  if (!isFailure(first)) throw first
  const names = [...failures.keys()].map(({ op, step }) => op.subject(step))
  const one = names.length === 1 && names[0] !== undefined ? { secret: names[0] } : {}
  throw new Failure(first.code, { ...one, ...first.details, names }, { cause: first.cause ?? first })
}

function longestPause(attempt: number, items: readonly Item[], answers: ReadonlyMap<Item, Answer>): number {
  return Math.max(...items.map((item) => pauseAfter(attempt, answers.get(item)?.failure)))
}

const having = (items: readonly Item[], verdict: Verdict, seen: View): readonly Item[] =>
  items.filter((item) => verdictOf(item, seen) === verdict)
