import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto'
import type { Random } from '../../core/ports.js'
import { SecretValue } from '../../core/secret.js'

const CIPHER = 'aes-256-gcm'
const NONCE = 12
const TAG = 16

/** What a box belongs to: it opens only as this value of this name in this store. */
export interface Place {
  readonly store: string
  readonly name: string
  readonly version: number | 'pending'
}

/** The store's cryptography: boxes for values, a digest over the whole file, and a mark of the key. */
export interface Crypt {
  /** Tells a wrong key from damage; the same in every store of one key. */
  readonly mark: string
  seal(value: SecretValue, place: Place): string
  /** `undefined` when the box does not open: another key, another place or damage. */
  open(box: string, place: Place): SecretValue | undefined
  mac(bytes: Uint8Array): string
  verify(bytes: Uint8Array, mac: string): boolean
}

export function cryptOf(key: Uint8Array, random: Random): Crypt {
  const values = subkey(key, 'values')
  const index = subkey(key, 'index')
  const nonce = nonces(random)
  const mac = (bytes: Uint8Array): Uint8Array => createHmac('sha256', index).update(bytes).digest()
  return {
    mark: Buffer.from(subkey(key, 'mark')).toString('hex').slice(0, 16),
    seal: (value, place) => seal(values, value, place, nonce()),
    open: (box, place) => open(values, box, place),
    mac: (bytes) => Buffer.from(mac(bytes)).toString('hex'),
    verify: (bytes, claimed) =>
      /^[0-9a-f]{64}$/.test(claimed) && timingSafeEqual(mac(bytes), Buffer.from(claimed, 'hex')),
  }
}

const subkey = (key: Uint8Array, purpose: string): Uint8Array =>
  createHmac('sha256', key).update(`vibesecrets/local/1/${purpose}`).digest()

/** Drawn many at a time: ten thousand single draws take as long as the encryption. */
function nonces(random: Random): () => Uint8Array {
  let drawn = new Uint8Array()
  let used = 0
  return () => {
    if (used === drawn.byteLength) {
      drawn = Uint8Array.from(random(64 * NONCE))
      used = 0
    }
    used += NONCE
    return drawn.subarray(used - NONCE, used)
  }
}

/** JSON keeps the parts apart, whatever characters a name has. */
const bound = ({ store, name, version }: Place): Uint8Array =>
  Buffer.from(JSON.stringify(['vibesecrets/local/1', store, name, version]))

function seal(key: Uint8Array, value: SecretValue, place: Place, nonce: Uint8Array): string {
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG }).setAAD(bound(place))
  const sealed = Buffer.concat([cipher.update(value.revealBytes()), cipher.final()])
  return Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString('base64')
}

function open(key: Uint8Array, box: string, place: Place): SecretValue | undefined {
  const bytes = Buffer.from(box, 'base64')
  if (bytes.byteLength < NONCE + TAG || bytes.toString('base64') !== box) return undefined
  const cipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE), { authTagLength: TAG })
  cipher.setAAD(bound(place)).setAuthTag(bytes.subarray(bytes.byteLength - TAG))
  // Nothing of it is used before `final` has proved the whole of it.
  const opened = cipher.update(bytes.subarray(NONCE, bytes.byteLength - TAG))
  return proved(cipher) ? SecretValue.fromBytes(opened) : undefined
}

function proved(cipher: { final(): Uint8Array }): boolean {
  try {
    cipher.final()
    return true
  } catch {
    // Node has one untyped error for this, and nothing else can fail here: the tag does not fit.
    return false
  }
}
