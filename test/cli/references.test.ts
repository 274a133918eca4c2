import { parseEnv as nodeReads } from 'node:util'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { parse as dotenvReads } from 'dotenv'
import { DIALECTS, parseEnv, valuesOf } from '../../src/dotenv/index.js'
import { type RewrittenFile, rewrittenFixture } from '../support/rewritten.js'

/** A reference that a reader expands is a wrong password that looks like one: each has to come out as it is written. */
describe.each(['braces', 'uri'] as const)('references in style %s are read as they are written', (style) => {
  let file: RewrittenFile
  beforeAll(async () => {
    file = await rewrittenFixture(style)
  }, 120_000)
  const literal = (read: (key: string) => string | undefined): void =>
    expect(file.references.map(([key]) => [key, read(key)])).toEqual(file.references)

  test('17 secrets of the fixture are references', () => expect(file.references).toHaveLength(17))
  test('by the npm package dotenv', () => {
    const values = dotenvReads(file.text)
    literal((key) => values[key])
  })
  test('by this Node', () => {
    const values = nodeReads(file.text)
    literal((key) => values[key])
  })
  // `docker run --env-file` refuses the fixture for its `export`, migrated or not.
  test.each(DIALECTS.filter((dialect) => dialect !== 'docker'))('in dialect %s', (dialect) => {
    const values = new Map(valuesOf(parseEnv(file.text, { dialect })))
    literal((key) => values.get(key))
  })
})
