import { expect, test } from '@jest/globals'
import * as text from '../../../src/ui/text.js'

const now = new Date('2026-11-24T12:00:00Z')
const back = (ms: number): Date => new Date(now.getTime() - ms)
const HOUR = 3_600_000
const DAY = 24 * HOUR

test.each([
  [0, 'just now'],
  [-5000, 'just now'],
  [1000, '1 second ago'],
  [61_000, '1 minute ago'],
  [3 * HOUR, '3 hours ago'],
  [2 * DAY, '2 days ago'],
  [90 * DAY, '90 days ago'],
  [800 * DAY, '2 years ago'],
])('%d ms before now is %j', (ms, words) => expect(text.ago(back(ms), now)).toBe(words))

test.each([
  [-28 * DAY - 5, 'in 28 d'],
  [-2 * HOUR, 'in 2 h'],
  [DAY, '1 day ago'],
])('due %d ms back reads %j', (ms, words) => expect(text.ahead(back(ms), now)).toBe(words))

test.each([
  [0, '0.0 s'],
  [1234, '1.2 s'],
  [9940, '9.9 s'],
  [9960, '10 s'],
  [14_200, '14 s'],
  [59_999, '1 min'],
  [125_000, '2 min 5 s'],
  [2 * HOUR + 5 * 60_000, '2 h 5 min'],
  [3 * DAY, '3 d'],
])('%d ms take %j', (ms, words) => expect(text.duration(ms)).toBe(words))

test('ages, days, moments', () => {
  expect([500, 14_000, 2 * HOUR, 91 * DAY, 1500 * DAY].map(text.age)).toEqual(['0 s', '14 s', '2 h', '91 d', '1,500 d'])
  expect(text.day(new Date('2026-12-02T01:00:00Z'), now)).toBe('2 Dec')
  expect(text.day(new Date('2027-01-02T01:00:00Z'), now)).toBe('2 Jan 2027')
  expect(text.moment(new Date('2026-11-24T14:02:59Z'))).toBe('2026-11-24T14:02Z')
  expect(text.old(back(12 * DAY), now)).toBe('12 days old')
})

test('numbers and counts', () => {
  expect(text.count(1, 'key')).toBe('1 key')
  expect(text.count(1204, 'key')).toBe('1,204 keys')
  expect(text.count(2, 'entry', 'entries')).toBe('2 entries')
  expect(text.number(10_000_000)).toBe('10,000,000')
})

test('lists name as many as fit and count the rest', () => {
  expect(text.list([])).toBe('')
  expect(text.list(['a'])).toBe('a')
  expect(text.list(['a', 'b', 'c'])).toBe('a, b and c')
  expect(text.list(['a', 'b', 'c', 'd', 'e'], 3)).toBe('a, b and 3 more')
})

test('a fingerprint shows its last four digits only', () => expect(text.mark('0123456789aba91c')).toBe('…a91c'))

test('a word of a command to paste is quoted when a shell would change it', () => {
  expect(['a-b/c.d', "it's", 'a b', ''].map(text.shellWord)).toEqual(['a-b/c.d', `'it'\\''s'`, `'a b'`, `''`])
})
