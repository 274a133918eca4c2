import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { type Classified, classify, type Kind, type Rules } from '../../../src/dotenv/classify/index.js'

interface Fact {
  key: string
  value: string
  kind: Kind
  from: string
  others?: { key: string; value: string }[]
}
const path = new URL('../../../fixtures/dotenv/names.json', import.meta.url)
const { facts } = JSON.parse(readFileSync(path, 'utf8')) as { facts: Fact[] }

function kindOf(fact: Pick<Fact, 'key' | 'value' | 'others'>, rules?: Rules): Classified {
  return classify([fact, ...(fact.others ?? [])], rules)[0]!
}
function check(key: string, value: string, kind: Kind, reason: string, others: Fact['others'] = []): void {
  expect(kindOf({ key, value, others })).toEqual({ key, kind, reason })
}

describe('the labelled list of env names', () => {
  const judged = facts.map((fact) => ({ ...fact, got: kindOf(fact) }))
  const count = (test: (fact: (typeof judged)[number]) => boolean) => judged.filter(test).length
  const wrong = judged.filter((fact) => fact.got.kind !== fact.kind)
  const named = wrong.map((fact) => `${fact.key} is ${fact.kind}, judged ${fact.got.kind}: ${fact.got.reason}`)

  test('precision is at least 95 % and recall at least 98 %', () => {
    const hits = count((fact) => fact.got.kind === 'secret' && fact.kind === 'secret')
    const precision = hits / count((fact) => fact.got.kind === 'secret')
    const recall = hits / count((fact) => fact.kind === 'secret')
    const percent = (share: number) => `${(100 * share).toFixed(1)} %`
    const figures = `${facts.length} names: precision ${percent(precision)}, recall ${percent(recall)}`
    process.stderr.write([figures, ...named, ''].join('\n'))
    expect(precision).toBeGreaterThanOrEqual(0.95)
    expect(recall).toBeGreaterThanOrEqual(0.98)
  })

  test('references and empty values are told from everything else, always', () => {
    expect(wrong.filter((fact) => fact.kind === 'reference' || fact.kind === 'empty')).toEqual([])
  })

  test('a reason never holds the value', () => {
    const leaks = judged.filter((fact) => fact.value.length > 5 && fact.got.reason.includes(fact.value))
    expect(leaks).toEqual([])
  })
})

describe('reasons', () => {
  const rows: [string, string, Kind, string, Fact['others']?][] = [
    ['PORT', '3000', 'plain', 'plain config: a number'],
    ['APP_DEBUG', 'true', 'plain', 'plain config: a switch'],
    ['MAIL_PASSWORD', 'null', 'plain', 'plain config: a word for nothing'],
    ['APP_URL', 'https://example.com', 'plain', 'plain config: URL without credentials'],
    ['SSL_KEY', '/etc/ssl/server.key', 'plain', 'plain config: a file path'],
    ['JWT_SECRET', 'x', 'secret', 'name ends in SECRET'],
    ['JWT_SECRET_OLD', 'x', 'secret', 'name ends in SECRET'],
    ['DATABASE_URL', 'postgres://u:p@h/d', 'secret', 'credentials in the URL'],
    ['NODE', 'https://example.com/?api_key=abc', 'secret', 'credentials in its query'],
    ['DB', 'Server=h;Password=p', 'secret', 'credentials in the connection string'],
    ['CRED_FILE', '{"client_secret":"x"}', 'secret', 'credentials in JSON'],
    ['LOGIN_FILE', '-----BEGIN RSA PRIVATE KEY-----\nx', 'secret', 'a private key'],
    ['HOOKS', 'https://hooks.slack.com/services/A/B/C', 'secret', 'a URL that is itself a key'],
    ['VITE_KEY', 'x', 'plain', 'public by its prefix VITE_'],
    ['STRIPE_PUBLIC_KEY', 'x', 'plain', 'a public key'],
    ['JWT_SECRET', '${secret:jwt-secret}', 'reference', 'already a reference'],
    ['JWT_SECRET', 'secret://jwt-secret', 'reference', 'already a reference'],
    ['JWT_SECRET', '${secret:jwt', 'reference', 'already a reference'],
    ['JWT_SECRET', '$${secret:jwt}', 'secret', 'name ends in SECRET'],
    ['API_KEY', '${env:EXTERNAL}', 'reference', 'already a reference'],
    ['URL', 'pg://u:literal@${env:HOST}/d', 'reference', 'a reference, but beside credentials: split it'],
    ['URL', 'pg://u:${DB_PASS}@h/d', 'reference', 'refers to DB_PASS', [{ key: 'DB_PASS', value: 'x' }]],
    ['URL', 'pg://u:${DB_PASS}@h/d', 'reference', 'refers to a variable'],
    ['JWT_SECRET', '', 'empty', 'no value'],
    [
      'AWS_ACCESS_KEY_ID',
      'x',
      'secret',
      'goes with AWS_SECRET_ACCESS_KEY',
      [{ key: 'AWS_SECRET_ACCESS_KEY', value: 'y' }],
    ],
  ]
  for (const row of rows) {
    const [key, value, kind, reason] = row
    test(`${key}=${JSON.stringify(value)} is ${kind}: ${reason}`, () => check(...row))
  }
})

