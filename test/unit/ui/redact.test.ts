import { inspect } from 'node:util'
import { describe, expect, test } from '@jest/globals'
import { SecretValue, witnessSecrets } from '../../../src/core/secret.js'
import { createRedactor } from '../../../src/ui/redact.js'

const CANARY = `c4nary/+"'$\`\\ <&> é ${'x'.repeat(4)}Q9z`

function redactorOf(...values: (string | Uint8Array)[]) {
  const redactor = createRedactor()
  for (const value of values) {
    redactor.add(typeof value === 'string' ? SecretValue.fromText(value) : SecretValue.fromBytes(value))
  }
  return redactor
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')

describe('a value is hidden however it is written', () => {
  const json = JSON.stringify(CANARY).slice(1, -1)
  const component = encodeURIComponent(CANARY)
  const forms: Record<string, string> = {
    raw: CANARY,
    json,
    'json in json': JSON.stringify(json).slice(1, -1),
    base64: base64(CANARY),
    base64url: Buffer.from(CANARY).toString('base64url'),
    hex: Buffer.from(CANARY).toString('hex'),
    HEX: Buffer.from(CANARY).toString('hex').toUpperCase(),
    'URL component': component,
    'URL component, lower case': component.replaceAll(/%../g, (code) => code.toLowerCase()),
    'URL form': new URLSearchParams({ a: CANARY }).toString().slice(2),
    'single quotes of a shell': CANARY.replaceAll("'", `'\\''`),
    'double quotes of a shell': CANARY.replaceAll(/["$`\\]/g, '\\$&'),
    'double quotes of SQL': CANARY.replaceAll("'", "''"),
    'inspect in backticks or quotes': inspect({ CANARY }).match(/: (['"`])(.*)\1 }/)?.[2] ?? '',
    XML: CANARY.replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll("'", '&apos;'),
  }
  test.each(Object.entries(forms))('%s', (_name, form) => {
    expect(form.length).toBeGreaterThan(6)
    expect(redactorOf(CANARY).redact(`a ${form} b ${form}`)).toBe('a [secret] b [secret]')
  })

  test.each(['', 'u', 'us', 'user:', 'user:p', 'user:pa'])(
    'inside a longer text that was encoded, after %j',
    (before) => {
      const value = 'S3cr3t-value-of-some-length'
      const rest = redactorOf(value).redact(base64(`${before}${value}:after`))
      expect(rest).toContain('[secret]')
      const shown = rest
        .split('[secret]')
        .map((part) => Buffer.from(part, 'base64').toString())
        .join()
      expect(shown).not.toMatch(/S3cr|length|value/)
    },
  )
})

test('each line of a value with many lines is hidden alone, short lines are not', () => {
  const pem = '-----BEGIN FAKE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEF\r\nabc\n-----END FAKE KEY-----\n'
  const redactor = redactorOf(pem)
  expect(redactor.redact('bad line "MIIEvQIBADANBgkqhkiG9w0BAQEF" in input')).toBe('bad line "[secret]" in input')
  expect(redactor.redact('abc')).toBe('abc')
  expect(redactor.redact('-----BEGIN FAKE KEY-----')).toBe('-----BEGIN FAKE KEY-----')
  expect(redactor.redact(`<${pem}>`)).toBe('<[secret]>')
  expect(redactor.redact(JSON.stringify(pem))).toBe('"[secret]"')
})

test('values below 6 bytes are left: hiding them would hide every text', () => {
  expect(redactorOf('abcde').redact('abcde abcdef')).toBe('abcde abcdef')
  expect(redactorOf('abcdef').redact('abcde abcdef')).toBe('abcde [secret]')
})

test('a binary value is hidden in base64 and hex', () => {
  const bytes = Uint8Array.from({ length: 24 }, (_, i) => (i * 37 + 200) % 256)
  const text = `${Buffer.from(bytes).toString('base64')} ${Buffer.from(bytes).toString('hex')}`
  expect(redactorOf(bytes).redact(text)).toBe('[secret] [secret]')
})

test('of nested values the longest is hidden, of overlapping ones all', () => {
  const redactor = redactorOf('postgres', 'postgres://app:hunter2-hunter2@db/app', 'hunter2-hunter2', 'db/app/and/more')
  expect(redactor.redact('url postgres://app:hunter2-hunter2@db/app.')).toBe('url [secret].')
  expect(redactor.redact('is postgres, hunter2-hunter2!')).toBe('is [secret], [secret]!')
  expect(redactor.redact('postgres://app:hunter2-hunter2@db/app/and/more.')).toBe('[secret].')
})

test('the first 32 characters of a long value are hidden as if it were whole', () => {
  const value = Array.from({ length: 40 }, (_, i) => `part${i}`).join('.')
  expect(redactorOf(value).redact(`cut: ${value.slice(0, 50)}…`)).toBe('cut: [secret]…')
})

test('a short value that begins a longer one is found where the longer one is not', () => {
  const redactor = redactorOf('abcdef', 'abcdefgh', 'abcdefghij-1', 'abcdefghij-2', 'abcdefzz')
  expect(redactor.redact('abcdefghij-3 abcdefx')).toBe('[secret]ij-3 [secret]x')
  expect(redactor.redact('abcdefghij-2 abcdefzz abcdefghi')).toBe('[secret] [secret] [secret]i')
})

test('words that are printed by design are not hidden, longer values that hold them are', () => {
  const redactor = createRedactor()
  redactor.allow(['production'])
  redactor.add(SecretValue.fromText('production'))
  redactor.add(SecretValue.fromText('production-key-1'))
  expect(redactor.redact('vibebox/production/ production-key-1')).toBe('vibebox/production/ [secret]')
})

test('forget drops every value', () => {
  const redactor = redactorOf('first-value')
  expect(redactor.redact('first-value')).toBe('[secret]')
  redactor.forget()
  redactor.add(SecretValue.fromText('second-value'))
  expect(redactor.redact('first-value second-value')).toBe('first-value [secret]')
})

test('memory is bounded: beyond the limit the oldest values are forgotten', () => {
  const redactor = createRedactor({ maxBytes: 1000 })
  for (let i = 0; i < 200; i++) redactor.add(SecretValue.fromText(`value-number-${i}-end`))
  expect(redactor.redact('value-number-199-end')).toBe('[secret]')
  expect(redactor.redact('value-number-0-end')).toBe('value-number-0-end')
})

test('fed by the witness of values, it knows every value that comes into being', () => {
  const redactor = createRedactor()
  witnessSecrets(redactor.add)
  SecretValue.fromText('made-somewhere-deep')
  witnessSecrets(undefined)
  expect(redactor.redact('error: made-somewhere-deep')).toBe('error: [secret]')
})

test('hundreds of values with a common beginning are all found in one text, unrelated text stays', () => {
  const values = Array.from(
    { length: 10_000 },
    (_, i) => `postgres://app:${(i * 7919).toString(36).padStart(12, 'k')}@db/app`,
  )
  const text = values.map((value, i) => `${i} ${value} postgres://app:other`).join('\n')
  const expected = values.map((_, i) => `${i} [secret] postgres://app:other`).join('\n')
  expect(redactorOf(...values).redact(text)).toBe(expected)
})

test('hostile repetition ends: many equal characters against values of the same characters', () => {
  const redactor = redactorOf(`${'a'.repeat(31)}b`, `${'a'.repeat(60_000)}b`)
  const other = redactorOf(...Array.from({ length: 25 }, (_, i) => `${'a'.repeat(i + 6)}b`))
  expect(redactor.redact('a'.repeat(100_000)).length).toBeLessThan(1000)
  expect(other.redact('a'.repeat(20_000))).toHaveLength(20_000)
})
