import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { tempFolder } from '../support/temp.js'
import { type Lane, must, openLane } from './support/lane.js'
import { labelOf, type Point, pointsOf, runInto } from './support/points.js'
import type { Scenario } from './support/scenarios.js'
import { runsOf, snapshotOf, treeOf } from './support/snapshot.js'

/** A loaded machine may take its time; only a program that hangs, and that is killed sooner, takes longer. */
const PATIENCE_MS = 20 * 60_000
const FIRST = 'crash-first-value-42'
const LANES = 3

interface Case {
  readonly secret: string
  /** Whether the old value has to stay readable throughout. */
  readonly graceful: boolean
  /** Fewer points than these were not all that there are. */
  readonly least: number
}

const cases: readonly Case[] = [
  { secret: 'jwt-secret', graceful: true, least: 40 },
  { secret: 'session-secret', graceful: false, least: 25 },
]

const scenarioOf = ({ secret }: Case): Scenario => ({
  name: 'rotate',
  args: ['rotate', secret, '--provider', 'local', '--yes'],
  prepare: async (lane) => void (await must(lane, ['set', 'local', secret, '--yes'], { stdin: FIRST })),
  always: [],
  back: 'newest',
})

const lines: string[] = []
afterAll(() => void process.stdout.write(`${lines.join('\n')}\n`))

describe.each(cases)('$secret', (each) => {
  const scenario = scenarioOf(each)
  let lanes: readonly Lane[] = []
  let points: readonly Point[] = []

  beforeAll(async () => {
    lanes = Array.from({ length: LANES }, (_, index) => openLane(tempFolder(`crash-rotate-${each.secret}-${index}`)))
    for (const lane of lanes) {
      await scenario.prepare(lane)
      lane.keep()
    }
    points = (await pointsOf(scenario, lanes[0]!)).filter(({ how }) => how === 'kill')
  }, PATIENCE_MS)

  test(
    'killed at any durable call, a value is in force, recover makes it whole, and a rollback restores',
    async () => {
      const left = [...points]
      const problems: string[] = []
      await Promise.all(
        lanes.map(async (lane) => {
          for (let point = left.shift(); point !== undefined; point = left.shift()) {
            const label = labelOf(point)
            const found = await kill(point, each, scenario, lane).catch((error: Error) => [String(error)])
            problems.push(...found.map((problem) => `${label}: ${problem}`))
          }
        }),
      )
      lines.push(`rotate ${each.secret}: killed at ${points.length} points, ${problems.length} problems`)
      expect(problems).toEqual([])
      expect(points.length).toBeGreaterThanOrEqual(each.least)
    },
    PATIENCE_MS,
  )
})

/** Dies at the point, recovers, goes back; what is not as promised. */
async function kill(point: Point, { secret, graceful }: Case, scenario: Scenario, lane: Lane): Promise<string[]> {
  const problems: string[] = []
  const check = (holds: boolean, problem: string): void => void (holds || problems.push(problem))
  const held = async () => {
    const { secrets } = await snapshotOf(lane)
    const [is = '', was = ''] = [secrets[secret], secrets[`${secret}-old`]]
    check(is.startsWith('present '), 'there is no value')
    if (graceful)
      check(
        [is, was].some((text) => text.startsWith(`present ${FIRST} `)),
        'the old value is lost',
      )
    return { isFirst: is.startsWith(`present ${FIRST} `), isKept: was.startsWith(`present ${FIRST} `) }
  }
  lane.restore()
  await runInto(point, scenario, lane)
  const dead = await held()
  const isOpen = (await runsOf(lane)).some(({ state }) => state === 'open')
  await must(lane, ['recover'])
  const { isFirst, isKept } = await held()
  check(isFirst === (dead.isFirst && !isOpen), 'recover did not finish it')
  if (graceful) check(isKept === !isFirst, 'the old value is not where it belongs')
  const before = treeOf(lane)
  await must(lane, ['recover'])
  check(treeOf(lane).join('\n') === before.join('\n'), 'a second recover changes something')
  if (isFirst) return problems
  await must(lane, ['rollback', '--yes'])
  const back = await held()
  check(back.isFirst && !back.isKept, 'a rollback does not restore')
  return problems
}
