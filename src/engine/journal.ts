import { Failure } from '../core/failure.js'
import type { Journal } from '../core/ports.js'
import { type Entry, encodeLine, parseJournal, type Recorded } from './journal-format.js'
import type { Folder } from './store.js'

export const JOURNALS = 'journal'

/** The file of a run's journal in the state folder. */
export const journalFile = (run: string): string => `${JOURNALS}/${run}.jsonl`

/** What stands in a run's journal; `undefined` when the run never began. */
export async function readJournal(folder: Folder, run: string): Promise<Recorded | undefined> {
  const bytes = await folder.read(journalFile(run))
  return bytes && parseJournal(bytes, journalFile(run))
}

/** One file a run, append-only. Each call is durable before it returns. */
export function createJournal(folder: Folder): Journal {
  /** Sums of the last lines, of runs that this process writes to. */
  const sums = new Map<string, string>()

  async function append(run: string, entry: Entry): Promise<void> {
    const { line, sum } = encodeLine(entry, sums.get(run) ?? (await sumOnDisk(run)))
    // After a failure the end of the file is unknown: the next call reads it again.
    sums.delete(run)
    await folder.append(journalFile(run), line)
    sums.set(run, sum)
  }

  /** Cuts off the torn line of a crash first, so that no line is written behind it. */
  async function sumOnDisk(run: string): Promise<string> {
    const bytes = await folder.read(journalFile(run))
    const recorded = bytes && parseJournal(bytes, journalFile(run))
    if (bytes === undefined || recorded === undefined) throw unknownRun(run)
    if (recorded.goodBytes < bytes.byteLength) {
      await folder.replace(journalFile(run), bytes.subarray(0, recorded.goodBytes))
    }
    return recorded.sum
  }

  return {
    async open(plan) {
      const { line, sum } = encodeLine({ format: 1, plan }, '')
      if (!(await folder.create(journalFile(plan.id), line))) await reopen(folder, plan.id, line)
      sums.set(plan.id, sum)
    },
    intend: (run, steps) => append(run, { intend: steps }),
    settle: (run, steps, as) => append(run, { settle: steps, as }),
    close: (run, how) => append(run, { close: how }),
  }
}

async function reopen(folder: Folder, run: string, line: Uint8Array): Promise<void> {
  await refuseUsed(folder, run)
  await folder.replace(journalFile(run), line)
}

/** A plan is carried out once. What was abandoned, with nothing changed, can be tried again. Throws PLAN_USED. */
export async function refuseUsed(folder: Folder, run: string): Promise<void> {
  const recorded = await readJournal(folder, run)
  if (recorded === undefined || recorded.state === 'abandoned') return
  const why = recorded.state === 'open' ? `run ${run} was begun and is unfinished` : `run ${run} has carried it out`
  throw new Failure('PLAN_USED', { names: [run], why })
}

/** No journal of that name. */
export const unknownRun = (run: string): Failure =>
  new Failure('INPUT_MISSING', { doing: 'reading a journal', names: [run], why: `there is no run ${run}` })
