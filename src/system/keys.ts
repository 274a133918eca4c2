import { hkdfSync } from 'node:crypto'
import { join } from 'node:path'
import { Failure } from '../core/failure.js'
import type { Random } from '../core/ports.js'
import { SecretValue } from '../core/secret.js'
import { readBytes, statFile } from './files.js'
import { keyFromFile } from './key-file.js'
import { type KeyringLoader, keyFromKeyring } from './keyring.js'
import { keyFromPassphrase } from './passphrase.js'

/** What a key is for: each purpose has its own, and none tells anything about another. */
export type Purpose = 'store' | 'bundle' | 'fingerprint' | 'audit'

/** This machine's keys, all derived from one. */
export interface Keys {
  /** 32 bytes. */
  key(purpose: Purpose): Uint8Array
  /** Where the one key is kept, for `doctor` and for messages: a path, "passphrase" or "system keyring". */
  readonly source: string
}

export interface KeyOptions {
  /** `$XDG_CONFIG_HOME/vibesecrets`: the key file's folder where `keyFile` does not say otherwise. */
  readonly configHome: string
  /** Where the passphrase's salt is kept: beside the store. */
  readonly saltFile: string
  readonly keyFile?: string
  /** Its first line is the passphrase. */
  readonly passphraseFile?: string
  readonly passphrase?: () => Promise<SecretValue>
  readonly keyring?: boolean
  /** `false`: nothing is written, and a key that is not there is KEY_MISSING. For dry runs and for stores that exist. */
  readonly create?: boolean
  /**
   * Files that an earlier key sealed. Where one of them is there, no new key is made: it could not open them, and the
   * loss of the old one would look like damage. A missing key is KEY_MISSING then.
   */
  readonly sealed?: readonly string[]
  /** Loads the keyring's package. */
  readonly loadKeyring?: KeyringLoader
}

/**
 * Opens this machine's key; a new one is made on first use. Throws KEY_MISSING where there is none and none may be
 * made, KEY_WRONG for a passphrase that is not the one of the salt file, INSECURE or DAMAGED for a key file unfit.
 */
export async function openKeys(options: KeyOptions, random: Random): Promise<Keys> {
  const { key, source } = await rootKey(options, random)
  return derived(key, source)
}

/** Keys that end with the process: for a dry run on a machine that has no key yet, whose fingerprints nobody keeps. */
export const passingKeys = (random: Random): Keys => derived(random(32), 'none yet')

export interface RootKey {
  readonly key: Uint8Array
  readonly source: string
}

async function rootKey(options: KeyOptions, random: Random): Promise<RootKey> {
  const create = (options.create ?? true) && !(await anyThere(options.sealed ?? []))
  const { keyFile, passphraseFile, saltFile, configHome } = options
  if (keyFile !== undefined) return keyFromFile({ path: keyFile, create, ownFolder: false }, random)
  const passphrase = passphraseFile === undefined ? options.passphrase : () => firstLine(passphraseFile)
  if (passphrase !== undefined) return keyFromPassphrase({ passphrase, saltFile, create }, random)
  if (options.keyring === true) return keyFromKeyring({ create, load: options.loadKeyring }, random)
  return keyFromFile({ path: join(configHome, 'key'), create, ownFolder: true }, random)
}

async function anyThere(paths: readonly string[]): Promise<boolean> {
  const facts = await Promise.all(paths.map(statFile))
  return facts.some((each) => each !== undefined)
}

/** Each is derived once: with ten thousand secrets a key is asked for tens of thousands of times. */
function derived(root: Uint8Array, source: string): Keys {
  const made = new Map<Purpose, Uint8Array>()
  const key = (purpose: Purpose): Uint8Array => {
    const known = made.get(purpose) ?? derive(root, purpose)
    made.set(purpose, known)
    return known
  }
  return { key, source }
}

const derive = (root: Uint8Array, purpose: Purpose): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', root, new Uint8Array(), `vibesecrets/1/${purpose}`, 32))

/** The first line of a file, as a passphrase. */
export async function firstLine(path: string): Promise<SecretValue> {
  const bytes = await readBytes(path, { limit: 64 * 1024 })
  if (bytes === undefined) throw new Failure('KEY_MISSING', { target: path, why: 'there is no such passphrase file' })
  const end = bytes.findIndex((byte) => byte === 10 || byte === 13)
  return SecretValue.fromBytes(end < 0 ? bytes : bytes.subarray(0, end))
}
