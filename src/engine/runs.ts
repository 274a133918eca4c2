import { Failure } from '../core/failure.js'
import { numbered, type Plan, type Step, type ValueRef } from '../core/plan.js'
import type { Journal, Random } from '../core/ports.js'
import type { SecretValue } from '../core/secret.js'
import type { Progress } from '../core/undo.js'
import { type Bundle, openBundle, sealBundle } from './bundle.js'
import { createJournal, JOURNALS, journalFile, readJournal, refuseUsed, unknownRun } from './journal.js'
import type { Ending, Recorded } from './journal-format.js'
import type { Folder } from './store.js'

/** A run as the journal has it. */
export interface RunRecord {
  readonly id: string
  readonly state: 'open' | Ending
  readonly command: Plan['command']
  readonly target: string
  readonly createdAt: string
  readonly counts: { readonly steps: number; readonly done: number; readonly skipped: number }
  readonly plan: Plan
  readonly progress: Progress
}

/** The runs of this machine: their journals, and their values in sealed bundles. */
export interface Runs {
  readonly journal: Journal
  /** An id that no run has: four or more hex digits. */
  newId(): Promise<string>
  /** The values become durable first, then the plan. Throws PLAN_USED for a plan that has been carried out. */
  begin(plan: Plan, values: Bundle): Promise<void>
  /** Throws INPUT_MISSING when there is no such run. */
  load(run: string): Promise<RunRecord>
  /** Newest first. Throws DAMAGED when one of them cannot be read: what it left unfinished is then unknown. */
  list(): Promise<readonly RunRecord[]>
  /** As `list`, with what cannot be read beside the rest. */
  scan(): Promise<{ readonly runs: readonly RunRecord[]; readonly unreadable: ReadonlyMap<string, Failure> }>
  newest(filter?: (run: RunRecord) => boolean): Promise<RunRecord | undefined>
  /** All values of a run. */
  bundle(run: string): Promise<Bundle>
  /** One value of a run: what `World.value` needs. The bundle is opened once. */
  value(run: string, ref: ValueRef): Promise<SecretValue>
  /** Ends the record of a run for good, values first. Refuses an open one. */
  forget(run: string): Promise<void>
  /** Forgets what ended and was made before `olderThan`. Returns the ids. */
  prune(olderThan: Date): Promise<readonly string[]>
}

/** Where a run's sealed values are in the state folder. */
export const bundleFile = (run: string): string => `undo/${run}.sealed`

const MIN_DIGITS = 4

/** `key`: 32 bytes, asked for on first use. */
export function createRuns(folder: Folder, key: () => Promise<Uint8Array>, random: Random): Runs {
  const journal = createJournal(folder)
  const opened = new Map<string, Promise<Bundle>>()

  async function open(run: string): Promise<Bundle> {
    const bytes = await folder.read(bundleFile(run))
    if (bytes === undefined) throw missingBundle(run)
    return openBundle(await key(), run, bytes)
  }

  function bundle(run: string): Promise<Bundle> {
    const known = opened.get(run) ?? open(run)
    opened.set(run, known)
    known.catch(() => opened.delete(run))
    return known
  }

  async function scan(): ReturnType<Runs['scan']> {
    const runs: RunRecord[] = []
    const unreadable = new Map<string, Failure>()
    for (const id of await idsIn(folder)) {
      try {
        const recorded = await readJournal(folder, id)
        if (recorded !== undefined) runs.push(recordOf(id, recorded))
      } catch (error) {
        if (!(error instanceof Failure)) throw error
        unreadable.set(id, error)
      }
    }
    return { runs: runs.sort(newestFirst), unreadable }
  }

  async function list(): Promise<readonly RunRecord[]> {
    const { runs, unreadable } = await scan()
    for (const failure of unreadable.values()) throw failure.with({ names: [...unreadable.keys()] })
    return runs
  }

  async function load(run: string): Promise<RunRecord> {
    const recorded = isId(run) ? await readJournal(folder, run) : undefined
    if (recorded === undefined) throw unknownRun(run)
    return recordOf(run, recorded)
  }

  async function forget(run: string): Promise<void> {
    if ((await load(run)).state === 'open') throw new Failure('USAGE', { why: `run ${run} is unfinished` })
    opened.delete(run)
    await folder.remove(bundleFile(run))
    await folder.remove(journalFile(run))
  }

  return {
    journal,
    list,
    scan,
    load,
    bundle,
    forget,
    newId: async () => freeId(new Set(await idsIn(folder)), random),
    newest: async (filter = () => true) => (await list()).find(filter),
    async begin(plan, values) {
      checkComplete(plan, values)
      // Asked before the bundle is touched: that of a run that was begun must stay.
      await refuseUsed(folder, plan.id)
      opened.delete(plan.id)
      await folder.replace(bundleFile(plan.id), sealBundle(await key(), plan.id, values, random))
      await journal.open(plan)
    },
    async value(run, ref) {
      return valueIn(await bundle(run), ref)
    },
    async prune(olderThan) {
      const old = (await list()).filter(
        (run) => run.state !== 'open' && Date.parse(run.createdAt) < olderThan.getTime(),
      )
      for (const { id } of old) await forget(id)
      return old.map(({ id }) => id)
    },
  }
}

