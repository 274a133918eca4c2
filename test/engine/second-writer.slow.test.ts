import { afterAll, describe, expect, test } from '@jest/globals'
import { scenarios } from './scenarios.js'
import { interferencesOf, kinds, runCase, startOf, sweep } from './sweep.js'

const patience = 60_000
let total = 0
afterAll(() => void process.stdout.write(`second writer: ${total} cases\n`))

/** He comes between any two calls, also of a provider that only looks first; its own gap has a test of its own. */
describe.each(['compare-and-set, in batches', 'read-first', 'undelete before a write'])('%s', (kind) => {
  test.each(Object.values(scenarios))(
    '$name: what somebody else does in between is never overwritten',
    async (scenario) => {
      const start = await startOf(scenario, kinds[kind]!)
      const { log } = await runCase(start, { scenario })
      const cases = interferencesOf(scenario, log.length).map((interference) => ({ scenario, interference }))
      const tally = await sweep(start, cases)
      expect(tally.cases).toBe(cases.length)
      expect(tally.cases).toBeGreaterThan(9)
      total += tally.cases
    },
    patience,
  )
})
