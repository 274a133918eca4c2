/** The words by which a key of a test's .env file is taken for a secret's. */
const SECRET_KEY = /(?:^|_)(?:PASSWORD|PASSWD|PASS|PWD|SECRET|TOKEN|KEY|CREDENTIALS?|DSN|SALT|PRIVATE)(?:_|$)/i
const PUBLIC_KEY = /PUBLIC|PUBLISHABLE|(?:^|_)KEY_?ID$/i

/**
 * The values that a script's .env file plainly means as secrets: by the key's words, a password in a URL, or
 * `# canary` at the end of the line. A simple reading on purpose: what it misses, a `canary` line adds.
 */
export function secretValuesOf(name: string, body: string): string[] {
  if (!/(?:^|\/)\.env|\.env$/.test(name)) return []
  return body.split(/\r?\n/).flatMap(secretsOfLine)
}

function secretsOfLine(line: string): string[] {
  const match = /^\s*(?:export\s+)?([A-Za-z_][\w.-]*)\s*=\s*(.*?)\s*$/.exec(line)
  if (match === null) return []
  const [, key = '', written = ''] = match
  const isMarked = /#\s*canary$/.test(written)
  const value = plainValue(written.replace(/\s*#\s*canary$/, ''))
  if (value === undefined || value.includes('${') || value.startsWith('secret://')) return []
  const password = /^\w[\w+.-]*:\/\/[^/@\s]*:([^/\s]+)@/.exec(value)?.[1]
  const isSecret = isMarked || (SECRET_KEY.test(key) && !PUBLIC_KEY.test(key))
  return [...(password === undefined ? [] : [password]), ...(isSecret ? [value] : [])]
}

/** Undefined for the first line of a value of many lines. */
function plainValue(written: string): string | undefined {
  const quote = /^["'`]/.exec(written)?.[0]
  if (quote === undefined) return written
  const end = written.indexOf(quote, 1)
  return end < 0 ? undefined : written.slice(1, end)
}