/** The value that `ref` names. */
export function valueIn(bundle: Bundle, { from, entry }: ValueRef): SecretValue {
  const value = bundle[from].get(entry)
  if (value === undefined) throw new Failure('INTERNAL', { names: [entry], why: `the bundle lacks the ${from} value` })
  return value
}

/** The bundle for the run that undoes another one: what was written becomes what is replaced. */
export const swapped = (bundle: Bundle): Bundle => ({ new: bundle.old, old: bundle.new })

/** Every reference of a step, to find the values that a plan needs. */
export function refsOf(step: Step): readonly ValueRef[] {
  const { value, saved, content, values } = step as Partial<Record<'value' | 'saved' | 'content', ValueRef>> & {
    readonly values?: readonly ValueRef[]
  }
  return [value, saved, content, ...(values ?? [])].filter((ref) => ref !== undefined)
}

/** A plan whose values are not all kept could not be finished after a crash. */
function checkComplete(plan: Plan, values: Bundle): void {
  for (const { step } of numbered(plan)) for (const ref of refsOf(step)) valueIn(values, ref)
}

const isId = (text: string): boolean => /^[0-9a-f]{4,32}$/.test(text)

async function idsIn(folder: Folder): Promise<readonly string[]> {
  const names = await folder.list(JOURNALS)
  return names
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => name.slice(0, -'.jsonl'.length))
    .filter(isId)
}

/** Short to type; one digit more where all that were drawn are taken. */
function freeId(taken: ReadonlySet<string>, random: Random): string {
  for (let digits = MIN_DIGITS; ; digits++) {
    const drawn = Buffer.from(random(16)).toString('hex').slice(0, digits)
    if (!taken.has(drawn)) return drawn
  }
}

function recordOf(id: string, { plan, progress, state }: Recorded): RunRecord {
  const outcomes = [...progress.settled.values()]
  const count = (outcome: string): number => outcomes.filter((each) => each === outcome).length
  const counts = { steps: numbered(plan).length, done: count('done'), skipped: count('skipped') }
  const { command, target, createdAt } = plan
  return { id, state, command, target, createdAt, counts, plan, progress }
}

/** A run that undoes another one of the same instant is the newer. */
function newestFirst(a: RunRecord, b: RunRecord): number {
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt ? 1 : -1
  return Number(b.plan.undoes === a.id) - Number(a.plan.undoes === b.id)
}

const missingBundle = (run: string): Failure =>
  new Failure('DAMAGED', { doing: 'opening the saved values of a run', names: [run], why: 'they are gone' })
