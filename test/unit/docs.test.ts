import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { exitMeanings } from '../../src/exits.js'
import { VERSION } from '../../src/version.js'
import { providerPages, providerTable } from '../support/provider-table.js'

const update = process.env['UPDATE_EXPECT'] === '1'
const BLOCK = /(<!-- providers:begin[^\n]*-->\n)[\s\S]*?(<!-- providers:end -->)/

describe('pages say what the code says', () => {
  test('README has the table of providers as descriptions and traits have it', () => {
    const readme = readFileSync('README.md', 'utf8')
    const fresh = readme.replace(BLOCK, (_, begin: string, end: string) => `${begin}${providerTable()}\n${end}`)
    if (update) writeFileSync('README.md', fresh)
    else expect(readme).toBe(fresh)
  })

  test('docs/providers.md has every variable, option and permission', () => {
    if (update) writeFileSync('docs/providers.md', providerPages())
    else expect(readFileSync('docs/providers.md', 'utf8')).toBe(providerPages())
  })

  test('README explains every exit code as --help does', () => {
    const readme = readFileSync('README.md', 'utf8')
    const documented = [...readme.matchAll(/^\| (\d+) \| ([^|]+) \|$/gm)].map(([, code, meaning]) => [
      Number(code),
      meaning,
    ])
    expect(documented).toEqual(Object.entries(exitMeanings).map(([code, meaning]) => [Number(code), meaning]))
  })

  test('the version is that of the package', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
    expect(VERSION).toBe(version)
  })
})
