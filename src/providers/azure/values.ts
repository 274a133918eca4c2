import { Failure } from '../../core/failure.js'
import { SecretValue } from '../../core/secret.js'
import { MAX_BYTES } from './traits.js'

/** Of a value that is no text: the service keeps texts only. */
export const BINARY = 'application/octet-stream;base64'
const TEXT = 'text/plain'

export interface Payload {
  readonly text: string
  readonly contentType: string
}

/** `before`: the content type of the version that is replaced, which may be somebody else's and stays. */
export function payloadOf(secret: string, value: SecretValue, before: string | undefined): Payload {
  if (value.isText) return { text: value.reveal(), contentType: before === BINARY ? TEXT : (before ?? TEXT) }
  const text = Buffer.from(value.revealBytes()).toString('base64')
  if (text.length <= MAX_BYTES) return { text, contentType: BINARY }
  throw new Failure('VALUE_UNFIT', {
    doing: 'writing',
    secret,
    why: `${value.byteLength} bytes that are no text, the limit is ${Math.floor(MAX_BYTES / 4) * 3}`,
  })
}

export function secretOf(text: string, contentType: string | undefined): SecretValue {
  if (contentType !== BINARY) return SecretValue.fromText(text)
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? SecretValue.fromBytes(bytes) : SecretValue.fromText(text)
}
