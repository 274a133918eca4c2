import { describe, expect, test } from '@jest/globals'
import { expands, mereReference } from '../../../src/dotenv/index.js'

function check(value: string, expected: string[] | undefined): void {
  test(`${JSON.stringify(value)} ${expected ? `refers to ${expected}` : 'holds something of its own'}`, () => {
    expect(mereReference(value)).toEqual(expected)
  })
}

describe('a value that only refers to other keys', () => {
  check('${DB_PASSWORD}', ['DB_PASSWORD'])
  check('$DB_PASSWORD', ['DB_PASSWORD'])
  check('${USER}:${PASS}', ['USER', 'PASS'])
  check('${A}${A}', ['A'])
  check('${db_password}', ['db_password'])
  check('${A:-}', ['A'])
  check('${A:?must be set}', ['A'])
  check('postgres://u:${DB_PASSWORD}@h/db', ['DB_PASSWORD'])
  check('postgres://${U}:${P}@${H}:5432/${N}?x=1', ['U', 'P', 'H', 'N'])
  check('https://${KEY}@sentry.example/4', ['KEY'])
})

describe('a value with something of its own', () => {
  check('', undefined)
  check('plain', undefined)
  check('p$ssw0rd', undefined)
  check('$ecret', undefined)
  check('$2b$10$abcdef', undefined)
  check('s3cret${A}', undefined)
  check('${A:-s3cret}', undefined)
  check('${A:+s3cret}', undefined)
  check('postgres://u:s3cret@${DB_HOST}/db', undefined)
  check('postgres://u:s3${A}@h/db', undefined)
  check('postgres://u:${A:-s3cret}@h/db', undefined)
  check('https://${HOST}/hooks/s3cret', undefined)
  check('${secret:db-password}', undefined)
  check('${{ secrets.DB }}', undefined)
  check('\\${A}', undefined)
  check('$${A}', undefined)
  check('${A', undefined)
})

test('expands() names the lines that use a key to be migrated', () => {
  const text = 'PW=s3cret\nURL=x://u:${PW}@h\nSELF=${SELF}\nB=$PW$OTHER\nC=${OTHER:-${PW}}\nD=\\$PW\nURL=y:${PW}\n'
  expect(expands(text, ['PW', 'SELF'])).toEqual([
    { key: 'B', line: 4, uses: ['PW'] },
    { key: 'URL', line: 7, uses: ['PW'] },
  ])
})
