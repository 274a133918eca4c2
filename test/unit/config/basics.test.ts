import { describe, expect, test } from '@jest/globals'
import { formatDuration, parseDuration } from '../../../src/config/durations.js'
import { secretLook } from '../../../src/config/secret-look.js'
import { closest } from '../../../src/config/suggest.js'

test.each([
  ['90s', 90_000],
  ['15m', 900_000],
  ['2h', 7_200_000],
  ['7d', 604_800_000],
  ['500ms', 500],
  ['1h30m', 5_400_000],
  ['0s', 0],
])('%s is %d ms, and is written back as itself or shorter', (text, ms) => {
  expect(parseDuration(text)).toBe(ms)
  expect(parseDuration(formatDuration(ms))).toBe(ms)
})

test.each(['', '30', '1.5h', '-1s', '1 h', '2w', 'h', '1h-', '9999999999d'])('%j is no duration', (text) => {
  expect(parseDuration(text)).toBeUndefined()
})

test('durations are written short', () => {
  expect([0, 1, 90_000, 86_400_000, 5_400_000].map(formatDuration)).toEqual(['0s', '1ms', '1m30s', '1d', '1h30m'])
})

test.each([
  ['enviroment', 'environment'],
  ['migarte', 'migrate'],
  ['ENVIRONMENT', 'environment'],
  ['--dry-rn', '--dry-run'],
  ['xyz', undefined],
  ['', undefined],
])('%j means %p', (word, meant) => {
  expect(closest(word, ['migrate', 'environment', '--dry-run', '--yes', 'list'])).toBe(meant)
})

describe('what looks like a secret', () => {
  // Made of parts, so that no scanner takes this file for a leak.
  const secrets = [
    'postgres://app:hunter2@db/app',
    ['AKIA', 'ABCDEFGHIJKLMNOP'].join(''),
    ['sk', 'live', 'abc123'].join('_'),
    ['ghp', 'abcdefghijklmnop'].join('_'),
    ['hvs', 'abcdefghijklmnop'].join('.'),
    ['eyJhbGciOi', 'eyJzdWIiOi', 'sig'].join('.'),
    ['-----BEGIN RSA', 'PRIVATE KEY-----'].join(' '),
    ['AGE-SECRET', 'KEY-1ABC'].join('-'),
    'x7Kp2Qz9Lm4Rt8Wv3Yb6',
    '0123456789abcdef0123456789abcdef',
  ]
  test.each(secrets)('%s', (text) => expect(secretLook(text)).toEqual(expect.any(String)))

  const plain = [
    'aws',
    'backend/.env',
    'alias/vibebox',
    'arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab',
    'projects/p/locations/global/keyRings/r/cryptoKeys/k',
    's3://vibebox-secrets-backup/production/',
    'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p',
    'https://vibebox-production.vault.azure.net/',
    '${secret:database-admin-url}',
    'postgres://app:${secret:database-password|urlencode}@db/app',
    'secret://database-url@3#password',
    'deployment/vibebox-backend',
    'PostgreSQL auth for the VibeBox application, rotated monthly',
    'DATABASE_URL',
    'node scripts/reencrypt.js',
    'productionEnvironmentForEuropeAndAsia2',
  ]
  test.each(plain)('%s does not', (text) => expect(secretLook(text)).toBeUndefined())
})
