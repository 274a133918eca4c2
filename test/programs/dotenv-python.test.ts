import { execFileSync } from 'node:child_process'
import { expect, test } from '@jest/globals'
import { EnvRewriteError, findAmbiguous, parseEnv, rewriteEnv } from '../../src/dotenv/index.js'
import { envFiles } from '../support/env-generator.js'
import { type Pairs, read, sorted } from '../support/env-read.js'
import { pythonWithDotenv } from './support/programs.js'

/** What python-dotenv itself reads from each file. */
function pythonReads(files: readonly string[]): Pairs[] {
  const input = files.map((text) => `${Buffer.from(text).toString('hex')}\n`).join('')
  const options = { input, encoding: 'utf8', maxBuffer: 1 << 28 } as const
  const output = execFileSync(pythonWithDotenv(), ['test/programs/support/python_read.py'], options)
  return output
    .trimEnd()
    .split('\n')
    .map((line) => sorted(JSON.parse(line) as Pairs))
}

test('python-dotenv reads 3,000 files as dialect python', () => {
  const files = envFiles(32, 3000)
  const theirs = pythonReads(files)
  expect(theirs).toHaveLength(files.length)
  const wrong = files.filter((text, at) => JSON.stringify(read(text, 'python')) !== JSON.stringify(theirs[at]))
  expect(wrong).toEqual([])
}, 120_000)

test('python-dotenv reads written references literally', () => {
  const styles = [
    { style: 'braces', value: '${secret:a-b}' },
    { style: 'uri', value: 'secret://a-b' },
  ] as const
  const files = envFiles(33, 400).flatMap((text) => styles.flatMap((one) => rewritten(text, one)))
  const theirs = pythonReads(files.map(({ text }) => text))
  const wrong = files.filter(({ key, value }, at) => new Map(theirs[at]).get(key) !== value)
  expect(wrong).toEqual([])
  expect(files.length).toBeGreaterThan(300)
}, 120_000)

interface Reference {
  readonly style: 'braces' | 'uri'
  readonly value: string
}

/** The file with the first key migrated that all dialects agree on. */
function rewritten(text: string, { style, value }: Reference): { text: string; key: string; value: string }[] {
  const odd = new Set(findAmbiguous(text).map(({ key }) => key))
  const key = parseEnv(text, { dialect: 'dotenv' }).entries.find((one) => one.value !== '' && !odd.has(one.key))?.key
  if (key === undefined) return []
  try {
    return [{ text: rewriteEnv(text, new Map([[key, value]]), { style, dialect: 'dotenv' }).text, key, value }]
  } catch (error) {
    if (error instanceof EnvRewriteError) return []
    throw error
  }
}
