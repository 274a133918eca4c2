import { expect, test } from '@jest/globals'
import { SecretValue } from '../../../src/core/secret.js'
import { createRedactor } from '../../../src/ui/redact.js'

test('10,000 values with a common beginning are all found in one text, unrelated text stays', () => {
  const values = Array.from(
    { length: 10_000 },
    (_, i) => `postgres://app:${(i * 7919).toString(36).padStart(12, 'k')}@db/app`,
  )
  const redactor = createRedactor()
  for (const value of values) redactor.add(SecretValue.fromText(value))
  const text = values.map((value, i) => `${i} ${value} postgres://app:other`).join('\n')
  expect(redactor.redact(text)).toBe(values.map((_, i) => `${i} [secret] postgres://app:other`).join('\n'))
  expect(redactor.redact(JSON.stringify(values.map(encodeURIComponent)))).toBe(
    JSON.stringify(values.map(() => '[secret]')),
  )
}, 120_000)

test('a megabyte of one character ends, whatever the values are', () => {
  const redactor = createRedactor()
  for (const n of [6, 12, 31, 31, 200, 60_000]) redactor.add(SecretValue.fromText(`${'a'.repeat(n)}b`))
  expect(redactor.redact('a'.repeat(1_000_000)).length).toBeLessThan(1000)
}, 120_000)
