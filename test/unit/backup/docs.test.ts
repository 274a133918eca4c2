import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'

const page = readFileSync('docs/disaster-recovery.md', 'utf8')
const lines = [...page.matchAll(/```console\n([\s\S]*?)```/g)]
  .flatMap(([, block = '']) => block.split('\n'))
  .map((line) => line.trim())
  .filter((line) => line !== '')

const scripts = readdirSync('test/cli')
  .filter((name) => /^(?:disaster|backup|restore)-/.test(name))
  .map((name) => readFileSync(`test/cli/${name}`, 'utf8'))
  .join('\n')

/** The same words, whatever the provider is called and whoever the recipients are. */
const plain = (text: string): string =>
  text
    .replaceAll(/\b(?:aws|vault|gcp|azure|k8s)\b/g, 'local')
    .replaceAll(/(?:-r (?:age1…|"\$\(cat \w+\)") ?)+/g, '-r … ')
    .replaceAll(/ -q\b/g, '')
    .replaceAll(/\s+/g, ' ')

describe('docs/disaster-recovery.md', () => {
  test('has blocks to type', () => expect(lines.length).toBeGreaterThan(15))
  test.each([...new Set(lines)])('a test runs: %s', (line) => {
    expect(line).toMatch(/^\$ (?:vibesecrets|export) /)
    const typed = line.replace(/^\$ /, '').replace(/^export /, 'env ')
    expect(plain(scripts)).toContain(plain(typed).trim())
  })
})
