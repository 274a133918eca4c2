import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { cleanEnv, run } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'

const folder = tempFolder('gpg')
const GNUPGHOME = join(folder, 'gnupg')
const env = { ...cleanEnv(folder), GNUPGHOME }
const vibesecrets = (args: readonly string[], options: { stdin?: string; env?: Record<string, string> } = {}) =>
  run(args, {
    cwd: folder,
    env: { ...env, ...options.env },
    ...(options.stdin === undefined ? {} : { stdin: options.stdin }),
  })
const sh = (line: string) => execFileSync('sh', ['-c', line], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
const values: Readonly<Record<string, string>> = {
  'database-url': 'postgres://gpg',
  'tls-key': 'a\n\n',
  'a/nested': 'x',
}

beforeAll(async () => {
  mkdirSync(GNUPGHOME)
  chmodSync(GNUPGHOME, 0o700)
  sh(`gpg --batch --quiet --passphrase '' --quick-generate-key admin@vibebox.com default default never`)
  for (const [name, value] of Object.entries(values))
    await vibesecrets(['set', name, 'local', '--yes'], { stdin: value })
}, 180_000)
afterAll(() => void execFileSync('gpgconf', ['--kill', 'all'], { env }))

test('--gpg-recipient writes what the old recipe wrote: gpg and tar alone open it, to the byte', async () => {
  const { code, stdout } = await vibesecrets([
    'backup',
    'local',
    '--gpg-recipient',
    'admin@vibebox.com',
    '--out',
    'secrets-backup.tar.gz.gpg',
  ])
  expect([code, stdout.includes('decrypted by gpg and compared')]).toEqual([0, true])
  sh('mkdir out && gpg --batch --quiet --decrypt secrets-backup.tar.gz.gpg | tar xz -C out')
  expect(readFileSync(join(folder, 'out/backup-database-url.txt'), 'utf8')).toBe('postgres://gpg')
  expect(readFileSync(join(folder, 'out/backup-tls-key.txt'), 'utf8')).toBe('a\n\n')
  expect(readFileSync(join(folder, 'out/backup-a%2Fnested.txt'), 'utf8')).toBe('x')
}, 120_000)

test('and it restores, names with slashes too', async () => {
  const state = { XDG_STATE_HOME: join(folder, 'fresh') }
  expect((await vibesecrets(['restore', 'secrets-backup.tar.gz.gpg', 'local', '--yes'], { env: state })).code).toBe(0)
  for (const [name, value] of Object.entries(values))
    expect((await vibesecrets(['get', name, 'local'], { env: state })).stdout).toBe(value)
}, 120_000)

test('damage, a missing secret key and an unknown recipient are told apart', async () => {
  const bytes = readFileSync(join(folder, 'secrets-backup.tar.gz.gpg'))
  const changed = Buffer.from(bytes)
  changed[bytes.byteLength - 40] = (changed[bytes.byteLength - 40] ?? 0) ^ 1
  writeFileSync(join(folder, 'changed.tar.gz.gpg'), changed)
  expect((await vibesecrets(['restore', 'changed.tar.gz.gpg', 'local', '--dry-run'])).code).toBe(65)
  const other = join(folder, 'other')
  mkdirSync(other, { mode: 0o700 })
  expect(
    (await vibesecrets(['restore', 'secrets-backup.tar.gz.gpg', 'local', '--dry-run'], { env: { GNUPGHOME: other } }))
      .code,
  ).toBe(77)
  execFileSync('gpgconf', ['--kill', 'all'], { env: { ...env, GNUPGHOME: other } })
  const unknown = await vibesecrets(['backup', 'local', '--gpg-recipient', 'nobody@example.org', '--out', 'n.gpg'])
  expect([unknown.code, unknown.stderr.includes('no usable public key')]).toEqual([77, true])
}, 120_000)
