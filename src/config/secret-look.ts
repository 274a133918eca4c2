/** References may stand in a config file; what they refer to may not. */
const REFERENCE = /\$\{(?:secret|env):[^}]*\}|secret:\/\/\S+/g

const TOKENS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY/, 'a private key'],
  [/AGE-SECRET-KEY-1/i, 'an age identity'],
  [/^[a-z][a-z0-9+.-]*:\/\/[^\s/?#:@]*:[^\s/@]+@/i, 'a URL with a password'],
  [/\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/, 'an AWS access key'],
  [/\b(?:sk|rk|pk)_(?:live|test)_\w+/, 'a Stripe key'],
  [/\b(?:gh[opsu]_|github_pat_|glpat-|npm_|dop_v1_|xox[abprs]-|shpat_)[\w-]{10,}/, 'an access token'],
  [/\bhv[sbr]\.[\w-]{10,}/, 'a Vault token'],
  [/\beyJ[\w-]+\.eyJ[\w-]+\./, 'a signed token'],
  [/\bAIza[\w-]{30,}/, 'a Google API key'],
  [/\bSG\.[\w-]{10,}\.[\w-]{10,}/, 'a SendGrid key'],
]

/** What a text of a config file seems to be, when it seems to be a secret. Never the text itself. */
export function secretLook(text: string): string | undefined {
  const rest = text.replaceAll(REFERENCE, '')
  const token = TOKENS.find(([pattern]) => pattern.test(rest))
  if (token !== undefined) return token[1]
  return rest.split(/[\s,;:/@=]+/).some(isRandom) ? 'a random value' : undefined
}

/** Long, of all kinds of characters and without words; a public age recipient and a UUID are not of this kind. */
function isRandom(word: string): boolean {
  if (/^[0-9a-f]{32,}$/i.test(word)) return true
  if (!/^[\w+~.$!%^&*-]{20,}$/.test(word)) return false
  const kinds = [/[a-z]/, /[A-Z]/, /\d/].filter((kind) => kind.test(word)).length
  return kinds === 3 && changes(word) > word.length / 3
}

/** How often the kind of character changes from one to the next: words change seldom. */
function changes(word: string): number {
  let count = 0
  for (let i = 1; i < word.length; i++) if (kindOf(word[i]) !== kindOf(word[i - 1])) count++
  return count
}

function kindOf(char = ''): string {
  if (/\d/.test(char)) return 'digit'
  if (/[a-z]/.test(char)) return 'lower'
  return /[A-Z]/.test(char) ? 'upper' : 'other'
}
