import { createCipheriv, createDecipheriv, createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { Failure } from '../core/failure.js'
import type { Random } from '../core/ports.js'
import { SecretValue } from '../core/secret.js'

/** The values of a run: those that it writes, and those that it replaces. */
export interface Bundle {
  readonly new: ReadonlyMap<string, SecretValue>
  readonly old: ReadonlyMap<string, SecretValue>
}

const MAGIC = Buffer.from('vibesecrets bundle\n')
const FORMAT = 1
const SALT = 16
const CHECK = 16
const NONCE = 12
const TAG = 16
const DIGEST = 32
const HEADER = MAGIC.byteLength + 1 + SALT + CHECK + NONCE

/** Seals the values of `run` under `key` (32 bytes). FORMAT.md describes the bytes. */
export function sealBundle(key: Uint8Array, run: string, bundle: Bundle, random: Random): Uint8Array {
  const salt = random(SALT)
  const nonce = random(NONCE)
  const header = Buffer.concat([MAGIC, Buffer.of(FORMAT), salt, checkOf(key, salt), nonce])
  const cipher = createCipheriv('aes-256-gcm', bundleKey(key, salt), nonce).setAAD(associated(header, run))
  const sealed = Buffer.concat([header, cipher.update(encode(bundle)), cipher.final(), cipher.getAuthTag()])
  return Buffer.concat([sealed, digest(sealed)])
}

/** Throws KEY_WRONG, DAMAGED (also for the bundle of another run) or FORMAT_NEWER. */
export function openBundle(key: Uint8Array, run: string, bytes: Uint8Array): Bundle {
  const { header, salt, check, nonce, sealed, tag } = split(Buffer.from(bytes))
  if (!timingSafeEqual(check, checkOf(key, salt))) throw new Failure('KEY_WRONG', { doing })
  const decipher = createDecipheriv('aes-256-gcm', bundleKey(key, salt), nonce).setAAD(associated(header, run))
  decipher.setAuthTag(tag)
  try {
    return decode(Buffer.concat([decipher.update(sealed), decipher.final()]))
  } catch (error) {
    throw new Failure('DAMAGED', { doing, why: `it is not the bundle of run ${run}` }, { cause: error })
  }
}

const doing = 'opening the saved values of a run'

/** The digest at the end tells damage from a wrong key; the seal alone decides what is true. */
function split(bytes: Buffer) {
  const magic = bytes.subarray(0, MAGIC.byteLength)
  if (!magic.equals(MAGIC)) throw new Failure('DAMAGED', { doing, why: 'it is not a bundle' })
  const format = bytes[MAGIC.byteLength] ?? 0
  if (format > FORMAT) throw new Failure('FORMAT_NEWER', { doing, why: `format ${format} is of a newer version` })
  const body = bytes.subarray(0, Math.max(0, bytes.byteLength - DIGEST))
  const whole = body.byteLength >= HEADER + TAG && digest(body).equals(bytes.subarray(body.byteLength))
  if (!whole || format !== FORMAT) throw new Failure('DAMAGED', { doing, why: 'its checksum does not fit' })
  const salt = body.subarray(MAGIC.byteLength + 1, MAGIC.byteLength + 1 + SALT)
  const check = body.subarray(HEADER - NONCE - CHECK, HEADER - NONCE)
  const tag = body.subarray(body.byteLength - TAG)
  const sealed = body.subarray(HEADER, body.byteLength - TAG)
  return { header: body.subarray(0, HEADER), salt, check, nonce: body.subarray(HEADER - NONCE, HEADER), sealed, tag }
}

/** A key for one bundle, so that no two bundles share key and nonce. */
const bundleKey = (key: Uint8Array, salt: Uint8Array): Buffer =>
  createHmac('sha256', key).update('vibesecrets bundle 1 key').update(salt).digest()

const checkOf = (key: Uint8Array, salt: Uint8Array): Buffer =>
  createHmac('sha256', key).update('vibesecrets bundle 1 check').update(salt).digest().subarray(0, CHECK)

const associated = (header: Uint8Array, run: string): Buffer => Buffer.concat([header, Buffer.from(run)])

const digest = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest()

const SIDES = ['new', 'old'] as const

function encode(bundle: Bundle): Buffer {
  const entries = SIDES.flatMap((side, mark) => [...bundle[side]].map(([entry, value]) => ({ mark, entry, value })))
  return Buffer.concat(
    entries.flatMap(({ mark, entry, value }) => [
      Buffer.of(mark),
      ...sized(Buffer.from(entry)),
      ...sized(value.revealBytes()),
    ]),
  )
}

function sized(bytes: Uint8Array): readonly Uint8Array[] {
  const size = Buffer.alloc(4)
  size.writeUInt32BE(bytes.byteLength)
  return [size, bytes]
}

function decode(bytes: Buffer): Bundle {
  const bundle = { new: new Map<string, SecretValue>(), old: new Map<string, SecretValue>() }
  for (let at = 0; at < bytes.byteLength; ) {
    const side = SIDES[bytes.readUInt8(at)]
    if (side === undefined) throw new RangeError('an entry is on no side')
    const entry = take(bytes, at + 1)
    const value = take(bytes, entry.end)
    bundle[side].set(entry.bytes.toString(), SecretValue.fromBytes(value.bytes))
    at = value.end
  }
  return bundle
}

function take(bytes: Buffer, at: number): { readonly bytes: Buffer; readonly end: number } {
  const end = at + 4 + bytes.readUInt32BE(at)
  if (end > bytes.byteLength) throw new RangeError('an entry is longer than the bundle')
  return { bytes: bytes.subarray(at + 4, end), end }
}
