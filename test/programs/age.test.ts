import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { cleanEnv, run } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'

/** The command line around stock age and jq: both ways, for keys and passphrases. */
const values: Readonly<Record<string, string>> = {
  'database-url': 'postgres://app:pa$$word@db/app',
  'tls-key': '-----BEGIN KEY-----\r\nab\n\n',
  'a-dash': '-n',
  'key-u': 'grüße 🔑',
}
const folder = tempFolder('age')
const at = (name: string): string => join(folder, name)
const env = (home = folder) => cleanEnv(home)
const vibesecrets = (
  args: readonly string[],
  options: { stdin?: string; home?: string; env?: Record<string, string> } = {},
) =>
  run(args, {
    cwd: folder,
    env: { ...env(options.home), ...options.env },
    ...(options.stdin === undefined ? {} : { stdin: options.stdin }),
  })
const sh = (line: string): string => execFileSync('sh', ['-c', line], { cwd: folder, env: env(), encoding: 'utf8' })

let recipient = ''
beforeAll(async () => {
  for (const [name, value] of Object.entries(values))
    await vibesecrets(['set', name, 'local', '--yes'], { stdin: value })
  await vibesecrets(['set', 'a-dash', 'local', '--yes'], { stdin: '-second' })
  recipient = (await vibesecrets(['backup', 'keygen', '--output', 'key.txt'])).stdout.trim()
  await vibesecrets(['backup', 'local', '-r', recipient, '--all-versions', '--out', 'b.age'])
}, 120_000)

describe('stock age and jq', () => {
  test('list a backup', () => {
    const lines = sh(`age --decrypt -i key.txt b.age | jq -r 'select(.name) | [.name, .version, .current] | @tsv'`)
    expect(lines.trim().split('\n')).toEqual([
      'a-dash\t1\tfalse',
      'a-dash\t2\ttrue',
      'database-url\t1\ttrue',
      'key-u\t1\ttrue',
      'tls-key\t1\ttrue',
    ])
  })
  test('give back each value, to the byte', () => {
    for (const [name, value] of Object.entries({ ...values, 'a-dash': '-second' }))
      expect(sh(`age --decrypt -i key.txt b.age | jq -j 'select(.name == "${name}" and .current) | .value'`)).toBe(
        value,
      )
  })
  test('check the digest of the whole', () => {
    const digest = sh('age --decrypt -i key.txt b.age | head -n -1 | sha256sum').split(' ')[0]
    expect(sh('age --decrypt -i key.txt b.age | tail -n 1 | jq -r .digest').trim()).toBe(digest)
  })
  test('an identity that age-keygen made works here, and ours works there', async () => {
    const theirs =
      sh('age-keygen -o stock.txt 2>&1 >/dev/null; age-keygen -y stock.txt').trim().split('\n').at(-1) ?? ''
    expect((await vibesecrets(['backup', 'local', '-r', theirs, '--out', 'theirs.age'])).code).toBe(0)
    expect((await vibesecrets(['backup', 'verify', 'theirs.age', '--identity', 'stock.txt'])).code).toBe(0)
    expect(sh('age-keygen -y key.txt').trim()).toBe(recipient)
  }, 60_000)
})

describe('a file made by stock age', () => {
  test.each([
    ['', 'stock.age'],
    ['-a ', 'armored.age'],
  ])(
    '%j restores, every version of it',
    async (option, name) => {
      sh(`age --decrypt -i key.txt b.age | age ${option}-r ${recipient} -o ${name}`)
      const home = at(`home-${name}`)
      mkdirSync(home)
      const restored = await vibesecrets(
        ['restore', name, 'local', '--identity', 'key.txt', '--all-versions', '--yes'],
        { home },
      )
      expect([restored.code, restored.stderr]).toEqual([0, ''])
      for (const [key, value] of Object.entries({ ...values, 'a-dash': '-second' }))
        expect((await vibesecrets(['get', key, 'local'], { home })).stdout).toBe(value)
      expect((await vibesecrets(['get', 'a-dash', 'local', '--secret-version', '1'], { home })).stdout).toBe('-n')
    },
    120_000,
  )
  test('of anything else is decrypted to the byte', async () => {
    writeFileSync(at('any.bin'), Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * 7) & 255)))
    sh(`age -r ${recipient} -o any.age any.bin`)
    expect(
      (await vibesecrets(['backup', 'decrypt', 'any.age', '--identity', 'key.txt', '--output', 'any.out'])).code,
    ).toBe(0)
    expect(readFileSync(at('any.out')).equals(readFileSync(at('any.bin')))).toBe(true)
    expect((await vibesecrets(['restore', 'any.age', 'local', '--identity', 'key.txt'])).code).toBe(65)
  }, 60_000)
  test('for a passphrase is a scrypt file that stock age would open, and the golden one opens here', async () => {
    await vibesecrets(['backup', 'local', '--passphrase', '--out', 'p.age'], {
      env: { VIBESECRETS_PASSPHRASE: 'correct horse' },
    })
    expect(readFileSync(at('p.age')).toString('latin1')).toMatch(
      /^age-encryption.org\/v1\n-> scrypt [A-Za-z0-9+/]{22} 18\n[A-Za-z0-9+/]{43}\n--- /,
    )
    // age itself asks on a terminal only: util-linux's script gives it one
    const said = sh(
      `(sleep 1; echo 'correct horse') | script -qec 'age --decrypt -o p.out p.age' /dev/null || true; jq -r 'select(.name) | .name' p.out | head -1`,
    )
    expect(said.trim()).toMatch(/a-dash$/)
    const golden = ['backup', 'verify', resolve('fixtures/backup/v1/passphrase.age'), '--passphrase']
    expect((await vibesecrets(golden, { stdin: 'correct horse battery staple\n' })).code).toBe(0)
    expect((await vibesecrets(golden, { stdin: 'wrong horse\n' })).code).toBe(77)
  }, 120_000)
})

