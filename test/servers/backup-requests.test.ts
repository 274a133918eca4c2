import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { run } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'
import { openStation, type PlaceName, placeNames, type Station } from './support/places.js'

/** What a backup and a restore of 1,000 secrets cost in requests, by kind, at each service. */
const WAIT = 600_000
const COUNT = 1_000
const folder = tempFolder('requests')
const file = join(folder, 'all.age')
const key = join(folder, 'key.txt')
const nameOf = (at: number): string => `secret-${String(at).padStart(4, '0')}`
const textOf = (at: number): string => `value number ${at} of a thousand`

const lines: string[] = []
afterAll(() => void process.stdout.write(`${lines.join('\n')}\n`))

let recipient = ''
beforeAll(async () => {
  const env = Array.from(
    { length: COUNT },
    (_, at) => `${nameOf(at).replace('-', '_').toUpperCase()}='${textOf(at)}'\n`,
  )
  writeFileSync(join(folder, '.env'), env.join(''))
  const done = async (args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(args, { cwd: folder, timeoutMs: WAIT })
    expect([args[0], code, code === 0 ? '' : stderr]).toEqual([args[0], 0, ''])
    return stdout
  }
  await done(['migrate', 'local', '--all', '--no-rewrite', '--yes'])
  recipient = (await done(['backup', 'keygen', '--output', 'key.txt'])).trim()
  await done(['backup', 'local', '-r', recipient, '--out', 'all.age'])
}, WAIT)

interface Budget {
  readonly backup: number
  /** Requests of a restore that write, and those that read around them. */
  readonly writes: number
  readonly reads: number
}
/** For what is asked once: identity, permissions, the kind of a mount. */
const FEW = 10

const budgets: Readonly<Record<PlaceName, Budget>> = {
  // 50 batches of 20; pages of 100: names, labels, and names again to see what changed meanwhile
  'aws-moto': { backup: 50 + 30, writes: COUNT, reads: 130 },
  'aws-localstack': { backup: 50 + 30, writes: COUNT, reads: 130 },
  // a listing tells neither version nor date of a value: all are read again to see what changed. No batches at all
  gcp: { backup: 2 * COUNT + FEW, writes: 2 * COUNT, reads: COUNT + FEW },
  // pages of 25
  azure: { backup: COUNT + 82 + FEW, writes: COUNT, reads: 2 * COUNT + FEW },
  // values and metadata are two requests, and the second look needs the metadata once more
  'vault-kv2': { backup: 3 * COUNT + FEW, writes: 2 * COUNT, reads: COUNT + FEW },
  'vault-kv1': { backup: 2 * COUNT + FEW, writes: COUNT, reads: 2 * COUNT + FEW },
  // one object holds them all
  k8s: { backup: 4, writes: 2, reads: 6 },
  local: { backup: 0, writes: 1, reads: 0 },
}

describe.each(placeNames)('1,000 secrets at %s', (name) => {
  let station: Station
  const counted = async (what: string, args: readonly string[]) => {
    const { gate } = station.place
    gate.reset()
    const { code, stderr } = await station.run(args)
    expect([what, code, code === 0 ? '' : stderr]).toEqual([what, 0, ''])
    const [total, writes] = [gate.total(), gate.mutating()]
    lines.push(`${name}: ${what}: ${total} requests, ${writes} of them writes: ${JSON.stringify(gate.counts())}`)
    return { total, writes, reads: total - writes }
  }
  beforeAll(async () => {
    station = await openStation(name)
  }, WAIT)
  afterAll(() => station.place.close(), WAIT)

  test(
    'are restored in so many requests, and are equal by the service’s own client',
    async () => {
      const { writes, reads } = await counted('restore', [
        'restore',
        file,
        station.provider,
        '--identity',
        key,
        '--yes',
      ])
      expect(writes).toBeLessThanOrEqual(budgets[name].writes)
      expect(reads).toBeLessThanOrEqual(budgets[name].reads)
      const all = Array.from({ length: COUNT }, (_, at) => at)
      const found = await station.place.getMany(all.map(nameOf))
      expect(all.filter((at) => found.get(nameOf(at))?.toString() !== textOf(at))).toEqual([])
    },
    WAIT,
  )

  test(
    'are backed up in so many, and nothing is written there',
    async () => {
      const { total, writes } = await counted('backup', ['backup', station.provider, '-r', recipient, '--out', 'b/'])
      expect(writes).toBe(0)
      expect(total).toBeLessThanOrEqual(budgets[name].backup)
    },
    WAIT,
  )
})
