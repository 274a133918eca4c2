import { afterAll, describe, expect, test } from '@jest/globals'
import { scenarios } from './scenarios.js'
import { faultsOf, kinds, runCase, startOf, sweep } from './sweep.js'

const all = Object.values(scenarios)
const patience = 60_000
/** Of all pairs, so many are run here; sweep.long.test.ts runs more. */
const EVERY = 41

const total = { singles: 0, pairs: 0 }
afterAll(() => void process.stdout.write(`fault sweep: ${JSON.stringify(total)}\n`))

describe.each(Object.entries(kinds))('%s', (_, kind) => {
  test.each(all)(
    '$name: after any one fault it is finished, and can be undone',
    async (scenario) => {
      const start = await startOf(scenario, kind)
      const clean = await runCase(start, { scenario })
      const faults = faultsOf(clean.log)
      const cases = faults.map((fault) => ({ scenario, faults: [fault] }))
      const tally = await sweep(start, cases, clean.writes)
      expect(tally).toMatchObject({ cases: faults.length, extraWrites: 0 })
      expect(tally.began).toBeGreaterThan(20)
      total.singles += tally.cases
    },
    patience,
  )
})

test(
  'a second fault while recovering from the first is recovered from',
  async () => {
    for (const scenario of all) {
      const start = await startOf(scenario, {})
      const clean = await runCase(start, { scenario })
      const faults = faultsOf(clean.log)
      const pairs = faults.flatMap((first) => faults.map((second) => ({ scenario, faults: [first, second] })))
      const tally = await sweep(
        start,
        pairs.filter((_, index) => index % EVERY === 0),
        clean.writes,
      )
      expect(tally.extraWrites).toBe(0)
      total.pairs += tally.cases
    }
    expect(total.pairs).toBeGreaterThan(300)
  },
  patience,
)
