import { Buffer } from 'node:buffer'

/** What a value looks like, whatever its name: the shapes that are secrets, and those that plainly are none. */
export type Shape = { is: 'secret' | 'public'; what: string }

/** Beginnings that services give to their keys, so that leaks can be found. [beginning, what it is] */
const BEGINNINGS: readonly (readonly [RegExp, string])[] = [
  [/^(?:sk|rk)_(?:live|test)_\w{8}/, 'a payment key'],
  [/^whsec_\S{8}/, 'a webhook key'],
  [/^(?:gh[pousr]_|github_pat_)\w{16}/, 'a GitHub token'],
  [/^glpat-[\w-]{12}/, 'a GitLab token'],
  [/^xox[a-z]-[\w-]{10}|^xapp-[\w-]{10}/, 'a Slack token'],
  [/^SG\.[\w-]{12,}\.[\w-]{12}/, 'a SendGrid key'],
  [/^(?:sk|gsk|pplx|xai)[-_][\w-]{20}/, 'an AI service key'],
  [/^AIza[\w-]{30}/, 'a Google API key'],
  [/^ya29\.[\w-]{20}/, 'a Google token'],
  [/^GOCSPX-[\w-]{16}/, 'a Google client secret'],
  [
    /^(?:hf|npm|r8|re|figd|lin_api|sbp|sntrys|phx|dop_v1|dckr_pat|shpat|shpss|pscale_pw|pscale_tkn|tskey|ntn)[_-][\w-]{16}/,
    'a service token',
  ],
  [/^(?:pypi|xkeysib|PMAK|NRAK|ATATT|sq0csp|pul)-?[\w-]{20}/, 'a service token'],
  [/^hv[sb]\.[\w-]{20}/, 'a Vault token'],
  [/^AGE-SECRET-KEY-1/, 'an age key'],
  [/^\d{8,10}:[\w-]{35}$/, 'a bot token'],
  [/^key-[0-9a-f]{32}$/, 'a mail service key'],
  [/^base64:[A-Za-z0-9+/]{32,}={0,2}$/, 'an encoded key'],
  [/^\$(?:2[abxy]\$\d\d\$|argon2|scrypt\$|pbkdf2|[156]\$)/, 'a password hash'],
  [/^\{SHA\}|^\w+:\$(?:apr1|2y)\$/, 'a password hash'],
  [/^SCRAM-SHA-256\$/, 'a password hash'],
  [/^eyJ[\w-]{8,}\.eyJ[\w-]{4,}\.[\w-]*/, 'a signed token'],
  [/^(?:Bearer|Basic|Token)\s+[\w+/=.~-]{8}/i, 'an authorization header'],
]
const PUBLIC_BEGINNINGS = /^(?:pk_(?:live|test)_|pk\.eyJ|phc_|sb_publishable_)/

/** Known shapes of keys and tokens. */
export function knownToken(value: string): Shape | undefined {
  const pem = pemKind(value)
  if (pem) return pem
  if (PUBLIC_BEGINNINGS.test(value)) return { is: 'public', what: 'a public key' }
  const found = BEGINNINGS.find(([pattern]) => pattern.test(value))
  return found && { is: 'secret', what: found[1] }
}

/** PEM, bare or in base64. A private key inside a bundle makes the bundle secret. */
export function pemKind(value: string): Shape | undefined {
  const text = /^LS0tLS1CRUdJTi/.test(value) ? Buffer.from(value, 'base64').toString('latin1') : value
  if (!text.includes('-----BEGIN ')) return undefined
  if (/-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY/.test(text)) return { is: 'secret', what: 'a private key' }
  return /-----BEGIN (?:[A-Z0-9]+ ){0,3}(?:PUBLIC KEY|CERTIFICATE)/.test(text)
    ? { is: 'public', what: 'a certificate or public key' }
    : { is: 'secret', what: 'a PEM block' }
}

/** Config that no secret looks like. `weak` ones may still be a password: `DB_PASSWORD=12345`. */
export function configShape(value: string): { what: string; weak: boolean } | undefined {
  if (/^(?:null|nil|none|undefined)$/i.test(value)) return { what: 'a word for nothing', weak: false }
  if (/^(?:true|false|yes|no|on|off|enabled?|disabled?)$/i.test(value)) return { what: 'a switch', weak: false }
  if (/^[+-]?\d{1,5}(?:\.\d+)?$/.test(value)) return { what: 'a number', weak: true }
  if (/^\d+(?:\.\d+)?\s?(?:ms|s|sec|m|min|h|d|w|y|days?|hours?|minutes?|seconds?|[kmg]i?b?)$/i.test(value))
    return { what: 'a duration or size', weak: true }
  if (isPath(value)) return { what: 'a file path', weak: true }
  if (/^arn:aws[\w-]*:|^alias\/|^projects\/[\w-]+\/|^\/subscriptions\//.test(value))
    return { what: 'an identifier', weak: true }
  if (
    /^(?:login|plain|basic|digest|bearer|cram-md5|ntlm|oauth2?|jwt|ldap|saml|scram-sha-256|md5|trust|peer|require[d]?|optional|MIT|Apache-2\.0|GPL-3\.0)$/i.test(
      value,
    )
  )
    return { what: 'the name of a method', weak: true }
  return undefined
}

function isPath(value: string): boolean {
  if (/[\s]/.test(value) || value.length > 300) return false
  if (
    /^(?:\.{1,2}|~)?\/(?:etc|run|var|home|opt|usr|srv|mnt|tmp|app|secrets?|certs?|keys|data|root|config)\//.test(value)
  )
    return true
  return /^(?:[A-Za-z]:\\|\.{0,2}\/|~\/|[\w.-]+\/)?[\w./\\ -]*\.(?:pem|key|crt|cer|p12|pfx|jks|json|txt|ya?ml|pub|env|ini|conf)$/.test(
    value,
  )
}

/** Long, unbroken, of mixed kinds of characters in no order: what a generator makes and a person does not. */
export function isRandom(value: string): boolean {
  if (value.length < 20 || !/^[\x21-\x7e]+$/.test(value.slice(0, 512))) return false
  if (isUuid(value) || /^[a-z][a-z0-9+.-]*:\/\//i.test(value)) return false
  if (/^[A-Za-z0-9+/]+={0,2}$/.test(value)) return isMixed(value.replace(/=+$/, ''), 20)
  const pieces = value.split(/[^A-Za-z0-9]+/)
  return pieces.some((piece) => isMixed(piece, 16))
}

/** A UUID names something more often than it opens something. */
export function isUuid(value: string): boolean {
  return /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(value)
}

function isMixed(text: string, atLeast: number): boolean {
  const piece = text.slice(0, 256)
  if (piece.length < atLeast || !/\d/.test(piece) || !/[A-Za-z]/.test(piece)) return false
  return changes(piece) >= 0.25 && entropy(piece) >= 3
}

/** The share of neighbours that are of different kinds: small, capital, digit, other. */
function changes(text: string): number {
  let count = 0
  for (let i = 1; i < text.length; i++) if (kindOf(text.charCodeAt(i)) !== kindOf(text.charCodeAt(i - 1))) count++
  return count / (text.length - 1)
}

function kindOf(code: number): number {
  if (code >= 97 && code <= 122) return 1
  if (code >= 65 && code <= 90) return 2
  return code >= 48 && code <= 57 ? 3 : 4
}

/** Shannon's entropy in bits a character. */
export function entropy(text: string): number {
  const counts = new Map<string, number>()
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1)
  return [...counts.values()].reduce((sum, n) => sum - (n / text.length) * Math.log2(n / text.length), 0)
}
