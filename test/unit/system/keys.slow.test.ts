import { createHmac, scryptSync } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { SecretValue } from '../../../src/core/secret.js'
import type { KeyringLoader } from '../../../src/system/keyring.js'
import { type KeyOptions, openKeys, type Purpose, passingKeys } from '../../../src/system/keys.js'
import { systemRandom } from '../../../src/system/random.js'
import { tempFolder } from '../../support/temp.js'

const purposes: readonly Purpose[] = ['store', 'bundle', 'fingerprint', 'audit']

function setup() {
  const folder = tempFolder()
  const configHome = join(folder, 'config', 'vibesecrets')
  const saltFile = join(folder, 'state', 'key.salt')
  const open = (options: Partial<KeyOptions> = {}) => openKeys({ configHome, saltFile, ...options }, systemRandom)
  return { folder, keyPath: join(configHome, 'key'), saltFile, open }
}

const passphrase = (text: string) => ({ passphrase: async () => SecretValue.fromText(text) })

describe('the key file', () => {
  test('is made on first use, for the owner only, and found again', async () => {
    const { keyPath, open } = setup()
    const first = await open()
    const again = await open({ create: false })
    expect(first.source).toBe(keyPath)
    expect(purposes.map((purpose) => again.key(purpose))).toEqual(purposes.map((purpose) => first.key(purpose)))
    expect((statSync(keyPath).mode & 0o777).toString(8)).toBe('600')
    expect((statSync(join(keyPath, '..')).mode & 0o777).toString(8)).toBe('700')
  })

  test('each purpose has another key of 32 bytes, none of them the file', async () => {
    const { keyPath, open } = setup()
    const keys = await open()
    const all = [...purposes.map((purpose) => keys.key(purpose)), new Uint8Array(readFileSync(keyPath))]
    expect(all.map((key) => key.length)).toEqual([32, 32, 32, 32, 32])
    expect(new Set(all.map((key) => Buffer.from(key).toString('hex'))).size).toBe(5)
  })

  test('the derivation is pinned: HKDF-SHA-256 with the purpose as info', async () => {
    const { folder, open } = setup()
    writeFileSync(join(folder, 'fixed'), Buffer.alloc(32, 1), { mode: 0o600 })
    const { key } = await open({ keyFile: join(folder, 'fixed') })
    expect(Buffer.from(key('store')).toString('hex')).toBe(
      '94884169dbf08ef23d32f48ec5cdc1221dab0ec26bdbc145f792bb7d6baa916b',
    )
  })

  test('with create: false nothing is written and a missing key says what to do', async () => {
    const { folder, open } = setup()
    await expect(open({ create: false })).rejects.toMatchObject({ code: 'KEY_MISSING' })
    expect(readdirSync(folder)).toEqual([])
  })

  test('two first uses at once end with one key', async () => {
    const { open } = setup()
    const opened = await Promise.all([open(), open(), open(), open()])
    expect(new Set(opened.map((keys) => Buffer.from(keys.key('store')).toString('hex'))).size).toBe(1)
  })

  test('a file that the operator names is made in a folder that is there, and the default one is not', async () => {
    const { folder, keyPath, open } = setup()
    expect((await open({ keyFile: join(folder, 'mine') })).source).toBe(join(folder, 'mine'))
    await expect(open({ keyFile: join(folder, 'none', 'mine') })).rejects.toMatchObject({ code: 'IO' })
    expect(existsSync(keyPath)).toBe(false)
  })

  function write(path: string, size: number, mode = 0o600, uid = process.getuid?.() ?? 0): void {
    writeFileSync(path, Buffer.alloc(size))
    chmodSync(path, mode)
    chownSync(path, uid, -1)
  }
  const unfit: [string, string, (path: string) => void][] = [
    ['open to the group', 'INSECURE', (path) => write(path, 32, 0o640)],
    ['open to others', 'INSECURE', (path) => write(path, 32, 0o604)],
    ['too short', 'DAMAGED', (path) => write(path, 31)],
    ['empty', 'DAMAGED', (path) => write(path, 0)],
    ['far too long', 'DAMAGED', (path) => write(path, 100)],
    ['a folder', 'DAMAGED', (path) => mkdirSync(path, { mode: 0o700 })],
  ]
  if (process.getuid?.() === 0) unfit.push(['another user’s', 'INSECURE', (path) => write(path, 32, 0o600, 1234)])
  test.each(unfit)('one that is %s is refused and never replaced', async (_, code, make) => {
    const { keyPath, open } = setup()
    mkdirSync(join(keyPath, '..'), { recursive: true })
    make(keyPath)
    const before = statSync(keyPath)
    await expect(open()).rejects.toMatchObject({ code, details: { target: keyPath } })
    expect([statSync(keyPath).ino, statSync(keyPath).mtimeMs]).toEqual([before.ino, before.mtimeMs])
  })
})

