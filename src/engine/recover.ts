import type { SecretName } from '../core/names.js'
import { numbered, type Plan } from '../core/plan.js'
import type { World } from '../core/ports.js'
import { SecretValue } from '../core/secret.js'
import { type Facts, type Undo, undoOf } from '../core/undo.js'
import { type Applied, apply } from './apply.js'
import { lookUp } from './look.js'
import { operationOf } from './ops/index.js'
import type { RunRecord, Runs } from './runs.js'
import { view } from './verdicts.js'

/** What `recover` needs beside the runs, which keep journal and values. */
export type Surroundings = Omit<World, 'journal' | 'value'>

/** Two ways out of an unfinished run. */
export interface Prospect {
  /** Steps that can not be finished, because someone else changed what they stand on. */
  readonly foreign: readonly string[]
  readonly resumable: boolean
  readonly undo: Undo
  /** Whether undoing would leave nothing behind. */
  readonly undoable: boolean
}

/** The world of one run: its journal, and its values out of the sealed bundle. */
export function worldOf(run: string, runs: Runs, surroundings: Surroundings): World {
  return { ...surroundings, journal: runs.journal, value: (ref) => runs.value(run, ref) }
}

/** What is there now under the names and files of a plan. Only reads. */
export async function factsFor(plan: Plan, world: Surroundings): Promise<Facts> {
  const steps = numbered(plan).map(({ step }) => step)
  const names = steps.flatMap((step) => operationOf(step).names(step))
  const paths = steps.flatMap((step) => (step.op === 'rewrite-env' ? [step.path] : []))
  const fingerprint = (value: SecretValue): string => value.fingerprint(world.fingerprintKey)
  const files = new Map<string, string | undefined>()
  for (const path of paths) {
    const bytes = await world.files.read(path)
    files.set(path, bytes && fingerprint(SecretValue.fromBytes(bytes)))
  }
  const secrets = await lookUp(world, [...new Set<SecretName>(names)])
  return { secrets, files, fingerprint, undelete: world.provider.undelete !== undefined }
}

/** Whether an unfinished run can be finished, and what undoing it would take. Only reads. */
export async function examine({ plan, progress }: RunRecord, world: World): Promise<Prospect> {
  const open = numbered(plan).filter(({ index }) => !progress.settled.has(index))
  const items = open.map((each) => ({ ...each, op: operationOf(each.step) }))
  const { verdicts } = await view(items, { world, owner: plan.id, begun: new Set(progress.intended) })
  const foreign = items.filter((item) => verdicts.get(item) === 'foreign').map(({ op, step }) => op.subject(step))
  const undo = undoOf(plan, progress, await factsFor(plan, world))
  return { foreign, resumable: foreign.length === 0, undo, undoable: undo.left.length === 0 }
}

/** Unfinished runs, newest first. One that a newer unfinished run is undoing is left to that one. */
export function unfinished(runs: readonly RunRecord[]): readonly RunRecord[] {
  const open = runs.filter(({ state }) => state === 'open')
  const beingUndone = new Set(open.map(({ plan }) => plan.undoes))
  return open.filter(({ id }) => !beingUndone.has(id))
}

/**
 * Finishes a run: apply again on its journal. A run that ended stays as it is, and nothing is called. Where an
 * unfinished run is undoing this one, that one is finished.
 */
export async function recover(run: string, runs: Runs, surroundings: Surroundings): Promise<Applied> {
  const record = await loadDecided(run, runs)
  if (record.state !== 'open') return { state: 'done', settled: record.progress.settled }
  return apply(record, worldOf(record.id, runs, surroundings))
}

async function loadDecided(run: string, runs: Runs): Promise<RunRecord> {
  const record = await runs.load(run)
  if (record.state !== 'open') return record
  return (await runs.newest((other) => other.state === 'open' && other.plan.undoes === run)) ?? record
}