test('500 random flips of a large backup are refused by the command line, with no write and no file', async () => {
  const home = at('home-large')
  mkdirSync(home)
  const lines = Array.from({ length: 300 }, (_, i) => `K${String(i).padStart(3, '0')}=${'v'.repeat(900)}${i}`)
  writeFileSync(at('large.env'), `${lines.join('\n')}\n`)
  await vibesecrets(['migrate', 'local', '--env-file', 'large.env', '--all', '--no-rewrite', '--yes'], { home })
  await vibesecrets(['backup', 'local', '-r', recipient, '--out', 'large.age'], { home })
  const file = readFileSync(at('large.age'))
  expect(file.byteLength).toBeGreaterThan(200_000)
  const empty = at('home-empty')
  mkdirSync(empty)
  const codes = new Set<number>()
  let seed = 12345
  for (let round = 0; round < 500; round += 4) {
    const batch = Array.from({ length: 4 }, (_, lane) => {
      seed = (seed * 1103515245 + 12345) % 2147483648
      const bad = Buffer.from(file)
      const bit = seed % (file.byteLength * 8)
      bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      writeFileSync(at(`bad-${lane}.age`), bad)
      const args =
        lane % 2 === 0
          ? ['restore', `bad-${lane}.age`, 'local', '--identity', 'key.txt', '--yes']
          : ['backup', 'decrypt', `bad-${lane}.age`, '--identity', 'key.txt', '--output', 'leak.out']
      return vibesecrets(args, { home: empty })
    })
    for (const { code } of await Promise.all(batch)) codes.add(code)
  }
  expect([...codes].filter((code) => code !== 65 && code !== 77)).toEqual([])
  expect(readdirSync(folder).filter((name) => name.includes('leak') || name.endsWith('.tmp'))).toEqual([])
  expect((await vibesecrets(['list', 'local', '--json'], { home: empty })).stdout).toContain('"items":[]')
}, 900_000)

test('the JSON of each command is as its schema says', async () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['backup', ['backup', 'local', '-r', recipient, '--out', 'j/', '--json']],
    ['backup', ['backup', 'local', '-r', recipient, '--out', 'j/', '--json', '--dry-run']],
    ['backup-list', ['backup', 'list', 'j', '--json']],
    ['backup-verify', ['backup', 'verify', 'j', '--identity', 'key.txt', '--json']],
    ['backup-prune', ['backup', 'prune', 'j', '--keep-last', '1', '--json', '--dry-run']],
    ['backup-keygen', ['backup', 'keygen', '--output', 'j.txt', '--json']],
    ['restore', ['restore', 'j', 'local', '--identity', 'key.txt', '--json']],
    ['restore-drill', ['restore', 'j', '--drill', '--identity', 'key.txt', '--json']],
    ['backup-list', ['backup', 'list', 'j', '--json']],
  ]
  for (const [schema, args] of cases) {
    const { stdout, code } = await vibesecrets(args)
    const check = ajv.compile(JSON.parse(readFileSync(`schemas/${schema}.schema.json`, 'utf8')) as object)
    ajv.removeSchema()
    expect([args.join(' '), code, check(JSON.parse(stdout)), check.errors]).toEqual([args.join(' '), 0, true, null])
  }
}, 120_000)
