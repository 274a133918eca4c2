import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Point } from './support/points.js'
import { scenarios } from './support/scenarios.js'
import { straceTrouble } from './support/strace.js'
import { type Prepared, prepare, sweep } from './support/sweep.js'

/** A loaded machine may take its time; only a program that hangs, and that is killed sooner, takes longer. */
const PATIENCE_MS = 20 * 60_000

/** Fewer points than these were not all that there are: the durable calls of today, less a quarter. */
const FLOORS: Readonly<Record<string, { kill: number; torn: number; error: number }>> = {
  migrate: { kill: 50, torn: 12, error: 100 },
  rollback: { kill: 32, torn: 12, error: 45 },
  set: { kill: 24, torn: 8, error: 36 },
  delete: { kill: 24, torn: 8, error: 36 },
  copy: { kill: 24, torn: 8, error: 36 },
  recover: { kill: 30, torn: 10, error: 45 },
}

const isTorn = ({ call, how }: Point): boolean => call === 'write' && how === 'kill'
const isKilled = (point: Point): boolean => point.how === 'kill' && !isTorn(point)
const isRefused = ({ how }: Point): boolean => how !== 'kill'

const lines: string[] = []
afterAll(() => void process.stdout.write(`${lines.join('\n')}\n`))

test('strace is there, and may trace', () => expect(straceTrouble()).toBeUndefined())

describe.each(scenarios)('$name', (scenario) => {
  let prepared: Prepared
  const floor = FLOORS[scenario.name]!

  beforeAll(async () => {
    prepared = await prepare(scenario)
  }, PATIENCE_MS)

  async function all(what: string, way: 'recover' | 'rollback', wants: (point: Point) => boolean, least: number) {
    const { count, problems } = await sweep(prepared, way, wants)
    const bad = new Set(problems.map((problem) => problem.split('\n')[0])).size
    lines.push(`${scenario.name}, ${what}: ${count - bad} of ${count} points`)
    expect(problems).toEqual([])
    expect(count).toBeGreaterThanOrEqual(least)
  }

  const check = (rule: string, ...what: Parameters<typeof all>) => test(rule, () => all(...what), PATIENCE_MS)

  check('killed before any durable call, recover makes it whole', 'killed', 'recover', isKilled, floor.kill)
  check(
    'killed in the middle of a write, recover makes it whole',
    'killed while writing',
    'recover',
    isTorn,
    floor.torn,
  )
  check('refused by the disk at any call, recover makes it whole', 'refused', 'recover', isRefused, floor.error)
  if (scenario.back === 'newest' && scenario.name !== 'recover')
    check(
      'killed before any durable call, rollback takes it back',
      'killed, taken back',
      'rollback',
      isKilled,
      floor.kill,
    )
})
