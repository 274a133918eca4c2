import { describe, expect, test } from '@jest/globals'
import { SecretValue } from '../../../src/core/secret.js'
import { credentialOf, withCredential } from '../../../src/targets/credential.js'
import { looksLikeUrl, parseConnectionUrl, withCredentials } from '../../../src/targets/url.js'

const text = (value: string) => SecretValue.fromText(value)
const swap = (url: string, password: string, user?: string) =>
  withCredentials(text(url), { password: text(password), ...(user !== undefined && { user }) }).reveal()

describe('a password inside a connection URL', () => {
  test.each([
    ['postgres://u:old@h/db', 'postgres://u:n%40w@h/db'],
    ['postgresql+asyncpg://u:old@h1:1,h2:2/db?x=%20y#z', 'postgresql+asyncpg://u:n%40w@h1:1,h2:2/db?x=%20y#z'],
    ['postgres://u@h/db', 'postgres://u:n%40w@h/db'],
    ['redis://:old@[::1]:6379/0', 'redis://:n%40w@[::1]:6379/0'],
    ['redis://h:6379', 'redis://:n%40w@h:6379'],
    ['amqps://u:o%2Fld@h/%2Fv', 'amqps://u:n%40w@h/%2Fv'],
    ['mongodb+srv://u:old@c.example/db?w=majority', 'mongodb+srv://u:n%40w@c.example/db?w=majority'],
    ['mysql://u:o:ld@h', 'mysql://u:n%40w@h'],
    ['postgresql:///db?host=%2Frun&user=u&password=old&x=1', 'postgresql:///db?host=%2Frun&user=u&password=n%40w&x=1'],
    ['jdbc:postgresql://h/db?user=u&password=old', 'jdbc:postgresql://h/db?user=u&password=n%40w'],
  ])('%s', (url, expected) => expect(swap(url, 'n@w')).toBe(expected))

  test('1,000 passwords of all printable characters come back exactly, and nothing else moves', () => {
    for (let i = 0; i < 1000; i++) {
      const password = Array.from({ length: 12 }, (_, at) => String.fromCodePoint(33 + ((i * 7 + at * 31) % 600))).join(
        '',
      )
      const url = swap('postgres://u:old@h:5/db?a=b', password)
      expect(parseConnectionUrl(text(url)).password?.reveal()).toBe(password)
      expect(url).toMatch(/^postgres:\/\/u:[\w.~%-]+@h:5\/db\?a=b$/)
    }
  })

  test.each(['postgres://u:p@ss@h/db', 'postgres://u:100%@h', 'postgres://u:a@h/d?password=b', 'postgres://u:a b@h'])(
    'what drivers read differently is refused, unsaid: %s',
    (url) => {
      const failure = (() => {
        try {
          return parseConnectionUrl(text(url))
        } catch (error) {
          return error
        }
      })()
      expect(failure).toMatchObject({ code: 'VALUE_UNFIT' })
      expect(JSON.stringify(failure)).not.toContain('u:')
    },
  )

  test('hosts, socket, database and parameters are read', () => {
    const read = parseConnectionUrl(text('postgres://u:p@a:1,b/d%20b?sslmode=require&password='))
    expect(read.hosts).toEqual([{ host: 'a', port: 1 }, { host: 'b' }])
    expect(read).toMatchObject({ user: 'u', database: 'd b' })
    expect([...read.parameters]).toEqual([['sslmode', 'require']])
    expect(parseConnectionUrl(text('postgres://u:p@%2Frun%2Fpg/d')).hosts).toEqual([{ host: '/run/pg' }])
  })

  test('an ordinary password is no URL', () => expect(looksLikeUrl(text('a://b'))).toBe(false))
})

describe('a value of three shapes', () => {
  test('JSON keeps every other character, nested passwords too', () => {
    const json = '{ "user":"a",\n "n": 12345678901234567890, "in": {"password":"x"}, "password" : "o\\"ld" }'
    const next = withCredential(text(json), 'postgres', { user: 'b', password: text('n"w') })
    expect(next.reveal()).toBe(
      '{ "user":"b",\n "n": 12345678901234567890, "in": {"password":"x"}, "password" : "n\\"w" }',
    )
    expect(credentialOf(next, 'postgres').password?.reveal()).toBe('n"w')
  })
  test('a password that begins as JSON does is a password', () =>
    expect(credentialOf(text('{x'), 'postgres')).toMatchObject({ shape: 'password' }))
  test('a URL of another server is refused', () =>
    expect(() => credentialOf(text('redis://:a@h'), 'postgres')).toThrow('VALUE_UNFIT'))
  test('a bare password cannot change its user', () =>
    expect(() => withCredential(text('a'), 'postgres', { user: 'b', password: text('c') })).toThrow('VALUE_UNFIT'))
})
