import { types } from 'node:util'
import type { Identity } from 'age-encryption'
import { Failure } from '../core/failure.js'
import type { Random } from '../core/ports.js'
import type { SecretValue } from '../core/secret.js'
import { ARMOR, type Head, MAGIC, notAge, peekHead, startOf } from './age-head.js'
import { scryptIdentity, scryptRecipient } from './age-scrypt.js'
import { damaged, hostile } from './lines.js'

/** Who can open a backup. */
export type Recipients = { readonly recipients: readonly string[] } | { readonly passphrase: SecretValue }

/** What opens one. The passphrase is asked for only when a file wants it. */
export interface AgeKeys {
  /** `AGE-SECRET-KEY-1…`, one each. */
  readonly identities: readonly SecretValue[]
  readonly passphrase?: () => Promise<SecretValue | undefined>
}

export interface Sealed {
  readonly bytes: AsyncIterable<Uint8Array>
  /** Opens this one file, so that its writer can prove it without anybody's identity. */
  readonly open: (source: AsyncIterable<Uint8Array>) => Promise<AsyncIterable<Uint8Array>>
}

/** Encrypts a stream, a piece in memory at a time. */
export async function sealAge(source: AsyncIterable<Uint8Array>, to: Recipients, random: Random): Promise<Sealed> {
  const age = await import('age-encryption')
  const encrypter = new age.Encrypter()
  let fileKey = new Uint8Array()
  // adds no recipient to the file: it only learns the key of this one file, which ends with the process
  const listener = {
    wrapFileKey(key: Uint8Array) {
      fileKey = new Uint8Array(key)
      return []
    },
  }
  if ('passphrase' in to) encrypter.addRecipient(scryptRecipient(to.passphrase, age.Stanza, random))
  else for (const each of to.recipients) encrypter.addRecipient(each)
  encrypter.addRecipient(listener)
  const { tap, failure } = tapped(source)
  const sealed = await encrypter.encrypt(ReadableStream.from(tap) as ReadableStream<Uint8Array>)
  return {
    bytes: checked(sealed, failure, (error) => error),
    open: async (file) => await decrypted(await peekHead(file), [{ unwrapFileKey: () => fileKey }]),
  }
}

/**
 * Opens an age file. Throws KEY_MISSING, KEY_WRONG, DAMAGED, or INPUT_INVALID for one that is made to hurt. What comes
 * out is authentic piece by piece, and is whole only when the stream has ended without a failure.
 */
export async function openAge(source: AsyncIterable<Uint8Array>, keys: AgeKeys): Promise<AsyncIterable<Uint8Array>> {
  const head = await peekHead(await unarmored(source))
  if (!head.kinds.includes('scrypt')) {
    if (keys.identities.length === 0)
      throw keyMissing(
        `it is for ${head.kinds.length === 1 ? 'a key' : `${head.kinds.length} keys`}`,
        '--identity <file>',
      )
    return await decrypted(head, keys.identities)
  }
  const passphrase = await keys.passphrase?.()
  if (passphrase === undefined) throw keyMissing('it is for a passphrase', '--passphrase')
  return await decrypted(head, [scryptIdentity(passphrase)])
}

const keyMissing = (why: string, option: string): Failure =>
  new Failure('KEY_MISSING', {
    doing: 'opening the backup',
    why: `${why}, and none was given`,
    hints: [{ what: `name it with ${option}` }],
  })

async function decrypted(
  { rest, kinds }: Head,
  identities: readonly (SecretValue | Identity)[],
): Promise<AsyncIterable<Uint8Array>> {
  const { Decrypter } = await import('age-encryption')
  const decrypter = new Decrypter()
  for (const each of identities) decrypter.addIdentity('unwrapFileKey' in each ? each : each.reveal())
  const { tap, failure } = tapped(rest)
  try {
    return checked(await decrypter.decrypt(ReadableStream.from(tap) as ReadableStream<Uint8Array>), failure, changed)
  } catch (error) {
    throw failure() ?? refusal(error, kinds.includes('scrypt'))
  }
}

/** The package tells its errors apart by text only. */
function refusal(error: unknown, isPassphrase: boolean): unknown {
  if (!types.isNativeError(error)) return error
  if (!error.message.startsWith('no identity matched')) return damaged('its header was changed')
  return new Failure('KEY_WRONG', {
    doing: 'opening the backup',
    why: isPassphrase
      ? 'the passphrase does not open it, or its header was changed'
      : 'none of the given keys opens it: it was made for others, or its header was changed',
    hints: [
      {
        what: isPassphrase ? 'try another passphrase' : 'try another identity file',
        command: `vibesecrets backup verify <file> ${isPassphrase ? '--passphrase' : '--identity <file>'}`,
      },
    ],
  })
}

const changed = (error: unknown): unknown =>
  types.isNativeError(error) ? damaged('it was changed or cut after it was written') : error

/** What the source threw, apart from what the cipher threw over it. */
function tapped(source: AsyncIterable<Uint8Array>) {
  let thrown: { readonly error: unknown } | undefined
  async function* pass(): AsyncGenerator<Uint8Array> {
    try {
      yield* source
    } catch (error) {
      thrown = { error }
      throw error
    }
  }
  return { tap: pass(), failure: () => thrown?.error }
}

async function* checked(
  stream: ReadableStream<Uint8Array>,
  failure: () => unknown,
  otherwise: (error: unknown) => unknown,
): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader()
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value
  } catch (error) {
    throw failure() ?? otherwise(error)
  } finally {
    await reader.cancel().catch(ignored)
  }
}

/** A stream that failed cannot be cancelled either; its failure has been told. */
const ignored = (): void => {}

const MAX_ARMOR = 64 * 1024 * 1024

async function unarmored(source: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const { start, rest } = await startOf(source, 64, (bytes) => bytes.byteLength >= ARMOR.length)
  if (start.subarray(0, MAGIC.length).toString('latin1') === MAGIC) return rest
  if (!start.toString('latin1').startsWith(ARMOR)) throw notAge()
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of rest) {
    length += part.byteLength
    if (length > MAX_ARMOR) throw hostile(`armour of more than ${MAX_ARMOR} bytes`)
    parts.push(part)
  }
  const { armor } = await import('age-encryption')
  try {
    return once(armor.decode(Buffer.concat(parts).toString('latin1')))
  } catch (error) {
    throw changed(error)
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** Whether bytes begin as an age file, armoured or not. */
export const looksLikeAge = (start: Buffer): boolean => {
  const text = start.subarray(0, 64).toString('latin1')
  return text.startsWith(MAGIC) || text.startsWith(ARMOR)
}
