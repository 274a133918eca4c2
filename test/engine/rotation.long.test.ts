import { afterAll, describe, expect, test } from '@jest/globals'
import { jwt, pairs, random, sweep } from './rotation-sweep.js'
import { kinds } from './sweep.js'

const patience = 300_000
const total = { singles: 0, pairs: 0 }
afterAll(() => void process.stdout.write(`rotation sweep, all: ${JSON.stringify(total)}\n`))

describe.each(Object.entries(kinds))('%s', (_, kind) => {
  test.each([jwt, random])(
    '$name: after one fault, and after two, every token verifies and the next run finishes',
    async (subject) => {
      const count = await sweep(subject, kind, (faults) => faults.map((fault) => [fault]))
      expect(count).toBeGreaterThan(40)
      total.singles += count
      total.pairs += await sweep(subject, kind, pairs(97))
    },
    patience,
  )
})
