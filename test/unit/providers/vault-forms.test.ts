import { describe, expect, test } from '@jest/globals'
import { SecretValue } from '../../../src/core/secret.js'
import { decodeEntry, encodeEntry } from '../../../src/providers/vault/entry.js'
import { assertNotesFit, descriptionOf, labelsOf, withNotes } from '../../../src/providers/vault/metadata.js'
import { encodePath, folderOf, NAME } from '../../../src/providers/vault/paths.js'
import { rawMembers, rawObject } from '../../../src/providers/vault/raw-json.js'
import { hostile } from '../../support/conformance-hostile.js'

describe('names of Vault', () => {
  test.each(['a', 'a/b', 'vibebox/database-url', 'a b', 'ä😀', '*', 'a.b', '.a', 'a.', 'q?x#y%z&', "it's", '日本'])(
    '%j can be one',
    (name) => expect(NAME.test(name)).toBe(true),
  )

  test.each([
    '',
    '/a',
    'a/',
    'a//b',
    '.',
    '..',
    'a/..',
    '../a',
    'a/./b',
    'a..b',
    ' a',
    'a ',
    'a/ b',
    'a\nb',
    'a\u200bb',
  ])('%j cannot', (name) => expect(NAME.test(name)).toBe(false))

  test('each part of a path is encoded, and a path cannot climb', () => {
    expect(encodePath('secret/data/a b/c?d#e%f&#x2F;')).toBe('secret/data/a%20b/c%3Fd%23e%25f%26%23x2F%3B')
    for (const wrong of ['secret/data/../x', 'secret/data/.', 'secret//x', 'secret/data/'])
      expect(() => encodePath(wrong)).toThrow('NAME_INVALID')
  })

  test.each([
    ['', ''],
    ['vibebox/', 'vibebox/'],
    ['vibebox/pro', 'vibebox/'],
    ['vibe', ''],
    ['a/b/c', 'a/b/'],
  ])('the prefix %j is looked for in the folder %j', (prefix, folder) => expect(folderOf(prefix)).toBe(folder))
})

describe('JSON that belongs to others', () => {
  test.each([
    ['{}', []],
    [
      ' { "a" : 1 , "b":"x" } ',
      [
        ['a', '1'],
        ['b', '"x"'],
      ],
    ],
    ['{"a":12345678901234567890.0e+1}', [['a', '12345678901234567890.0e+1']]],
    [
      '{"a":{"b":[1,{"c":"}]"}]},"d":[]}',
      [
        ['a', '{"b":[1,{"c":"}]"}]}'],
        ['d', '[]'],
      ],
    ],
    [
      '{"a\\"b":"c\\\\","d":true,"e":null}',
      [
        ['a"b', '"c\\\\"'],
        ['d', 'true'],
        ['e', 'null'],
      ],
    ],
    [
      '{"\\u0061":1,"__proto__":2}',
      [
        ['a', '1'],
        ['__proto__', '2'],
      ],
    ],
    [
      '{"a":\n[ ]\n,\t"b":-1\r\n}',
      [
        ['a', '[ ]'],
        ['b', '-1'],
      ],
    ],
  ] as [string, [string, string][]][])('%s has its members as they are written', (json, members) => {
    expect([...rawMembers(json)]).toEqual(members)
    expect(JSON.parse(rawObject(rawMembers(json)))).toEqual(JSON.parse(json))
  })
})

describe('an entry of Vault', () => {
  const value = (json: string, version = 1) => decodeEntry(json, version).value?.revealBytes()

  test('every value comes back byte for byte', () => {
    const all = [...hostile.map(([, text]) => Buffer.from(text)), Buffer.from([0, 255, 128]), Buffer.from('a\0b')]
    for (const bytes of all) {
      const json = encodeEntry(SecretValue.fromBytes(bytes), 'token', 4, new Map([['user', '{"a":1.0}']]))
      const entry = decodeEntry(json, 4)
      expect(entry.value && Buffer.from(entry.value.revealBytes()).equals(bytes)).toBe(true)
      expect([entry.token, [...entry.siblings]]).toEqual(['token', [['user', '{"a":1.0}']]])
    }
  })

  test('text is stored as text, for everybody else to read', () => {
    const json = encodeEntry(SecretValue.fromText('pä"ss'), 't', 1, new Map())
    expect(JSON.parse(json)).toEqual({ value: 'pä"ss', vibesecrets_token: '1:t' })
  })

  test('marks of an earlier version say nothing of this one', () => {
    const json = encodeEntry(SecretValue.fromBytes(Uint8Array.of(255)), 't', 1, new Map())
    expect(decodeEntry(json, 2).token).toBeUndefined()
    expect(Buffer.from(value(json, 2) ?? []).toString()).toBe('/w==')
  })

  test('a value that is no text is its JSON, and none at all is none', () => {
    expect(Buffer.from(value('{"value":{"a":1.0}}') ?? []).toString()).toBe('{"a":1.0}')
    expect(Buffer.from(value('{"value":42}') ?? []).toString()).toBe('42')
    expect([value('{"value":null}'), value('{"user":"x"}')]).toEqual([undefined, undefined])
  })
})

describe('custom_metadata', () => {
  test('labels and description of any text come back, what others wrote stays', () => {
    const labels = { plain: 'x y', empty: '', lines: 'a\nb', percent: '%41', odd: '\u00a0é😀' }
    const custom = withNotes({ owner: 'team', 'vibesecrets-old': 'x' }, { labels, description: 'd\te' })
    expect(labelsOf(custom)).toEqual(labels)
    expect([descriptionOf(custom), custom['owner'], custom['vibesecrets-old']]).toEqual(['d\te', 'team', undefined])
    for (const text of Object.values(custom)) expect(text).toMatch(/^[^\p{C}]+$/u)
  })

  test('what is not mentioned stays, an empty description goes', () => {
    const custom = { 'vibesecrets-a': '1', 'vibesecrets.description': 'd', owner: 'team' }
    expect(withNotes(custom, {})).toEqual(custom)
    expect(withNotes(custom, { description: '' })).toEqual({ 'vibesecrets-a': '1', owner: 'team' })
  })

  test('a broken escape of others is shown as it is', () => {
    expect(labelsOf({ 'vibesecrets-a': '%E0%A4%A' })).toEqual({ a: '%E0%A4%A' })
  })

  test('all that Vault would refuse is told at once', () => {
    const labels = { long: 'x'.repeat(513), [`k${'k'.repeat(128)}`]: 'x', 'bad\u0007key': 'x' }
    expect(() => assertNotesFit('a', { labels })).toThrow(
      expect.objectContaining({
        code: 'VALUE_UNFIT',
        details: expect.objectContaining({ problems: expect.arrayContaining([expect.stringContaining('long')]) }),
      }),
    )
    expect(() => assertNotesFit('a', { labels: { ok: 'x'.repeat(512) } })).not.toThrow()
  })
})
