import { afterAll, expect, test } from '@jest/globals'
import { jwt, pairs, random, sweep } from './rotation-sweep.js'

const patience = 60_000
const total = { singles: 0, pairs: 0 }
afterAll(() => void process.stdout.write(`rotation sweep: ${JSON.stringify(total)}\n`))

test.each([jwt, random])(
  '$name: after any one fault every token verifies, the next run finishes, and a rollback restores',
  async (subject) => {
    const count = await sweep(subject, {}, (faults) => faults.map((fault) => [fault]))
    expect(count).toBeGreaterThan(40)
    total.singles += count
  },
  patience,
)

/** Of all pairs; rotation.slow.test.ts runs more. */
const EVERY = 47

test.each([jwt, random])(
  '$name: a second fault while finishing after the first changes nothing of that',
  async (subject) => {
    total.pairs += await sweep(subject, {}, pairs(EVERY))
    expect(total.pairs).toBeGreaterThan(20)
  },
  patience,
)
