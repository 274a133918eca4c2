import type { App } from '../src/app.js'
import { Failure, isFailure } from '../src/core/failure.js'
import type { RunRecord } from '../src/engine/runs.js'
import { recover, unfinished } from '../src/flows/recover.js'
import { rollBack } from './rollback.js'
import { hint, takeArgs } from './shared.js'

/** Finishes what was begun: the same loop over the same plan. A second call finds nothing to do. */
export async function run(app: App, args: readonly string[]): Promise<number> {
  const [id] = takeArgs(args, ['a run'], 0, 'recover')
  const open = await unfinishedRuns(app, id)
  if (app.config.options.undo === true) return await undo(app, open)
  const results: Result[] = []
  for (const record of open) results.push(await finished(app, record))
  if (app.isJson) await app.out.json(jsonOf(results))
  else if (open.length === 0) await app.out.result('nothing is unfinished on this machine: nothing was written')
  return results.find(({ failure }) => failure !== undefined)?.failure?.exit ?? 0
}

interface Result {
  readonly record: RunRecord
  readonly state: 'finished' | 'planned' | 'failed'
  readonly settled: number
  readonly failure?: Failure
}

/** One run; what keeps it from being finished does not keep the others. */
async function finished(app: App, record: RunRecord): Promise<Result> {
  const { id, command, target } = record
  const say = async (text: string): Promise<void> => (app.isJson ? undefined : await app.out.result(text))
  if (app.config.options.dryRun === true) {
    await say(`run ${id} (${command}) would be finished · ${target}\n\ndry run: nothing was written`)
    return { record, state: 'planned', settled: 0 }
  }
  try {
    const { context } = await app.open({ like: record.plan })
    const settled = await recover(id, context)
    const back = record.plan.undoes === undefined ? `\n\n  go back:  vibesecrets rollback ${id}` : ''
    await say(`run ${id} (${command}) finished · ${target}${back}`)
    return { record, state: 'finished', settled }
  } catch (error) {
    if (!isFailure(error) || isFailure(error, 'INTERRUPTED', 'TERMINATED')) throw error
    const failure = withWayBack(error, record)
    if (!app.isJson) await app.out.error(failure, { last: `run ${id} (${command}) is still unfinished` })
    return { record, state: 'failed', settled: 0, failure }
  }
}

/** What somebody else changed cannot be finished, but the rest can be taken back. */
function withWayBack(error: Failure, { id }: RunRecord): Failure {
  if (!isFailure(error, 'FOREIGN_CHANGE', 'CONFLICT')) return error
  const hints = [hint('take back what was done', `recover ${id} --undo`), hint('see how far it is', 'status')]
  return new Failure(error.code, { ...error.details, hints }, { cause: error.cause })
}

async function undo(app: App, open: readonly RunRecord[]): Promise<number> {
  const [record, ...others] = open
  if (others.length > 0)
    throw new Failure('USAGE', {
      doing: 'recovering',
      why: 'more than one run is unfinished: say which one to undo',
      hints: open.map(({ id, command }) => hint(`undo this ${command}`, `recover ${id} --undo`)),
    })
  if (record !== undefined) return await rollBack(app, record.id)
  if (app.isJson) await app.out.json(jsonOf([]))
  else await app.out.result('nothing is unfinished on this machine: nothing was written')
  return 0
}

async function unfinishedRuns(app: App, id: string | undefined): Promise<readonly RunRecord[]> {
  const all = await (await app.runs()).list()
  const open = [...unfinished(all)].reverse()
  if (id === undefined) return open
  if (all.some((record) => record.id === id))
    return open.filter(({ id: own, plan }) => own === id || plan.undoes === id)
  throw new Failure('INPUT_MISSING', {
    doing: 'recovering',
    why: 'there is no run of that name on this machine',
    hints: [hint('see what is unfinished', 'status')],
  })
}

const jsonOf = (results: readonly Result[]): object => ({
  schema: 'vibesecrets/recover@1',
  items: results.map(({ record, state, settled, failure }) => ({
    run: record.id,
    command: record.command,
    target: record.target,
    state,
    settled,
    ...(failure === undefined ? {} : { code: failure.code, reason: failure.details.why ?? failure.code }),
  })),
  summary: {
    finished: results.filter(({ state }) => state === 'finished').length,
    failed: results.filter(({ state }) => state === 'failed').length,
  },
})
