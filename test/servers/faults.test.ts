import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { CanaryScan } from '../support/canary.js'
import { openStation, type Station } from './support/places.js'
import { cells, FAULTS, type FaultName } from './support/places-faults.js'

const WAIT = 300_000
const values = {
  FIRST_PASSWORD: 'first-value-of-today-1',
  SECOND_PASSWORD: 'second-value-of-today-2',
  THIRD_PASSWORD: 'third-value-of-today-3',
}
const canaries = new CanaryScan(Object.values(values))
const table = new Map<string, Map<FaultName, string>>()

/** Three secrets are migrated, the first of them over an older value. */
async function migrated(station: Station): Promise<void> {
  const file = Object.entries(values).map(([key, value]) => `${key}=${value}\n`)
  writeFileSync(join(station.folder, '.env'), file.join(''))
  await station.place.put(new Map([['first-password', Buffer.from('the-value-of-yesterday')]]))
  const args = ['migrate', station.provider, '--on-conflict=overwrite', '--no-rewrite', '--yes']
  const { code, stderr } = await station.run(args)
  expect([code, stderr]).toEqual([0, ''])
}

for (const [name, row] of Object.entries(cells)) {
  const shown = new Map<FaultName, string>()
  table.set(name, shown)
  describe(`validate at ${name}`, () => {
    test.each(FAULTS)(
      'detects: %s',
      async (fault) => {
        const cell = row[fault]
        if (typeof cell === 'string') {
          shown.set(fault, `impossible: ${cell}`)
          return
        }
        const station = await openStation(cell.at)
        try {
          await migrated(station)
          expect(await codeOf(station, {})).toBe(0)
          const env = variables(await cell.make(station))
          const { code, stdout, stderr } = await station.run(['validate', station.provider], env)
          expect(canaries.in(Buffer.from(stdout + stderr))).toEqual([])
          expect(stdout + stderr).toMatch(cell.says)
          expect(code).toBe(cell.exit)
          if (cell.also !== undefined) expect(stdout + stderr).toMatch(cell.also)
          shown.set(fault, `exit ${code}`)
        } finally {
          await station.place.close()
        }
      },
      WAIT,
    )
  })
}

const variables = (made: unknown): Record<string, string> =>
  typeof made === 'object' && made !== null ? (made as Record<string, string>) : {}

const codeOf = async (station: Station, env: Readonly<Record<string, string>>): Promise<number> =>
  (await station.run(['validate', station.provider], env)).code

afterAll(() => {
  const rows = FAULTS.flatMap((fault) =>
    [...table].map(([name, shown]) => `  ${fault.padEnd(22)}${name.padEnd(8)}${shown.get(fault) ?? 'FAILED'}`),
  )
  const all = [...table.values()].flatMap((shown) => [...shown.values()])
  const checked = all.filter((one) => one.startsWith('exit')).length
  process.stdout.write(
    `${rows.join('\n')}\n${checked} checked, ${all.length - checked} impossible, of ${FAULTS.length * table.size}\n`,
  )
})