describe('the passphrase', () => {
  /** A salt file of the same form as the program's, and cheap. */
  function plantSalt(path: string, text: string): void {
    const salt = Buffer.alloc(32, 9)
    const key = scryptSync(text, salt, 32, { N: 2, r: 8, p: 1 })
    const check = createHmac('sha256', key).update('vibesecrets/1/passphrase check').digest('base64')
    mkdirSync(join(path, '..'), { recursive: true })
    const fields = { format: 1, kdf: 'scrypt', N: 2, r: 8, p: 1, salt: salt.toString('base64'), check }
    writeFileSync(path, JSON.stringify(fields))
  }

  test('opens the same key again with the salt file that it made', async () => {
    const { saltFile, open, keyPath } = setup()
    const first = await open(passphrase('correct horse'))
    expect(first.source).toBe('passphrase')
    expect(JSON.parse(readFileSync(saltFile, 'utf8'))).toMatchObject({
      format: 1,
      kdf: 'scrypt',
      N: 131072,
      r: 8,
      p: 1,
    })
    expect((statSync(saltFile).mode & 0o777).toString(8)).toBe('600')
    expect((await open({ ...passphrase('correct horse'), create: false })).key('store')).toEqual(first.key('store'))
    expect(existsSync(keyPath)).toBe(false)
  })

  test('another passphrase is KEY_WRONG and changes nothing', async () => {
    const { saltFile, open } = setup()
    plantSalt(saltFile, 'correct horse')
    const before = readFileSync(saltFile, 'utf8')
    await open(passphrase('correct horse'))
    await expect(open(passphrase('battery staple'))).rejects.toMatchObject({ code: 'KEY_WRONG' })
    expect(readFileSync(saltFile, 'utf8')).toBe(before)
  })

  test('comes from the first line of a file, whatever ends it', async () => {
    const { folder, saltFile, open } = setup()
    plantSalt(saltFile, 'word ')
    for (const content of ['word \nmore', 'word \r\n', 'word ']) {
      writeFileSync(join(folder, 'phrase'), content)
      await open({ passphraseFile: join(folder, 'phrase') })
    }
    await expect(open({ passphraseFile: join(folder, 'none') })).rejects.toMatchObject({ code: 'KEY_MISSING' })
  })

  test('without a salt file and with create: false nothing is asked or written', async () => {
    const { folder, open } = setup()
    const ask = () => Promise.reject(new Error('asked'))
    await expect(open({ passphrase: ask, create: false })).rejects.toMatchObject({ code: 'KEY_MISSING' })
    expect(readdirSync(folder)).toEqual([])
  })

  test('an empty one is refused', async () => {
    await expect(setup().open(passphrase(''))).rejects.toMatchObject({ code: 'KEY_WRONG' })
  })

  const good = { format: 1, kdf: 'scrypt', N: 2, r: 8, p: 1, salt: 'A'.repeat(44), check: `${'A'.repeat(43)}=` }
  test.each([
    ['not JSON', 'DAMAGED', 'nonsense'],
    ['of a newer format', 'FORMAT_NEWER', { ...good, format: 2 }],
    ['asking for more memory than a machine has', 'DAMAGED', { ...good, N: 2 ** 30 }],
    ['asking for a cost that is no power of two', 'DAMAGED', { ...good, N: 1000 }],
    ['without a check', 'DAMAGED', { ...good, check: '' }],
  ])('a salt file that is %s is refused', async (_, code, content) => {
    const { saltFile, open } = setup()
    mkdirSync(join(saltFile, '..'))
    writeFileSync(saltFile, typeof content === 'string' ? content : JSON.stringify(content))
    await expect(open(passphrase('x'))).rejects.toMatchObject({ code })
  })
})

describe('the system keyring', () => {
  function keyring(): { load: KeyringLoader; content: { secret?: Uint8Array } } {
    const content: { secret?: Uint8Array } = {}
    const entry = {
      getSecret: async () => (content.secret === undefined ? null : [...content.secret]),
      async setSecret(secret: Uint8Array) {
        content.secret = secret
      },
    }
    return { load: async () => entry, content }
  }

  test('keeps a key that is made on first use, and no file is written', async () => {
    const { folder, open } = setup()
    const { load } = keyring()
    const first = await open({ keyring: true, loadKeyring: load })
    const again = await open({ keyring: true, loadKeyring: load, create: false })
    expect([first.source, again.key('audit')]).toEqual(['system keyring', first.key('audit')])
    expect(readdirSync(folder)).toEqual([])
  })

  test('with create: false a missing entry is KEY_MISSING and nothing is put there', async () => {
    const ring = keyring()
    const opening = setup().open({ keyring: true, loadKeyring: ring.load, create: false })
    await expect(opening).rejects.toMatchObject({ code: 'KEY_MISSING' })
    expect(ring.content).toEqual({})
  })

  test('an entry that is no key is refused and kept', async () => {
    const ring = keyring()
    ring.content.secret = new Uint8Array(5)
    await expect(setup().open({ keyring: true, loadKeyring: ring.load })).rejects.toMatchObject({ code: 'DAMAGED' })
    expect(ring.content.secret).toHaveLength(5)
  })

  test('one that cannot be reached is no missing entry: nothing is made', async () => {
    const load: KeyringLoader = () => Promise.reject(new Error('locked'))
    const opening = setup().open({ keyring: true, loadKeyring: load })
    await expect(opening).rejects.toMatchObject({ code: 'KEY_MISSING', details: { target: 'system keyring' } })
  })
})

test('passing keys are random and name no source', () => {
  expect(passingKeys(systemRandom).key('store')).not.toEqual(passingKeys(systemRandom).key('store'))
  expect(passingKeys(systemRandom).source).toBe('none yet')
})
