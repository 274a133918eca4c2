import { expect, test } from '@jest/globals'
import { scenarios } from './scenarios.js'
import { type Case, faultsOf, interferencesOf, kinds, type ProviderKind, runCase, startOf, sweep } from './sweep.js'

const patience = 300_000
/** So many cases a test, evenly drawn from all. */
const MOST = 2_000

function drawn(cases: readonly Case[]): readonly Case[] {
  const every = Math.ceil(cases.length / MOST)
  return cases.filter((_, index) => index % every === 0)
}

async function sweepPairs(scenario: Case['scenario'], kind: ProviderKind): Promise<void> {
  const start = await startOf(scenario, kind)
  const clean = await runCase(start, { scenario })
  const faults = faultsOf(clean.log)
  const pairs = faults.flatMap((first) => faults.map((second) => ({ scenario, faults: [first, second] })))
  const tally = await sweep(start, drawn(pairs), clean.writes)
  expect(tally.extraWrites).toBe(0)
  expect(tally.cases).toBeGreaterThan(900)
}

const all = Object.values(scenarios)

test.each(all)('$name: pairs of faults, in batches', (scenario) => sweepPairs(scenario, {}), patience)

test.each([scenarios.migrate, scenarios.rollback])(
  '$name: pairs of faults, where a deleted name is undeleted before it is written',
  (scenario) => sweepPairs(scenario, kinds['undelete before a write']!),
  patience,
)

test.each(all)(
  '$name: somebody else in between, and a crash or a lost reply',
  async (scenario) => {
    const start = await startOf(scenario, {})
    const { log } = await runCase(start, { scenario })
    const faults = faultsOf(log).filter(({ kind }) => kind === 'crash-after' || kind === 'lost-reply')
    const cases = interferencesOf(scenario, log.length).flatMap((interference) =>
      faults.map((fault) => ({ scenario, interference, faults: [fault] })),
    )
    const tally = await sweep(start, drawn(cases))
    expect(tally.cases).toBeGreaterThan(100)
  },
  patience,
)
