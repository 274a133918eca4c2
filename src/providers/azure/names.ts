import { Failure } from '../../core/failure.js'
import { type SecretName, secretName } from '../../core/names.js'
import { MAX_NAME } from './traits.js'

/*
 * The service takes letters, digits and dashes. Every other character, and the first dash of a text that looks like an
 * escape, becomes `--x`, its UTF-8 bytes in hex, and `-`. Plain names stay as they are.
 */
const TO_ESCAPE = /[^0-9A-Za-z-]|-(?=-x)/giu
const NEEDS_ESCAPE = /^[^0-9A-Za-z\u0000-\u001f\u007f-\u009f]$/u
const ESCAPE = /--x((?:[0-9a-f]{2})+)-/gi

const escaped = (char: string): string => `--x${Buffer.from(char, 'utf8').toString('hex')}-`

export const encodeName = (name: string): string => name.replace(TO_ESCAPE, escaped)

/** What only looks like an escape, in a name of others, stays as it is. */
export const decodeName = (name: string): string =>
  name.replace(ESCAPE, (text, digits: string) => {
    const char = Buffer.from(digits, 'hex').toString('utf8')
    const isEscape = char === '-' || (escaped(char) === text.toLowerCase() && NEEDS_ESCAPE.test(char))
    return isEscape ? char : text
  })

/** As the service is asked for it. Throws NAME_INVALID before any request. */
export function fittingName(name: SecretName, doing: string): string {
  const encoded = encodeName(name)
  if (encoded.length <= MAX_NAME) return encoded
  throw new Failure('NAME_INVALID', {
    doing,
    secret: name,
    why: `${encoded.length} characters with its escapes, the limit is ${MAX_NAME}`,
  })
}

/** The name as it is known here, if it begins with `prefix`. Case says nothing, so the prefix comes back as it was asked for. */
export function listedName(stored: string, prefix: string): SecretName | undefined {
  const name = decodeName(stored)
  if (!name.toLowerCase().startsWith(prefix.toLowerCase())) return undefined
  return secretName(prefix + name.slice(prefix.length))
}
