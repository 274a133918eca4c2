import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { EnvSyntaxError, parseEnv, valuesOf } from '../../src/dotenv/index.js'
import { envFile, seeded } from '../support/env-generator.js'
import { type Pairs, sorted } from '../support/env-read.js'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vibesecrets-bash-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const SCRIPT = 'set -a; . ./a.env || exit 9; set +a; exec /usr/bin/env -0'
const OWN = new Set(['PWD', 'OLDPWD', 'SHLVL', '_', 'LANG'])

/** What bash exports after sourcing the file, in an empty environment. */
function bashReads(text: string): Pairs | string {
  writeFileSync(join(folder, 'a.env'), text)
  try {
    const options = { cwd: folder, env: { LANG: 'C.UTF-8' }, encoding: 'utf8', stdio: 'pipe' } as const
    const output = execFileSync('bash', ['--norc', '--noprofile', '-c', SCRIPT], options)
    const pairs = output.split('\0').filter(Boolean).map(split)
    return sorted(pairs.filter(([key]) => !OWN.has(key)))
  } catch (error) {
    return `bash refuses it: ${error instanceof Error ? error.message : error}`
  }
}

function split(pair: string): [string, string] {
  const at = pair.indexOf('=')
  return [pair.slice(0, at), pair.slice(at + 1)]
}

const SIGNS =
  `A|B|C=|A=|B=|\nexport A=|x|$A|\${A}|\${B:-|\${A:+|\${C-|}|}|"|"|'|'|\\| |\n|\n|;|#| #|~|:|$|{|a,b|\\\n|1|$1|$#|*|?|!|=|\${#A}|$'a\\tb'|$"x"|é|\t|%|[1]|+=|\${A:1}|\${secret:db}|/|.|\r`.split(
    '|',
  )

/** Files of the signs that mean something to a shell, and files as people write them. */
function shellFile(random: () => number): string {
  if (random() < 0.3) return envFile(random)
  const lines = Array.from({ length: 1 + Math.floor(random() * 3) }, () => {
    const value = Array.from({ length: Math.floor(random() * 12) }, () => SIGNS[Math.floor(random() * SIGNS.length)])
    return `${random() < 0.2 ? 'export ' : ''}${'ABC'[Math.floor(random() * 3)]}=${value.join('')}`
  })
  return `${lines.join('\n')}\n`
}

function ours(text: string): Pairs | undefined {
  try {
    return sorted(valuesOf(parseEnv(text, { dialect: 'shell' })))
  } catch (error) {
    if (error instanceof EnvSyntaxError) return undefined
    throw error
  }
}

test('bash exports what dialect shell reads, in 1,000 files that it accepts', () => {
  const random = seeded(34)
  const wrong: unknown[] = []
  let accepted = 0
  while (accepted < 1000) {
    const text = shellFile(random)
    const mine = ours(text)
    if (mine === undefined || mine.length === 0) continue
    accepted++
    const theirs = bashReads(text)
    if (JSON.stringify(theirs) !== JSON.stringify(mine)) wrong.push({ text, mine, theirs })
  }
  expect(wrong).toEqual([])
}, 300_000)
