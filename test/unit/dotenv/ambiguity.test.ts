import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { parse } from 'dotenv'
import { findAmbiguous, mereReference } from '../../../src/dotenv/index.js'
import { type Pairs, sorted } from '../../support/env-read.js'

type Words = Record<string, string>

/** The first finding as `{ 'dotenv node': how, … }`; a text that is read alike gives `{}`. */
function check(rule: string, text: string, expected: Words, key = 'A'): void {
  test(rule, () => {
    const [found] = findAmbiguous(text, [key])
    const words = (found?.readings ?? []).map(({ dialects, how }) => [dialects.join(' '), how])
    expect(Object.fromEntries(words)).toEqual(expected)
  })
}

describe('what is read differently is told in words', () => {
  check('#', 'A=hunter#2\n', { 'dotenv node': "cut at '#'", 'python compose': "'#' is kept" })
  check('${NAME} beside text', 'B=1\nA=x${B}\n', { 'dotenv node': "'$' is kept", 'python compose': 'expanded' })
  check('bare $', 'A=pa$$word\n', { 'dotenv node python': "'$' is kept", compose: 'expanded' })
  check('bcrypt', 'A=$2b$10$abc\n', { 'dotenv node python': "'$' is kept", compose: 'expanded' })
  check('backticks', 'A=`x`\n', { 'dotenv node': 'quotes taken off', 'python compose': 'quotes kept' })
  check('an escaped quote', 'A="a\\"b"\n', {
    dotenv: "'\\' is kept, taken whole",
    node: "'\\' is kept, cut short",
    'python compose': "'\\' is an escape, cut short",
  })
  check('a swallowed line', 'B= \nA=x\n', { 'dotenv python compose': 'a value', node: 'absent' })
  check('the line that swallows', 'A= \nB=x\n', {
    'dotenv python compose': 'empty',
    node: 'the next line is part of it',
  })
  check('a colon', 'A: x\n', { 'dotenv compose': 'a value', 'node python': 'absent' })
  check('a BOM before the first key', '\ufeffA=x\n', { 'dotenv compose': 'a value', 'node python': 'absent' })
  check('a refusal on its own line', 'A="x" | "y"\n', {
    dotenv: 'taken whole',
    node: 'cut short',
    python: 'absent',
    compose: 'the file is refused',
  })
  check('what begins with # without a blank', 'A=#hunter2\n', {
    'dotenv node': 'empty',
    'python compose': "'#' is kept",
  })
})

describe('what is not asked', () => {
  check('equal readings', 'A="x y" # note\n', {})
  check('a mere reference', 'B=1\nA=${B}\n', {})
  check('a comment in place of a value', 'A=   # get it from ops\n', {})
  check('a comment in place of a value, tight', 'A=# get it from ops\n', {})
  check('a refusal for the sake of another line', 'B C=1\nA=x\n', {})
  check('a key that is not there', 'B=a#b\n', {})
})

test('a mere reference names its keys, without readings', () => {
  expect(findAmbiguous('A=1\nURL=pg://u:${A}@h/d\n', ['URL'])).toEqual([
    { key: 'URL', line: 2, readings: [], refersTo: ['A'] },
  ])
})

test('a key that Node 20 alone reads otherwise is told apart', () => {
  expect(findAmbiguous('A=1\n # c\nK=v\n', ['K'])).toEqual([{ key: 'K', line: 3, readings: [], node20Differs: true }])
})

test('without keys all are compared, in the order of the file', () => {
  expect(findAmbiguous('A=1\nB=x#y\nC=2\nD=`z`\n').map(({ key }) => key)).toEqual(['B', 'D'])
})

test('no word gives a value away', () => {
  const secret = 'hunter2hunter2'
  for (const text of [`A=${secret}#x`, `A="${secret}" x`, `A=\`${secret}\``, `A: ${secret}`, `A= \nB=${secret}`]) {
    expect(JSON.stringify(findAmbiguous(text))).not.toContain('hunter')
  }
})

describe('over 1,000 files, judged by what the programs really read', () => {
  const load = (name: string): unknown => JSON.parse(readFileSync(`fixtures/dotenv/${name}.json`, 'utf8'))
  const inputs = load('inputs') as string[]
  const python = load('python') as Pairs[]
  const compose = load('compose') as (Pairs | null)[]
  const node = load('node24') as Pairs[]
  const findings = inputs.map((text) => findAmbiguous(text))

  /** Keys whose value or presence differs between programs that read the file. */
  function differing(at: number): Set<string> {
    const dotenv = sorted(Object.entries(parse(inputs[at] ?? '')))
    const readings = [dotenv, node[at], python[at], compose[at]].flatMap((pairs) => (pairs ? [new Map(pairs)] : []))
    const keys = new Set(readings.flatMap((reading) => [...reading.keys()]))
    return new Set([...keys].filter((key) => new Set(readings.map((reading) => reading.get(key))).size > 1))
  }

  test('every differing key is flagged, but references and bare comments; no agreeing one is', () => {
    let flagged = 0
    const wrong = inputs.flatMap((text, at) => {
      const expected = differing(at)
      const found = findings[at] ?? []
      const ambiguous = found.filter(({ readings }) => readings.length > 1)
      flagged += ambiguous.length
      const told = new Map(found.map((one) => [one.key, one]))
      // npm's parse drops __proto__, we do not; a refusal is told on its own line only.
      const missed = [...expected].filter((key) => !told.get(key) && key !== '__proto__' && !isBareComment(text, key))
      const extra = ambiguous.filter(
        ({ key, readings }) => !expected.has(key) && key !== '__proto__' && !readings.some(isRefusal),
      )
      return missed.length + extra.length > 0 ? [{ text, missed, extra }] : []
    })
    expect(wrong).toEqual([])
    expect(flagged).toBeGreaterThan(700)
  })

  const isRefusal = ({ how }: { how: string }): boolean => how === 'the file is refused'
  const isBareComment = (text: string, key: string): boolean =>
    new RegExp(`${key.replace(/[.]/g, '\\.')}[ \\t\\u00a0]*[=:](#(\\s|$)|[ \\t\\u00a0]+#)`, 'm').test(text)

  test('what is called a mere reference is one', () => {
    const mere = findings.flat().filter(({ refersTo }) => refersTo)
    expect(mere.filter(({ readings }) => readings.length > 0)).toEqual([])
    expect(mere.length).toBeGreaterThan(50)
    expect(mereReference('x')).toBeUndefined()
  })
})
