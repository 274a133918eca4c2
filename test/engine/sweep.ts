import { Failure, isFailure } from '../../src/core/failure.js'
import type { Plan } from '../../src/core/plan.js'
import type { Bundle } from '../../src/engine/bundle.js'
import { recover, unfinished } from '../../src/engine/recover.js'
import type { MemoryOptions } from '../../src/providers/memory.js'
import { Crash, type Fault, Faults, faultKinds } from '../support/faults.js'
import { boot, copyOf, ENV, type Machine, machine, type Process, V } from '../support/world.js'
import { carryOut, danglingReferences, type Scenario, stateOf, undoPlan } from './scenarios.js'

/** What somebody else does before one call of the first process. */
export interface Interference {
  readonly at: number
  readonly on: string
  readonly kind: 'write' | 'remove'
}

export type ProviderKind = Omit<MemoryOptions, 'store' | 'now'>

/** Providers of every kind. */
export const kinds: Readonly<Record<string, ProviderKind>> = {
  'compare-and-set, in batches': {},
  'read-first': { traits: { compareAndSet: 'read-first' }, lacks: ['writeMany', 'removeMany', 'readEach'] },
  'no undelete': { lacks: ['undelete', 'writeMany', 'removeMany'] },
  'undelete before a write': { traits: { writesOverDeleted: false } },
  'seen late': { traits: { settlesWithinMs: 1_500 }, lacks: ['writeMany'] },
}

export interface Case {
  readonly scenario: Scenario
  /** Of the first process, and of the one that recovers. */
  readonly faults?: readonly (Fault | undefined)[]
  readonly interference?: Interference
}

export interface Outcome {
  readonly log: Faults['log']
  readonly writes: number
  readonly began: boolean
}

const FOREIGN = 'somebody else'

interface Start {
  readonly on: Machine
  readonly plan: Plan
  readonly values: Bundle
  readonly state: Record<string, string>
}

/** A machine on which the plan of `scenario` was just made. */
export async function startOf(scenario: Scenario, provider: ProviderKind): Promise<Start> {
  const on = machine(provider)
  const { plan, values } = await scenario.prepare(on)
  return { on, plan, values, state: await stateOf(on) }
}

/** One case from start to end; throws where a promise is broken. */
export async function runCase(start: Start, { scenario, faults = [], interference }: Case): Promise<Outcome> {
  const on = copyOf(start.on)
  const { id } = start.plan
  let by: Interference | undefined
  const first = new Faults(faults[0], (call) => {
    if (interference !== undefined && call === interference.at && interfere(on, interference, start)) by = interference
  })
  await survive(on, () => carryOut(boot(on, first), start.plan, start.values), interference?.on)
  if (faults[1] !== undefined) await survive(on, () => recoverAll(boot(on, new Faults(faults[1]))), by?.on)
  const process = boot(on)
  const writes = (): number => on.store.changes - start.on.store.changes
  const record = await process.runs.load(id).catch(unlessMissing)
  if (record === undefined || record.state === 'abandoned') {
    await checkState(on, start.state, by, 'nothing was begun')
    return { log: first.log, writes: writes(), began: false }
  }
  const finished = await finish(on, process, id, by)
  const outcome = { log: first.log, writes: writes(), began: true }
  if (finished) await checkState(on, { ...start.state, ...scenario.goal(on) }, by, 'done')
  await mustBeIdle(on, process, id)
  if (finished) await undo(process, id, by)
  await checkState(on, start.state, by, 'undone')
  return outcome
}

/** A run that never began has no journal. */
function unlessMissing(error: unknown): undefined {
  if (!isFailure(error, 'INPUT_MISSING')) throw error
}

/** Failures and crashes are what a process may end with; anything else is a bug. */
async function survive(on: Machine, work: () => Promise<unknown>, theirs?: string): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof Failure || error instanceof Crash)) throw error
  }
  const dangling = (await danglingReferences(on)).filter((name) => name !== theirs)
  if (dangling.length > 0) throw new Error(`the file refers to ${dangling.join()}, which is not there`)
}

async function recoverAll({ runs, surroundings }: Process): Promise<void> {
  for (const { id } of unfinished(await runs.list())) await recover(id, runs, surroundings)
}

