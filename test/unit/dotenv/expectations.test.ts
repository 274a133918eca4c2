import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import type { Reading } from '../../../src/dotenv/index.js'
import { type Pairs, read } from '../../support/env-read.js'

const load = (name: string): unknown => JSON.parse(readFileSync(`fixtures/dotenv/${name}.json`, 'utf8'))
const inputs = load('inputs') as string[]

/** `util.parseEnv` answers an object, which drops `__proto__`; here it is a key. */
const withoutProto = (pairs: Pairs | null): Pairs | null => pairs?.filter(([key]) => key !== '__proto__') ?? null

function check(dialect: Reading, file: string, treat = (pairs: Pairs | null): Pairs | null => pairs): void {
  test(`${dialect} reads 1,000 files as its program does (${file}.json)`, () => {
    const expected = load(file) as (Pairs | null)[]
    expect(expected).toHaveLength(1000)
    const wrong = inputs.flatMap((input, at) => {
      const got = treat(read(input, dialect))
      const want = expected[at] ?? null
      return JSON.stringify(got) === JSON.stringify(want) ? [] : [{ input, got, want }]
    })
    expect(wrong).toEqual([])
  })
}

describe('each dialect agrees with the program behind it', () => {
  check('node', 'node24')
  check('node20', 'node20', withoutProto)
  check('python', 'python')
  check('compose', 'compose')
  check('docker', 'docker')
  check('systemd', 'systemd')
})
