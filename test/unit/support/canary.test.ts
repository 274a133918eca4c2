import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { CanaryScan } from '../../support/canary.js'
import { tempFolder } from '../../support/temp.js'

const value = 'p&ss "w0rd"/é+'
const found = (text: string | Buffer) =>
  new CanaryScan([value]).in(Buffer.from(text as string)).map((leak) => leak.form)

test.each([
  ['raw', `x${value}x`],
  ['hex', Buffer.from(value).toString('hex')],
  ['upper case hex', Buffer.from(value).toString('hex').toUpperCase()],
  ['URL-encoded', encodeURIComponent(value)],
  ['form-encoded', new URLSearchParams({ a: value }).toString()],
  ['JSON-escaped', JSON.stringify({ a: value })],
  ['base64', Buffer.from(`ab${value}z`).toString('base64')],
  ['base64', Buffer.from(`a${value}zz`).toString('base64')],
  ['base64', Buffer.from(value).toString('base64')],
  ['base64url', Buffer.from('>>>???>>>').toString('base64url')],
])('a value is found %s', (form, text) => {
  const scan = form === 'base64url' ? new CanaryScan(['>>>???>>>']).in(Buffer.from(text)) : undefined
  expect(scan?.map((leak) => leak.form) ?? found(text)).toEqual([form])
})

test('UTF-16 is found', () => expect(found(Buffer.from(value, 'utf16le'))).toEqual(['UTF-16']))

test('one line of a key is found, its frame is not', () => {
  const key = '-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG\nbase64base64base64ok\n-----END KEY-----\n'
  const scan = new CanaryScan([key])
  expect(scan.in(Buffer.from('… MIIEvQIBADANBgkqhkiG …'))).toHaveLength(1)
  expect(scan.in(Buffer.from('-----BEGIN KEY-----'))).toEqual([])
})

test('short values are not looked for', () => expect(new CanaryScan(['old']).in(Buffer.from('older'))).toEqual([]))

test('every file below a folder is searched, but those that are skipped', () => {
  const folder = tempFolder('canary')
  writeFileSync(join(folder, 'a'), value)
  writeFileSync(join(folder, 'b'), value)
  const leaks = new CanaryScan([value]).below(folder, (path) => path === 'a')
  expect(leaks).toEqual([{ canary: value, form: 'raw', path: 'b' }])
})
