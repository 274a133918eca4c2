import { createHash } from 'node:crypto'
import { type Version, version } from '../../core/secret.js'

/*
 * A version's id is the ClientRequestToken of its write, 32 to 64 characters. Ours holds the write's token readably, so
 * that it comes back with the version, and so that the same write twice is the same version.
 */
const PLAIN = 'vibesecrets-'
const CODED = 'vibesecretb-'
const HASHED = 'vibesecreth-'
const ROOM = 64 - PLAIN.length - '00-'.length

export function versionOf(token: string): Version {
  if (/^[\w.:/-]+$/.test(token) && token.length <= ROOM) return version(padded(PLAIN, token))
  const coded = Buffer.from(token, 'utf8').toString('base64url')
  if (coded.length <= ROOM && coded !== '') return version(padded(CODED, coded))
  return version(
    HASHED +
      createHash('sha256')
        .update(token)
        .digest('hex')
        .slice(0, 64 - HASHED.length),
  )
}

const padded = (kind: string, text: string): string =>
  `${kind}${String(text.length).padStart(2, '0')}-${text}`.padEnd(32, '-')

/** The token of the write that made this version; `undefined` for versions of others, and for tokens too long to keep. */
export function tokenOf(id: string): string | undefined {
  const [, kind, length, rest] = /^(vibesecrets-|vibesecretb-)(\d\d)-(.*)$/.exec(id) ?? []
  if (kind === undefined || rest === undefined || rest.length < Number(length)) return undefined
  const text = rest.slice(0, Number(length))
  return kind === PLAIN ? text : Buffer.from(text, 'base64url').toString('utf8')
}
