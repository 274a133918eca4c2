import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { tempFolder } from '../support/temp.js'
import { type Lane, must, openLane } from './support/lane.js'
import { labelOf, type Point, pointsOf, runInto } from './support/points.js'
import { type Scenario, VALUES } from './support/scenarios.js'
import { prepare, sweep } from './support/sweep.js'

const PATIENCE_MS = 20 * 60_000

/** The key of the golden files: a passphrase would cost a second each time. */
const KEY = resolve('fixtures/backup/v1/key.txt')
const GOLDEN = resolve('fixtures/backup/v1/all-versions.age')
const RECIPIENT = /age1\w+/.exec(readFileSync(KEY, 'utf8'))?.[0] ?? ''
const lines: string[] = []
afterAll(() => void process.stdout.write(`${lines.join('\n')}\n`))

async function store(lane: Lane): Promise<void> {
  await must(lane, ['set', 'local', 'database-url', '--yes'], { stdin: VALUES.database })
  await must(lane, ['set', 'local', 'jwt-secret', '--yes'], { stdin: VALUES.old })
  await must(lane, ['set', 'local', 'jwt-secret', '--yes'], { stdin: VALUES.fresh })
}

describe('backup', () => {
  const scenario: Scenario = {
    name: 'backup',
    args: ['backup', 'local', '-r', RECIPIENT, '--all-versions', '--out', 'b/', '--quiet'],
    prepare: store,
    always: [],
    back: 'none',
  }

  test(
    'killed or refused at any durable call: no part of a file under a final name, and the next run is whole',
    async () => {
      const lane = openLane(tempFolder('crash-backup'))
      await store(lane)
      lane.keep()
      const points = await pointsOf(scenario, lane)
      const problems: string[] = []
      for (const point of points)
        for (const problem of await broken(lane, point)) problems.push(`${labelOf(point)}: ${problem}`)
      lines.push(`backup: ${points.length} points, ${problems.length} problems`)
      expect(problems).toEqual([])
      expect(points.length).toBeGreaterThan(10)
    },
    PATIENCE_MS,
  )

  async function broken(lane: Lane, point: Point): Promise<string[]> {
    const problems: string[] = []
    lane.restore()
    const { code } = await runInto(point, scenario, lane)
    const folder = join(lane.work, 'b')
    const names = existsSync(folder) ? readdirSync(folder) : []
    const finals = names.filter((name) => name.endsWith('.age'))
    if (point.how !== 'kill' && code !== 0) {
      if (code !== 74) problems.push(`exit ${code}`)
      if (names.some((name) => name.endsWith('.tmp'))) problems.push('a draft is left')
    }
    for (const name of finals)
      if ((await lane.run(['backup', 'verify', `b/${name}`, '--identity', KEY])).code !== 0)
        problems.push(`${name} is not whole`)
    if ((await lane.run(scenario.args)).code !== 0) problems.push('the next run fails')
    if ((await lane.run(['backup', 'verify', 'b', '--identity', KEY])).code !== 0)
      problems.push('the next run is not whole')
    return problems
  }
})

describe('restore', () => {
  const scenario: Scenario = {
    name: 'restore',
    args: ['restore', GOLDEN, 'local', '--identity', KEY, '--all-versions', '--exclude', 'binary', '--yes'],
    async prepare() {},
    always: [],
    // between two versions of a history the store holds the first of them; what recover makes of it is judged
    between: { 'jwt-secret': /^present (?:first|second)\n/ },
    back: 'newest',
  }

  test(
    'killed at any durable call, recover makes it whole: each version once, in order',
    async () => {
      const prepared = await prepare(scenario)
      expect(JSON.stringify(prepared.expected.after.secrets)).toContain('version 3 of 3')
      const { count, problems } = await sweep(prepared, 'recover', ({ how }) => how === 'kill')
      lines.push(`restore: ${count} points, ${problems.length} problems`)
      expect(problems).toEqual([])
      expect(count).toBeGreaterThan(10)
    },
    PATIENCE_MS,
  )
})
