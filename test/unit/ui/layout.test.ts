import { describe, expect, test } from '@jest/globals'
import { ends, hintLines, pad, table, truncate, width } from '../../../src/ui/layout.js'
import { bad, good, paint, unstyled } from '../../../src/ui/style.js'

test.each([
  ['abc', 3],
  ['日本', 4],
  ['한글', 4],
  ['🎉', 2],
  ['👩‍👩‍👧', 2],
  ['❤️', 2],
  ['é', 1],
  ['e\u0301', 1],
  ['…', 1],
  ['✔', 1],
  [bad('ab'), 2],
])('%j takes %d columns', (text, columns) => expect(width(text)).toBe(columns))

test.each([
  ['abcdef', 6, 'abcdef'],
  ['abcdef', 4, 'abc…'],
  ['日本語', 5, '日本…'],
  ['日本語', 4, '日…'],
  ['abc', 1, '…'],
  ['abc', 0, ''],
])('%j cut to %d columns is %j', (text, columns, cut) => expect(truncate(text, columns)).toBe(cut))

test('a cut ends a colour that was open', () =>
  expect(paint(truncate(good('abcdef'), 4), true)).toBe('\u001b[32mabc…\u001b[39m'))

test('pad counts what a terminal shows', () => expect(pad('日', 4)).toBe('日  '))

describe('table', () => {
  const rows = [
    ['NAME', 'STATE', 'NOTE'],
    ['database-password', 'same', 'version 3, 12 days old'],
    ['日本語', 'add', ''],
  ]

  test('aligns columns and leaves no space at the end', () => {
    expect(table(rows)).toEqual([
      'NAME               STATE  NOTE',
      'database-password  same   version 3, 12 days old',
      '日本語             add',
    ])
  })

  test('cuts the last column where it stays useful', () => {
    expect(table(rows, { width: 40 })[1]).toBe('database-password  same   version 3, 12…')
  })

  test('drops the last column where little of it would be left', () => {
    expect(table(rows, { width: 30 })[1]).toBe('database-password  same')
  })

  test('keeps the columns that it has to, and cuts the widest', () => {
    expect(table(rows, { width: 16, keep: 2 })[1]).toBe('database…  same')
    expect(table(rows, { width: 3, keep: 1 })[1]).toBe('da…')
  })

  test.each([10, 20, 30, 40, 60, 80])('never exceeds %d columns', (columns) => {
    for (const line of table(rows, { width: columns, indent: 2 })) expect(width(line)).toBeLessThanOrEqual(columns)
  })

  test('is the same for every width where nothing has to be cut', () => {
    expect(table(rows, { width: 200 })).toEqual(table(rows))
  })

  test('shows what is in a name, and cannot be torn by it', () => {
    const [line, ...rest] = table([['a\nb\u202e\u001b[31m', 'x']])
    expect(rest).toEqual([])
    expect(line).toBe('a\\x0ab\\u{202e}\\x1b[31m  x')
  })

  test('numbers may stand to the right', () =>
    expect(table([['5'], ['1,204']], { right: [0] })).toEqual(['    5', '1,204']))
})

test('hints are aligned and never cut', () => {
  const hints = [
    { what: 'keep theirs', command: 'vibesecrets migrate aws --on-conflict=skip' },
    { what: 'replace', command: 'vibesecrets migrate aws --on-conflict=overwrite' },
    { what: 'put the value in single quotes' },
  ]
  expect(hintLines(hints).map(unstyled)).toEqual([
    '  keep theirs:  vibesecrets migrate aws --on-conflict=skip',
    '  replace:      vibesecrets migrate aws --on-conflict=overwrite',
    '  put the value in single quotes',
  ])
})

test('two ends share a line where both fit', () => {
  expect(ends('left', 'right', undefined)).toEqual(['left        right'])
  expect(ends('left', 'right', 12)).toEqual(['left   right'])
  expect(ends('left', 'right', 10)).toEqual(['left', '  right'])
  expect(ends('left', undefined, 10)).toEqual(['left'])
})
