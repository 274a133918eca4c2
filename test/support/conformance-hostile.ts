import { SecretValue } from '../../src/core/secret.js'

/** Named values that tools on the way have been seen to change. */
export const hostile: readonly (readonly [string, string])[] = [
  ['one byte', 'x'],
  ['unicode', 'pässwörd 密码 🔑 \u00a0\u200b\ufeff'],
  ['CRLF and lone CR', 'a\r\nb\rc\n'],
  ['a trailing newline', 'value\n'],
  ['only newlines', '\n\n'],
  ['spaces around', '  value\t '],
  ['a leading dash', '--force'],
  ['quotes', `'"\`"'`],
  ['backslashes', 'a\\nb\\\\c\\'],
  ['dollars', '$HOME ${x} $$ $(id)'],
  ['a hash', 'abc#def #ghi'],
  ['an equals sign', 'a=b==c='],
  ['JSON', '{"user":"app","password":"p\\u0000"}'],
  ['a number', '007'],
  ['words that YAML reads', 'null'],
  ['HTML and URL marks', '<b>&amp;%41+%2F?x=1&y=2'],
  ['a mustache', '{{value}} {%x%}'],
  ['what looks like base64', 'dmFsdWU='],
  ['what looks like a file', '@/etc/passwd'],
  ['a PEM block', '-----BEGIN KEY-----\nMIIB\n-----END KEY-----\n'],
  ['control characters', '\u0001\u0007\u001b[31m\u007f'],
]

/** The same 32-bit numbers for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return (t ^ (t >>> 14)) >>> 0
  }
}

const ALPHABET = [
  ...'abcXYZ019 \t\r\n\'"`\\$#=&<>%{}[]|;:,./?!@^*()~+-_',
  'é',
  '密',
  '🔑',
  '\u0000',
  '\u2028',
  '\ufeff',
]

/** `count` generated texts; without NUL where the service does not take it. */
export function generated(count: number, seed: number, options: { nul: boolean; maxBytes?: number }): SecretValue[] {
  const next = seeded(seed)
  const alphabet = ALPHABET.filter((char) => options.nul || char !== '\u0000')
  return Array.from({ length: count }, (_, at) => {
    const length = at % 50 === 0 ? 1 + (next() % 4_000) : 1 + (next() % 60)
    const chars = Array.from({ length }, () => alphabet[next() % alphabet.length])
    return SecretValue.fromText(chars.join(''))
  })
}
