import { isUtf8 } from 'node:buffer'
import { createHmac, timingSafeEqual } from 'node:crypto'
import { inspect } from 'node:util'

declare const brand: unique symbol
type Branded<Name extends string> = string & { readonly [brand]: Name }

/** The opaque version of a stored value, as its provider names it. Only equality means something. */
export type Version = Branded<'Version'>
export const version = (text: string): Version => text as Version

export const HIDDEN = '[secret]'

/** Told of every value that comes into being, so that the one writer of output can redact it. */
type Witness = (value: SecretValue) => void
let witness: Witness | undefined

/** Sets who is told of new values; `undefined` ends it. One at a time: the program has one writer. */
export function witnessSecrets(next: Witness | undefined): void {
  witness = next
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A secret's bytes. Every path to text shows `[secret]`; `reveal` and `revealBytes` are the only ways out. */
export class SecretValue {
  readonly #bytes: Uint8Array

  private constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    witness?.(this)
  }

  /** UTF-8 of `text`. A lone surrogate has no UTF-8: refused rather than replaced. */
  static fromText(text: string): SecretValue {
    if (!text.isWellFormed()) throw new RangeError('a value with a lone surrogate cannot be stored as UTF-8')
    return new SecretValue(Buffer.from(text, 'utf8'))
  }

  /** Takes a copy. */
  static fromBytes(bytes: Uint8Array): SecretValue {
    return new SecretValue(Uint8Array.prototype.slice.call(bytes))
  }

  get byteLength(): number {
    return this.#bytes.byteLength
  }

  /** Whether the bytes are valid UTF-8, so that `reveal` gives them back exactly. */
  get isText(): boolean {
    return isUtf8(this.#bytes)
  }

  /** The value as text. Throws a RangeError when it is not UTF-8: use `revealBytes`. */
  reveal(): string {
    if (!this.isText) throw new RangeError('the value is binary')
    return strict.decode(this.#bytes)
  }

  /** A copy of the bytes. */
  revealBytes(): Uint8Array {
    return Uint8Array.prototype.slice.call(this.#bytes)
  }

  /** In constant time for values of one length. */
  equals(other: SecretValue): boolean {
    return this.#bytes.byteLength === other.#bytes.byteLength && timingSafeEqual(this.#bytes, other.#bytes)
  }

  /** 16 hex digits of HMAC-SHA-256: tells two values apart to the holder of `key`, and nothing to others. */
  fingerprint(key: Uint8Array): string {
    return createHmac('sha256', key).update(this.#bytes).digest('hex').slice(0, 16)
  }

  /** How many lines the value has: shown in plans for PEM and the like. */
  get lines(): number {
    let count = 1
    for (let i = 0; i < this.#bytes.byteLength - 1; i++) if (this.#bytes[i] === 10) count++
    return count
  }

  toString(): string {
    return HIDDEN
  }

  toJSON(): string {
    return HIDDEN
  }

  get [Symbol.toStringTag](): string {
    return 'SecretValue'
  }

  [Symbol.toPrimitive](): string {
    return HIDDEN
  }

  [inspect.custom](): string {
    return HIDDEN
  }
}
