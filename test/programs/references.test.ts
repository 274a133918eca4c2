import { execFileSync } from 'node:child_process'
import { dirname } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { rewrittenFixture } from '../support/rewritten.js'
import { pythonWithDotenv } from './support/programs.js'

const READ = 'import json, sys, dotenv; print(json.dumps(dotenv.dotenv_values(sys.argv[1])))'
const SOURCE = 'set -a; . ./.env; set +a; exec env -0'

describe.each(['braces', 'uri'] as const)('references in style %s are read as they are written', (style) => {
  test('by python-dotenv', async () => {
    const { path, references } = await rewrittenFixture(style)
    const values = JSON.parse(execFileSync(pythonWithDotenv(), ['-c', READ, path], { encoding: 'utf8', env: {} }))
    expect(references.map(([key]) => [key, values[key]])).toEqual(references)
  }, 120_000)

  test('by bash', async () => {
    const { path, references } = await rewrittenFixture(style)
    const options = { encoding: 'utf8', env: {}, cwd: dirname(path) } as const
    const lines = execFileSync('bash', ['--norc', '--noprofile', '-c', SOURCE], options).split('\0')
    expect(references.filter(([key, value]) => !lines.includes(`${key}=${value}`))).toEqual([])
  }, 120_000)
})
