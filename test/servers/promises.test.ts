import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { CanaryScan } from '../support/canary.js'
import { openStation, type PlaceName, placeNames, type Station } from './support/places.js'
import { type Generated, generatedValues, shellFile, valueKinds } from './support/services-values.js'

const WAIT = 600_000
const COUNT = 1_000
const all = generatedValues(COUNT, 20_261_124)
const canaries = new CanaryScan(all.map(({ value }) => value).filter((value) => value.length >= 12))
// Values of many lines look like keys to other readers, so that the file is left as it is: what a rewrite does to it is
// shown by the scripts.
const MIGRATE = ['--dialect', 'shell', '--all', '--no-rewrite', '--yes']

/** What was seen, a line a place. */
const figures = new Map<PlaceName, Record<string, number | string>>()
const note = (name: PlaceName, more: Record<string, number | string>): void => {
  figures.set(name, { ...figures.get(name), ...more })
}
afterAll(() => {
  process.stdout.write(`${JSON.stringify(Object.fromEntries(figures), null, 1)}\n`)
})

describe.each(placeNames)('1,000 hostile values at %s', (name) => {
  let station: Station
  let first: Readonly<Record<string, number>>
  const file = (): string => join(station.folder, '.env')
  const write = (): void => writeFileSync(file(), shellFile(all))
  const migrate = async () => {
    station.place.gate.reset()
    const result = await station.run(['migrate', station.provider, ...MIGRATE, '--json'])
    expect(canaries.in(Buffer.from(result.stdout + result.stderr))).toEqual([])
    return result
  }
  beforeAll(async () => {
    station = await openStation(name)
  }, WAIT)
  afterAll(() => station.place.close(), WAIT)

  test(
    'migrate moves them, and the service’s own client reads the same bytes',
    async () => {
      write()
      const begun = performance.now()
      const { code, stdout, stderr } = await migrate()
      note(name, { 'migrate, s': Math.round((performance.now() - begun) / 100) / 10 })
      expect([code, stderr]).toEqual([0, ''])
      first = { ...station.place.gate.counts(), mutating: station.place.gate.mutating() }
      note(name, { migrate: JSON.stringify(first) })
      withinBudget(name, first)
      expect(JSON.parse(stdout).summary).toMatchObject({ add: COUNT, conflict: 0, leave: 0 })
      expect(await differing(station, all)).toEqual([])
      note(name, { 'values compared': COUNT, kinds: Object.keys(valueKinds).length, differing: 0 })
    },
    WAIT,
  )

  test(
    'a second run changes nothing',
    async () => {
      const { code, stdout } = await migrate()
      expect(code).toBe(0)
      expect(JSON.parse(stdout)).toMatchObject({ state: 'nothing', summary: { same: COUNT, add: 0, change: 0 } })
      expect(station.place.gate.mutating()).toBe(0)
      note(name, { 'second run': JSON.stringify(station.place.gate.counts()) })
    },
    WAIT,
  )

  test(
    '50 that somebody else changed end it with 4, and nothing is written',
    async () => {
      const { place } = station
      const changed = all.filter((_, at) => at % 20 === 7)
      await place.put(new Map(changed.map((one) => [one.name, Buffer.from(theirs(one))])))
      const missing = all.at(-1) as Generated
      await place.destroy(missing.name)
      const { code, stdout } = await migrate()
      expect(code).toBe(4)
      expect(JSON.parse(stdout)).toMatchObject({ state: 'conflict', run: null, summary: { conflict: 50, same: 949 } })
      expect(place.gate.mutating()).toBe(0)
      expect(
        await differing(
          station,
          changed.map((one) => ({ ...one, value: theirs(one) })),
        ),
      ).toEqual([])
      expect(await place.get(missing.name)).toBeUndefined()
      note(name, { 'others left alone': changed.length })
    },
    WAIT,
  )
})

/** Reads and writes that 1,000 secrets may cost, proof included. */
function withinBudget(name: PlaceName, { mutating = 0, ...counts }: Readonly<Record<string, number>>): void {
  const total = Object.values(counts).reduce((sum, one) => sum + one, 0)
  if (name === 'k8s') expect(total).toBeLessThanOrEqual(4)
  if (!name.startsWith('aws')) return
  expect(mutating).toBeLessThanOrEqual(COUNT)
  expect(total - mutating).toBeLessThanOrEqual(130)
}

const theirs = ({ name }: Generated): string => `somebody else’s ${name}`

async function differing({ place }: Station, wanted: readonly Generated[]): Promise<string[]> {
  const found = await place.getMany(wanted.map(({ name }) => name))
  return wanted
    .filter(({ name, value }) => Buffer.compare(Buffer.from(value), found.get(name) ?? Buffer.from('absent')) !== 0)
    .map(({ name, kind }) => `${name}: ${kind}`)
}