describe('rules', () => {
  const kinds = (rules: Rules) => {
    const entries = { PORT: '3000', JWT_SECRET: 'x', API_URL: 'https://e.example', EMPTY: '', LINK: '${secret:a}' }
    const found = classify(
      Object.entries(entries).map(([key, value]) => ({ key, value })),
      rules,
    )
    return found.filter((one) => one.kind === 'secret').map((one) => one.key)
  }
  test('include adds, by glob and without regard to case', () => {
    expect(kinds({ include: ['port', '*_url'] })).toEqual(['PORT', 'JWT_SECRET', 'API_URL'])
  })
  test('exclude wins over include and over all', () => {
    expect(kinds({ include: ['*'], exclude: ['JWT_*'] })).toEqual(['PORT', 'API_URL'])
    expect(kinds({ all: true, exclude: ['PORT'] })).toEqual(['JWT_SECRET', 'API_URL'])
  })
  test('nothing to migrate stays so: empty values and references', () => {
    expect(kinds({ all: true, include: ['*'] })).toEqual(['PORT', 'JWT_SECRET', 'API_URL'])
  })
  test('half of a pair stays when the other half is excluded, and goes when that has gone already', () => {
    const half = { key: 'AWS_ACCESS_KEY_ID', value: 'x' }
    const other = { key: 'AWS_SECRET_ACCESS_KEY', value: 'y' }
    expect(classify([half, other], { exclude: ['*SECRET*'] })[0]?.kind).toBe('plain')
    expect(classify([half, other], { exclude: ['*_ID'] })[0]?.kind).toBe('plain')
    expect(classify([half, { ...other, value: '${secret:aws}' }])[0]?.kind).toBe('secret')
  })
  test('__proto__ and constructor are keys like others', () => {
    expect(
      classify([
        { key: '__proto__', value: 'x' },
        { key: 'constructor', value: '1' },
      ]).map((one) => one.kind),
    ).toEqual(['plain', 'plain'])
  })
})

test('hostile values of a megabyte are judged all the same', () => {
  const hostile = [
    '://a:',
    'a:@',
    '${',
    '"token":',
    ';password=',
    '?token=',
    '-----BEGIN ',
    'a/',
    'aA1',
    '[{"',
    ' \t',
    '.',
  ]
  const entries = hostile.map((piece, i) => ({
    key: `KEY_${i}X`,
    value: piece.repeat(Math.ceil(2 ** 20 / piece.length)),
  }))
  expect(classify(entries)).toHaveLength(hostile.length)
}, 30_000)
