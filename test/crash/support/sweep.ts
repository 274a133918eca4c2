import { availableParallelism } from 'node:os'
import { tempFolder } from '../../support/temp.js'
import { checkRecovery, checkRollback, type Expected, wayBack } from './check.js'
import { type Lane, must, openLane } from './lane.js'
import { labelOf, type Point, pointsOf } from './points.js'
import type { Scenario } from './scenarios.js'
import { snapshotOf } from './snapshot.js'

/** A scenario, ready to go wrong: machines to do it on, what must come out, and every point. */
export interface Prepared {
  readonly scenario: Scenario
  readonly lanes: readonly Lane[]
  readonly expected: Expected
  readonly points: readonly Point[]
}

/** The program waits for the disk a good part of its time. */
const LANES = availableParallelism() + 1

export async function prepare(scenario: Scenario): Promise<Prepared> {
  const lanes = Array.from({ length: LANES }, (_, index) => openLane(tempFolder(`crash-${scenario.name}-${index}`)))
  for (const lane of lanes) {
    await scenario.prepare(lane)
    lane.keep()
  }
  const [lane] = lanes as [Lane]
  return { scenario, lanes, expected: await uninterrupted(scenario, lane), points: await pointsOf(scenario, lane) }
}

async function uninterrupted(scenario: Scenario, lane: Lane): Promise<Expected> {
  const before = await snapshotOf(lane)
  await must(lane, scenario.args, scenario.stdin === undefined ? {} : { stdin: scenario.stdin })
  const after = await snapshotOf(lane)
  const back = await wayBack(scenario, lane)
  if (back === undefined) return { before, after, undone: undefined }
  await must(lane, back)
  return { before, after, undone: await snapshotOf(lane) }
}

const checks = { recover: checkRecovery, rollback: checkRollback }

/** Every point that `wants`, in all lanes at once. Returns how many there were, and what was wrong. */
export async function sweep(
  { scenario, lanes, expected, points }: Prepared,
  way: keyof typeof checks,
  wants: (point: Point) => boolean,
): Promise<{ count: number; problems: readonly string[] }> {
  const wanted = points.filter(wants)
  const left = [...wanted]
  const problems: string[] = []
  await Promise.all(
    lanes.map(async (lane) => {
      for (let point = left.shift(); point !== undefined; point = left.shift()) {
        const label = `${scenario.name}: ${labelOf(point)}, then ${way}`
        const complain = (problem: string): void => void problems.push(`${label}\n  ${problem}`)
        await checks[way](point, scenario, expected, lane, complain).catch((error: Error) => complain(String(error)))
      }
    }),
  )
  return { count: wanted.length, problems }
}
