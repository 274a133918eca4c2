import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { expect, test } from '@jest/globals'
import { parse } from 'dotenv'
import { classify } from '../../../src/dotenv/classify/index.js'

const text = readFileSync(new URL('../../../fixtures/vibebox.env', import.meta.url), 'utf8')
const values: Record<string, string> = parse(text)
const found = classify(Object.entries(values).map(([key, value]) => ({ key, value })))

test('fixtures/vibebox.env has 46 keys, which dotenv and node read alike', () => {
  expect(Object.keys(values)).toHaveLength(46)
  expect({ ...parseEnv(text) }).toEqual(values)
  expect(values['TLS_PRIVATE_KEY']?.split('\n').length).toBeGreaterThan(20)
  expect(values['ADMIN_PASSWORD_HASH']).toMatch(/^\$2b\$12\$/)
  expect(values['SESSION_SECRET']).toContain(' # ')
})

test('17 of its keys are secrets', () => {
  const secrets = found.filter((one) => one.kind === 'secret').map((one) => one.key)
  expect(secrets).toEqual([
    'DATABASE_URL',
    'REDIS_URL',
    'JWT_SECRET',
    'REFRESH_TOKEN_SECRET',
    'SESSION_SECRET',
    'ENCRYPTION_KEY',
    'ADMIN_PASSWORD_HASH',
    'SMTP_PASSWORD',
    'S3_ACCESS_KEY_ID',
    'S3_SECRET_ACCESS_KEY',
    'STRIPE_SECRET_KEY',
    'STRIPE_WEBHOOK_SECRET',
    'GITHUB_CLIENT_SECRET',
    'OPENAI_API_KEY',
    'TLS_PRIVATE_KEY',
    'SENTRY_DSN',
    'SLACK_WEBHOOK_URL',
  ])
  expect(found.filter((one) => one.kind === 'empty').map((one) => one.key)).toEqual([
    'ENCRYPTION_KEY_NEW',
    'SUPPORT_BANNER',
  ])
})
