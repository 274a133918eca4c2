import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { parse } from 'dotenv'
import { envFile, envFiles, noise, seeded } from '../../support/env-generator.js'
import { read, sorted } from '../../support/env-read.js'

/** The npm package answers an object, which drops `__proto__`; here it is a key. */
function differs(text: string): boolean {
  const ours = read(text, 'dotenv')?.filter(([key]) => key !== '__proto__')
  return JSON.stringify(ours) !== JSON.stringify(sorted(Object.entries(parse(text))))
}

describe('dialect dotenv is the npm package dotenv', () => {
  test('on 1,000 generated files', () => {
    expect(envFiles(20, 1000).filter(differs)).toEqual([])
  })

  test('on 2,000 files with signs that only a regular expression of JavaScript knows', () => {
    const random = seeded(7)
    const signs = [
      '\u2028',
      '\u00a0',
      '\ufeff',
      '\v',
      '\u0085',
      '\u001c',
      'export ',
      'export\n',
      '\\"',
      "\\'",
      '`\u2029',
    ]
    const files = Array.from({ length: 2000 }, () => {
      const text = random() < 0.5 ? noise(random) : envFile(random)
      const at = Math.floor(random() * text.length)
      return text.slice(0, at) + signs[Math.floor(random() * signs.length)] + text.slice(at)
    })
    expect(files.filter(differs)).toEqual([])
  })

  test.each(['dotenv-npm.env', 'dotenv-npm-multiline.env'])('on the cases of its own tests: %s', (name) => {
    const text = readFileSync(`fixtures/dotenv/${name}`, 'utf8')
    for (const one of [text, text.replaceAll('\n', '\r\n'), text.replaceAll('\n', '\r'), text.trimEnd()]) {
      expect(differs(one)).toBe(false)
    }
    expect(read(text, 'dotenv')?.length).toBe(name === 'dotenv-npm.env' ? 35 : 6)
  })
})
