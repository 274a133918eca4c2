import { createHmac, scrypt, timingSafeEqual } from 'node:crypto'
import { dirname } from 'node:path'
import { Failure } from '../core/failure.js'
import type { Random } from '../core/ports.js'
import type { SecretValue } from '../core/secret.js'
import { createFile, makeFolder, readBytes } from './files.js'
import { KEY_BYTES } from './key-file.js'
import type { RootKey } from './keys.js'

export interface PassphraseOptions {
  readonly passphrase: () => Promise<SecretValue>
  readonly saltFile: string
  readonly create: boolean
}

/** What the salt file says. The check tells a wrong passphrase from a damaged store; it is a keyed digest. */
interface Salt {
  readonly N: number
  readonly r: number
  readonly p: number
  readonly salt: Uint8Array
  readonly check: Uint8Array
}

const COST = { N: 2 ** 17, r: 8, p: 1 }
/** A salt file that asks for more would stop the machine rather than open a key. */
const MAX_MEMORY = 1024 ** 3

/** The key of a passphrase: scrypt with the salt and cost of the salt file, which is made on first use. */
export async function keyFromPassphrase(options: PassphraseOptions, random: Random): Promise<RootKey> {
  const there = await readBytes(options.saltFile, { limit: 4096 })
  if (there === undefined && !options.create) throw missing(options.saltFile)
  const passphrase = await options.passphrase()
  if (passphrase.byteLength === 0) throw new Failure('KEY_WRONG', { why: 'the passphrase is empty' })
  const key = there === undefined ? await makeSalt(passphrase, options.saltFile, random) : undefined
  return { key: key ?? (await opened(passphrase, there, options.saltFile)), source: 'passphrase' }
}

/** `undefined` when somebody else's first use came first: then their salt holds. */
async function makeSalt(passphrase: SecretValue, path: string, random: Random): Promise<Uint8Array | undefined> {
  const salt = random(32)
  const key = await stretch(passphrase, { ...COST, salt })
  const text = { format: 1, kdf: 'scrypt', ...COST, salt: base64(salt), check: base64(checkOf(key)) }
  await makeFolder(dirname(path))
  const made = await createFile(path, Buffer.from(`${JSON.stringify(text)}\n`), { mode: 0o600 })
  return made ? key : undefined
}

async function opened(passphrase: SecretValue, there: Uint8Array | undefined, path: string): Promise<Uint8Array> {
  const bytes = there ?? (await readBytes(path, { limit: 4096 }))
  if (bytes === undefined) throw missing(path)
  const salt = parse(bytes, path)
  const key = await stretch(passphrase, salt)
  if (timingSafeEqual(checkOf(key), salt.check)) return key
  throw new Failure('KEY_WRONG', { target: path, why: 'the passphrase is not the one that this store was made with' })
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

function checkOf(key: Uint8Array): Uint8Array {
  return createHmac('sha256', key).update('vibesecrets/1/passphrase check').digest()
}

function stretch(passphrase: SecretValue, { N, r, p, salt }: Omit<Salt, 'check'>): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, key: Uint8Array): void => (error === null ? resolve(key) : reject(error))
    scrypt(passphrase.revealBytes(), salt, KEY_BYTES, { N, r, p, maxmem: MAX_MEMORY + 1024 ** 2 }, done)
  })
}

function parse(bytes: Uint8Array, path: string): Salt {
  const fields = parseFields(bytes, path)
  if (typeof fields['format'] === 'number' && fields['format'] > 1) {
    throw new Failure('FORMAT_NEWER', { target: path, why: `its format is ${fields['format']}, this program knows 1` })
  }
  const [N, r, p] = [count(fields['N']), count(fields['r']), count(fields['p'])]
  const [salt, check] = [binary(fields['salt']), binary(fields['check'])]
  const isPower = Number.isInteger(Math.log2(N))
  const fits = N > 1 && isPower && r > 0 && p > 0 && p <= 16 && 128 * N * r <= MAX_MEMORY
  if (fields['format'] !== 1 || fields['kdf'] !== 'scrypt' || !fits || salt.length < 16 || check.length !== 32) {
    throw damaged(path)
  }
  return { N, r, p, salt, check }
}

function parseFields(bytes: Uint8Array, path: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'))
    if (typeof value === 'object' && value !== null) return { ...value }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw damaged(path)
}

const count = (value: unknown): number => (Number.isSafeInteger(value) ? Number(value) : 0)
const binary = (value: unknown): Uint8Array => Buffer.from(typeof value === 'string' ? value : '', 'base64')

const damaged = (target: string): Failure =>
  new Failure('DAMAGED', { doing: 'opening the passphrase salt', target, why: 'it is not a salt file of this program' })

function missing(target: string): Failure {
  const hints = [{ what: `put ${target} back from a backup: without it the passphrase opens nothing` }]
  return new Failure('KEY_MISSING', { target, why: 'there is no salt file for the passphrase', hints })
}
