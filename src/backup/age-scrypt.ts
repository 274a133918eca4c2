import { createCipheriv, createDecipheriv, scrypt } from 'node:crypto'
import { types } from 'node:util'
import type { Identity, Recipient, Stanza } from 'age-encryption'
import type { Random } from '../core/ports.js'
import type { SecretValue } from '../core/secret.js'

const { isNativeError } = types

/** As stock age writes it: about a second on a good machine. */
const WORK = 18
const LABEL = 'age-encryption.org/v1/scrypt'
const TAG = 16

type MakeStanza = new (args: string[], body: Uint8Array) => Stanza

/** A passphrase as recipient; the system's scrypt is faster than the package's and leaves the event loop alone. */
export function scryptRecipient(passphrase: SecretValue, make: MakeStanza, random: Random): Recipient {
  return {
    async wrapFileKey(fileKey) {
      const salt = random(16)
      const cipher = createCipheriv('chacha20-poly1305', await stretch(passphrase, salt, WORK), new Uint8Array(12), {
        authTagLength: TAG,
      })
      const body = Buffer.concat([cipher.update(fileKey), cipher.final(), cipher.getAuthTag()])
      return [new make(['scrypt', unpadded(salt), String(WORK)], new Uint8Array(body))]
    },
  }
}

/** `peekHead` has refused more work than is good. A wrong passphrase answers `null`, as the package wants it. */
export function scryptIdentity(passphrase: SecretValue): Identity {
  return {
    async unwrapFileKey([stanza]) {
      const [kind, salt = '', work = ''] = stanza?.args ?? []
      if (stanza === undefined || kind !== 'scrypt') return null
      if (stanza.args.length !== 3 || stanza.body.byteLength !== 16 + TAG) throw new RangeError('the passphrase stanza')
      const key = await stretch(passphrase, Buffer.from(salt, 'base64'), Number(work))
      return opened(stanza.body, key)
    },
  }
}

function opened(body: Uint8Array, key: Uint8Array): Uint8Array | null {
  const decipher = createDecipheriv('chacha20-poly1305', key, new Uint8Array(12), { authTagLength: TAG })
  decipher.setAuthTag(body.subarray(-TAG))
  const fileKey = decipher.update(body.subarray(0, -TAG))
  try {
    decipher.final()
    return new Uint8Array(fileKey)
  } catch (error) {
    if (isNativeError(error)) return null
    throw error
  }
}

function stretch(passphrase: SecretValue, salt: Uint8Array, work: number): Promise<Uint8Array> {
  const options = { N: 2 ** work, r: 8, p: 1, maxmem: 2 ** work * 1024 + 64 * 1024 * 1024 }
  return new Promise((resolve, reject) => {
    scrypt(passphrase.revealBytes(), Buffer.concat([Buffer.from(LABEL), salt]), 32, options, (error, key) =>
      error === null ? resolve(key) : reject(error),
    )
  })
}

const unpadded = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replaceAll('=', '')