/** Recovers; where somebody else was there, undoes. `false` when it was undone. */
async function finish(on: Machine, process: Process, run: string, by: Interference | undefined): Promise<boolean> {
  try {
    await recover(run, process.runs, process.surroundings)
    return true
  } catch (error) {
    if (by === undefined || !isFailure(error, 'FOREIGN_CHANGE')) throw error
    await undo(boot(on), run, by)
    return false
  }
}

async function undo(process: Process, run: string, interference: Interference | undefined): Promise<void> {
  const { plan, values, left } = await undoPlan(process, run, 'c009')
  const names = left.map(({ name }) => name)
  if (names.some((name) => name !== interference?.on)) throw new Error(`left behind without a reason: ${names.join()}`)
  await carryOut(process, plan, values)
}

async function mustBeIdle(on: Machine, process: Process, run: string): Promise<void> {
  const { changes } = on.store
  const files = new Map([...on.folder.files, ...on.files])
  await recoverAll(process)
  await recover(run, process.runs, process.surroundings)
  const same = [...on.folder.files, ...on.files].every(([path, bytes]) => files.get(path) === bytes)
  if (!same || on.store.changes !== changes) throw new Error('a second recover changed something')
}

/** What somebody else did stands as he left it; everything else is as it should be. */
async function checkState(on: Machine, want: Record<string, string>, by: Interference | undefined, when: string) {
  const state = await stateOf(on)
  for (const name of new Set([...Object.keys(want), ...Object.keys(state)])) {
    const theirs = name === by?.on
    const expected = theirs ? theirsOf(by) : (want[name] ?? 'absent')
    if ((state[name] ?? 'absent') !== expected) throw new Error(`${when}: ${name} is ${state[name]}, not ${expected}`)
  }
}

const theirsOf = ({ kind }: Interference): string => (kind === 'write' ? FOREIGN : 'absent')

/** `false` when there was nothing to do. */
function interfere(on: Machine, { on: name, kind }: Interference, start: Start): boolean {
  if (name === ENV && kind === 'remove') return on.files.delete(ENV)
  if (name === ENV) return on.files.set(ENV, Buffer.from(FOREIGN)).size > 0
  const now = on.store.get(name)
  if (kind === 'remove') {
    if (now === undefined || now.deletedAt !== undefined) return false
    // Deleting again what we have just undeleted makes exactly what the plan was made for.
    const before = start.on.store.get(name)
    if (before?.deletedAt !== undefined && before.versions.length === now.versions.length) return false
    on.store.set(name, { ...now, deletedAt: new Date(on.now) }, on.now)
    return true
  }
  const kept = { version: on.store.nextVersion(), value: V(FOREIGN), createdAt: new Date(on.now), writtenBy: 'them' }
  const [first, ...rest] = [...(now?.versions ?? []), kept]
  on.store.set(name, { versions: [first ?? kept, ...rest], labels: {} }, on.now)
  return true
}

/** Every fault that a process with this log of calls can suffer. */
export const faultsOf = (log: Faults['log']): Fault[] =>
  log.flatMap((kinds, index) =>
    faultKinds.filter((kind) => kinds.includes(kind)).map((kind) => ({ at: index + 1, kind })),
  )

/** Somebody else writes or removes each name, or the file, before each call. */
export function interferencesOf({ names, foreignRemoves }: Scenario, calls: number): Interference[] {
  const targets = names.flatMap((on) =>
    (foreignRemoves ? (['write', 'remove'] as const) : (['write'] as const)).map((kind) => ({ on, kind })),
  )
  return Array.from({ length: calls }, (_, index) => targets.map((target) => ({ ...target, at: index + 1 }))).flat()
}

export interface Tally {
  cases: number
  began: number
  extraWrites: number
}

/** Runs cases; a broken promise names the case. */
export async function sweep(start: Start, cases: Iterable<Case>, cleanWrites = Infinity): Promise<Tally> {
  const tally = { cases: 0, began: 0, extraWrites: 0 }
  for (const each of cases) {
    const { scenario, faults, interference } = each
    const outcome = await runCase(start, each).catch((error: Error) => {
      const what = JSON.stringify({ scenario: scenario.name, faults, interference })
      throw new Error(`${what}: ${error.message} ${JSON.stringify((error as Failure).details)}`, { cause: error })
    })
    tally.cases += 1
    tally.began += Number(outcome.began)
    tally.extraWrites += Number(outcome.writes > cleanWrites)
  }
  return tally
}
