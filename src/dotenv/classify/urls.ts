import { isRandom, knownToken } from './shapes.js'

/** What the URLs and connection strings in a value hold, in words. */
export type Credentials = 'in the URL' | 'in its query' | 'in the connection string' | 'in JSON'

/** Where the value holds credentials, or nothing. Each character is looked at a bounded number of times. */
export function credentialsIn(value: string): Credentials | undefined {
  if (urlPasswords(value).some((one) => !isVariable(one))) return 'in the URL'
  if (userinfoTokens(value)) return 'in the URL'
  if (queryPasswords(value).some((one) => !isVariable(one))) return 'in its query'
  if (pairPasswords(value).some((one) => !isVariable(one))) return 'in the connection string'
  if (jsonPasswords(value).some((one) => !isVariable(one))) return 'in JSON'
  return undefined
}

/** The variables that stand where a URL's or connection string's passwords would: such a value holds no secret itself. */
export function passwordVariables(value: string): readonly string[] {
  const all = [...urlPasswords(value), ...queryPasswords(value), ...pairPasswords(value)]
  return all.length > 0 && all.every(isVariable) ? all : []
}

/** `${NAME}`, `$NAME` or several of them, and no text of their own. */
export function isVariable(text: string): boolean {
  return /^(?:\$\{[^{}]*\}|\$[A-Za-z_]\w*)+$/.test(text)
}

/** Is the whole value one URL? */
export function isUrl(value: string): boolean {
  return /^[a-z][a-z0-9+.-]{0,30}:\/\/\S*$/i.test(value)
}

/** A URL of this machine opens nothing to others. */
export function isLocalUrl(value: string): boolean {
  return /^[a-z][a-z0-9+.-]{0,30}:\/\/(?:localhost|127\.|0\.0\.0\.0|\[::1\])/i.test(value)
}

/** A URL whose path holds a long random piece, or one of the services where the address is the key. */
export function isCapabilityUrl(value: string): boolean {
  if (!isUrl(value)) return false
  const known =
    /^https:\/\/(?:hooks\.slack\.com\/|discord(?:app)?\.com\/api\/webhooks\/|hooks\.zapier\.com\/|[\w.]+\.webhook\.office\.com\/|api\.telegram\.org\/bot)/i
  if (known.test(value)) return true
  const path = value
    .slice(value.indexOf('://') + 3)
    .split(/[/?&=]/)
    .slice(1)
  return path.some((piece) => piece.length >= 24 && /[a-z]/.test(piece) && /[A-Z]/.test(piece) && isRandom(piece))
}

/** The texts after each `://` up to the next one, within one unbroken word. */
function authorities(value: string): readonly string[] {
  return value.split(/[\s"'`<>]+/).flatMap((word) => word.split('://').slice(1))
}

function urlPasswords(value: string): readonly string[] {
  const found = authorities(value).map(passwordOf)
  const bare =
    /^(?!(?:mailto|sips?|acct|xmpp|tel|npm):)[\w.+-]+:([^\s@/]+)@(?!sha256:)[\w.-]+(?:\([^()\s]*\))?(?::\d+)?(?:[/,?]\S*)?$/.exec(
      value,
    )
  return [...found, bare?.[1]].filter((one): one is string => one !== undefined && one !== '')
}

/** A password with an unescaped `/` counts too, but a port followed by a path with an `@` does not. */
function passwordOf(authority: string): string | undefined {
  const at = authority.indexOf('@')
  if (at < 0) return undefined
  const info = authority.slice(0, at)
  const colon = info.indexOf(':')
  if (colon < 0 || /[/?#]/.test(info.slice(0, colon).replace(/\$\{[^{}]*\}/g, ''))) return undefined
  const password = info.slice(colon + 1)
  return /^\d*[/?]/.test(password) ? undefined : password
}

function userinfoTokens(value: string): boolean {
  return authorities(value).some((authority) => {
    const info = /^([^@:/?#]+)@/.exec(authority)?.[1]
    return info !== undefined && (isRandom(info) || knownToken(info) !== undefined)
  })
}

const QUERY =
  /[?&](?:[\w-]*(?:password|passwd|pwd|secret|token|api[_-]?key|signature)|auth|pass|sig|key|code)=([^&#\s"']+)/gi
function queryPasswords(value: string): readonly string[] {
  return value.includes('://') ? captures(value, QUERY) : []
}

const PAIR =
  /(?:^|[;\s])\s*(?:password|passwd|pwd|accountkey|sharedaccesskey|sharedaccesssignature|accesskey|secret|clientsecret)\s*=\s*([^;\s]+)/gi
function pairPasswords(value: string): readonly string[] {
  return /[;=]/.test(value) ? captures(value, PAIR) : []
}

const JSON_FIELD =
  /(?:password|passwd|passphrase|secret|private_?key|token|api_?key|access_?key|http-basic)["']?\s{0,9}:\s{0,9}(?:\[\s{0,9})?(?:"([^"]+)"|\{)/gi
function jsonPasswords(value: string): readonly string[] {
  return /^\s*[[{]/.test(value) ? captures(value, JSON_FIELD) : []
}

function captures(value: string, pattern: RegExp): readonly string[] {
  return [...value.matchAll(pattern)].map((match) => match[1] ?? match[0])
}
