import { platform } from 'node:os'
import { Failure } from '../core/failure.js'
import type { Random } from '../core/ports.js'
import { KEY_BYTES } from './key-file.js'
import type { RootKey } from './keys.js'

/** The part of `@napi-rs/keyring` that is used. */
export interface KeyringEntry {
  getSecret(): Promise<ArrayLike<number> | null | undefined>
  setSecret(secret: Uint8Array): Promise<void>
}
/** Opens one entry of the system keyring. */
export type KeyringLoader = (service: string, user: string) => Promise<KeyringEntry>

const SOURCE = 'system keyring'

/** The key in the system's keyring (Keychain, Credential Manager, Secret Service). The package is optional. */
export async function keyFromKeyring(
  options: { readonly create: boolean; readonly load?: KeyringLoader | undefined },
  random: Random,
): Promise<RootKey> {
  const entry = await asking(() => (options.load ?? loadEntry)('vibesecrets', 'key'))
  const there = await read(entry)
  if (there !== undefined) return { key: there, source: SOURCE }
  if (!options.create) throw missing()
  await asking(() => entry.setSecret(random(KEY_BYTES)))
  // Two first uses at once: what stands there now is what later runs will find.
  const kept = await read(entry)
  if (kept === undefined) throw unusable('it does not keep what is put into it')
  return { key: kept, source: SOURCE }
}

async function loadEntry(service: string, user: string): Promise<KeyringEntry> {
  const { AsyncEntry } = await import('@napi-rs/keyring').catch((error: unknown) => {
    throw notInstalled(error)
  })
  // Without Secret Service the package would take the kernel's keyring, which forgets everything at the next start.
  return new AsyncEntry(service, user, platform() === 'linux' ? { linux: { store: 'secret-service' } } : {})
}

async function read(entry: KeyringEntry): Promise<Uint8Array | undefined> {
  const secret = await asking(() => entry.getSecret())
  if (secret === null || secret === undefined) return undefined
  if (secret.length !== KEY_BYTES) throw unfit(secret.length)
  return Uint8Array.from(secret)
}

/** What the keyring's own errors say may hold more than we want to show: only the cause keeps it. */
async function asking<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (error instanceof Failure) throw error
    throw unusable('it cannot be reached: is it there, and unlocked', error)
  }
}

function notInstalled(error: unknown): Failure {
  const hints = [{ what: 'install it beside vibesecrets', command: 'npm install @napi-rs/keyring' }]
  const why = 'the optional package @napi-rs/keyring is not installed or has no build for this machine'
  return new Failure('CONFIG_INVALID', { doing: 'opening the system keyring', why, hints }, { cause: error })
}

const unusable = (why: string, cause?: unknown): Failure =>
  new Failure('KEY_MISSING', { doing: 'opening the system keyring', target: SOURCE, why }, { cause })

const unfit = (length: number): Failure =>
  new Failure('DAMAGED', {
    doing: 'opening the system keyring',
    target: SOURCE,
    why: `its entry vibesecrets/key holds ${length} bytes, a key has ${KEY_BYTES}`,
  })

function missing(): Failure {
  const why = 'it has no entry vibesecrets/key'
  return unusable(why).with({ hints: [{ what: 'unlock the keyring of the user who made the store' }] })
}
