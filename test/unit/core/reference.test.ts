import { describe, expect, test } from '@jest/globals'
import { isFailure } from '../../../src/core/failure.js'
import { secretName } from '../../../src/core/names.js'
import { formatReference, isReference, parseReferences, type Segment } from '../../../src/core/reference.js'
import { version } from '../../../src/core/secret.js'

type Loose = { [K in keyof Segment]?: unknown } & Record<string, unknown>
function check(text: string, ...segments: Loose[]): void {
  expect(parseReferences(text)).toEqual(
    segments.map((one) => (one['type'] === 'literal' ? one : { filters: [], ...one })),
  )
}
function refused(text: string): string {
  try {
    parseReferences(text)
  } catch (error) {
    if (isFailure(error, 'INPUT_INVALID')) return error.details.why ?? ''
    throw error
  }
  return 'not refused'
}
const literal = (text: string) => ({ type: 'literal' as const, text })
const secret = (name: string, more: object = {}) => ({ type: 'secret' as const, name, ...more })

describe('parseReferences', () => {
  test('a text without references is one literal, an empty one nothing', () => {
    check('plain', literal('plain'))
    check('')
  })
  test('a secret stands alone or inside a longer text', () => {
    check('${secret:database-url}', secret('database-url'))
    check('a${secret:b}c${secret:d}', literal('a'), secret('b'), literal('c'), secret('d'))
    check(
      'postgres://app:${secret:pw|urlencode}@db/app',
      literal('postgres://app:'),
      secret('pw', { filters: ['urlencode'] }),
      literal('@db/app'),
    )
  })
  test('provider, version, key and filters are its parts', () => {
    const all = { provider: 'vault', version: '7', key: 'db.password', filters: ['urlencode', 'base64'] }
    check('${secret:vault:team/db@7#db.password|urlencode|base64}', secret('team/db', all))
    check(
      'secret://vault:team/db@7#db.password',
      secret('team/db', { provider: 'vault', version: '7', key: 'db.password' }),
    )
  })
  test('secret:// counts only as the whole value', () => {
    check('secret://a', secret('a'))
    check('see secret://a', literal('see secret://a'))
  })
  test('a variable may have a default, which is literal text', () => {
    check('${env:HOST}', { type: 'env', name: 'HOST' })
    check('${env:HOST:-a|b:-c}', { type: 'env', name: 'HOST', fallback: 'a|b:-c' })
    check('${env:HOST:-}', { type: 'env', name: 'HOST', fallback: '' })
    check('${env:HOST|urlencode}', { type: 'env', name: 'HOST', filters: ['urlencode'] })
  })
  test('$${ is a literal ${, and what belongs to others stays', () => {
    check('$${secret:a}', literal('${secret:a}'))
    check('a$${b}${secret:c}', literal('a${b}'), secret('c'))
    check('$$${secret:a}', literal('$${secret:a}'))
    check('${HOST}:${PORT:-80} $HOME {secret:a} ${{ x }}', literal('${HOST}:${PORT:-80} $HOME {secret:a} ${{ x }}'))
    check('pa$$word$', literal('pa$$word$'))
  })
  test('odd characters of a name are written as in URLs', () => {
    check('${secret:a%40b%23c}', secret('a@b#c'))
  })

  const wrong: [string, string][] = [
    ['ab${secret:hunter2', 'a reference has no closing brace (column 3)'],
    ['${secret:}', 'a name is missing in a reference (column 1)'],
    ['x${secret:a@}', 'a version is missing in a reference (column 2)'],
    ['${secret:a#}', 'a key is missing in a reference (column 1)'],
    ['${secret:hunter2:a}', 'before ":" stands one of aws, gcp, azure, vault, k8s, env, local (column 1)'],
    ['${secret:a|hunter2}', 'after "|" stands one of urlencode, base64 (column 1)'],
    ['${env:A:-${secret:b}}', 'a reference cannot stand inside a reference (column 1)'],
    ['${env:}', 'a reference to a variable needs its name (column 1)'],
    ['${secret:100%}', 'a "%" in a reference is written %25 (column 1)'],
    ['${secret:a\nb}', 'a reference holds a name that no secret can have (column 1)'],
    ['secret://a b', 'a reference with secret:// holds no blanks (column 11)'],
    ['secret://', 'a name is missing in a reference (column 1)'],
  ]
  for (const [text, why] of wrong)
    test(`${JSON.stringify(text)} is refused with its column and without its text`, () => {
      expect(refused(text)).toBe(why)
      expect(isReference(text)).toBe(true)
    })

  test('a megabyte of half references ends', () => {
    for (const piece of ['${', '$${', '${secret', '${secret:a}', '${env:A}', '$', '}'])
      expect(parseReferences(piece.repeat(2 ** 20 / piece.length)).length).toBeGreaterThan(0)
    expect(refused('${secret:'.repeat(100_000))).toContain('column 1')
  }, 30_000)
})

test('isReference tells a reference from what only looks like one', () => {
  for (const text of ['${secret:a}', 'x${env:A}y', 'secret://a', '$${b}${secret:a}'])
    expect([text, isReference(text)]).toEqual([text, true])
  for (const text of ['', 'secret:a', '$${secret:a}', '${HOST}', 'my secret://a', '${secrets:a}'])
    expect([text, isReference(text)]).toEqual([text, false])
})

describe('formatReference', () => {
  test('writes both styles', () => {
    expect(formatReference(secretName('database-url'), 'braces')).toBe('${secret:database-url}')
    expect(formatReference(secretName('database-url'), 'uri')).toBe('secret://database-url')
  })
  test('what it writes reads back as the same reference, whatever the name', () => {
    for (const text of ['a', 'team/db.main_1', 'a@b#c|d}e:f', "it's $5 {x}", '100%', 'größe', '🔑', 'a b\\c"d`'])
      for (const style of ['braces', 'uri'] as const) {
        const parts = {
          provider: 'aws' as const,
          version: version('v#1}'),
          key: 'x.y|z',
          filters: ['urlencode' as const],
        }
        const name = secretName(text)
        expect(parseReferences(formatReference(name, style, parts))).toEqual([{ type: 'secret', name, ...parts }])
        expect(formatReference(name, style)).toMatch(/^(?:\$\{secret:[\w.%/-]+\}|secret:\/\/[\w.%/-]+)$/)
      }
  })
})
