import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { openStation, type PlaceName } from './support/places.js'

const WAIT = 600_000
const COUNT = 500
const numbers = Array.from({ length: COUNT }, (_, at) => String(at).padStart(3, '0'))
const textOf = (number: string): string => `the value of number ${number}`
const lines: string[] = []
afterAll(() => {
  process.stdout.write(lines.join(''))
})

test.each(['aws-moto', 'gcp', 'azure', 'vault-kv2', 'vault-kv1', 'k8s'] satisfies PlaceName[])(
  'where half of all requests are turned away, 500 of 500 arrive at %s, each once',
  async (name) => {
    const station = await openStation(name)
    const { place, provider } = station
    try {
      const file = numbers.map((number) => `SECRET_${number}_TOKEN='${textOf(number)}'\n`)
      writeFileSync(join(station.folder, '.env'), file.join(''))
      place.gate.reset()
      place.gate.throttle(0.5)
      const { code, stderr } = await station.run(['migrate', provider, '--no-rewrite', '--yes'])
      place.gate.throttle(0)
      expect([code, stderr]).toEqual([0, ''])
      const counts = JSON.stringify(place.gate.counts())
      const mutating = place.gate.mutating()
      const names = numbers.map((number) => `secret-${number}-token`)
      const found = await place.getMany(names)
      const arrived = numbers.filter(
        (number, at) => Buffer.from(found.get(names[at] ?? '') ?? '').toString() === textOf(number),
      )
      expect(arrived).toHaveLength(COUNT)
      const versions = await place.versions?.(names)
      if (versions !== undefined) expect(versions.filter((count) => count !== 1)).toEqual([])
      // A service without versions: what was let through is counted.
      else expect(mutating).toBe(name === 'k8s' ? 1 : COUNT)
      lines.push(`${name}: 500 of 500, 0 twice, requests ${counts}\n`)
    } finally {
      place.gate.throttle(0)
      await place.close()
    }
  },
  WAIT,
)
