import { seeded } from '../../support/conformance-hostile.js'

type Next = () => number
type Kind = (next: Next, at: number) => string

const pick = <T>(next: Next, from: readonly T[]): T => from[next() % from.length] as T
const chars = (next: Next, length: number, alphabet: readonly string[]): string =>
  Array.from({ length }, () => pick(next, alphabet)).join('')

const LETTERS = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789']
const MARKS = [...'!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~ \t']
const WIDE = ['é', 'ß', 'ł', '密', '码', '🔑', '👩‍🔧', '\u0301', '\u00a0', '\u200b', '\u202e', '\u2028', '\ufeff']
const CONTROLS = Array.from({ length: 31 }, (_, at) => String.fromCharCode(at + 1)).concat('\u007f')
const word = (next: Next, most = 24): string => chars(next, 1 + (next() % most), LETTERS)

/** Everything that a shell's file can hold and that something on the way has been seen to change. */
export const valueKinds: Readonly<Record<string, Kind>> = {
  'one character': (next) => pick(next, [...LETTERS, ...MARKS.filter((mark) => mark.trim() !== '')]),
  'letters and numbers': (next) => word(next, 60),
  'all marks': (next) => chars(next, 1 + (next() % 40), [...LETTERS, ...MARKS]),
  'more than ASCII': (next) => chars(next, 1 + (next() % 30), [...LETTERS, ...WIDE]),
  'control characters': (next) => word(next) + chars(next, 1 + (next() % 12), CONTROLS),
  'CRLF and lone CR': (next) => `${word(next)}\r\n${word(next)}\r${word(next)}\n`,
  'a trailing newline': (next) => `${word(next)}${'\n'.repeat(1 + (next() % 3))}`,
  'a leading newline': (next) => `\n${word(next)}`,
  // A value of blanks alone counts as none, and stays in the file.
  'newlines around': (next) => `${'\n'.repeat(1 + (next() % 4))}.${'\n'.repeat(1 + (next() % 4))}`,
  'a point between blanks': (next) =>
    ['\t', pick(next, [' ', '  ', '\t']), '.', pick(next, [' ', '\n', ' \t '])].join(''),
  'spaces around': (next) => `  ${word(next)}\t `,
  'a leading dash': (next) => `--${word(next)}=${word(next)}`,
  quotes: (next) => chars(next, 2 + (next() % 20), ["'", '"', '`', 'x', ' ']),
  backslashes: (next) => chars(next, 2 + (next() % 20), ['\\', 'n', 't', '"', 'u0041', 'x']),
  'dollars and braces': (next) => chars(next, 2 + (next() % 12), ['$', '$$', '${', '}', '$(', ')', '$HOME', 'x']),
  hashes: (next) => `${word(next)}#${word(next)} #${word(next)}`,
  'equals signs': (next) => `${word(next)}=${word(next)}==`,
  JSON: (next) => JSON.stringify({ user: word(next), password: chars(next, 12, [...MARKS, ...WIDE]), n: next() }),
  'numbers and words of YAML': (next) =>
    pick(next, ['007', '1e3', '0x1F', 'null', 'true', '~', 'NaN', '-0', '1_000', 'yes']),
  'HTML and URLs': (next) => `<b>&amp;%41+%2F?${word(next)}=1&y=%00&lt;/b>`,
  mustaches: (next) => `{{${word(next)}}} {%x%} <%= ${word(next)} %>`,
  base64: (next) => Buffer.from(word(next, 60)).toString('base64'),
  'a file by its look': (next) => `${pick(next, ['@/etc/passwd', 'file://', '@-', '~/', './', 'data:,'])}${word(next)}`,
  'a PEM block': (next) =>
    `-----BEGIN PRIVATE KEY-----\n${Array.from({ length: 8 }, () => chars(next, 64, LETTERS)).join('\n')}\n-----END PRIVATE KEY-----\n`,
  'a long text': (next) => chars(next, 3_000 + (next() % 2_000), [...LETTERS, ...MARKS, '\n']),
  'prototype names': (next) =>
    pick(next, ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '[object Object]']),
}

export interface Generated {
  readonly key: string
  /** As the program names it in the store. */
  readonly name: string
  readonly kind: string
  readonly value: string
}

/** `count` values, each kind as often as the others; the same for the same seed. */
export function generatedValues(count: number, seed: number): Generated[] {
  const next = seeded(seed)
  const kinds = Object.entries(valueKinds)
  return Array.from({ length: count }, (_, at) => {
    const [kind, make] = kinds[at % kinds.length] as [string, Kind]
    const number = String(at).padStart(4, '0')
    return { key: `SECRET_${number}`, name: `secret-${number}`, kind, value: make(next, at) }
  })
}

/** A file that a POSIX shell reads as these values: single quotes keep everything but themselves. */
export const shellFile = (all: readonly Generated[]): string =>
  all.map(({ key, value }) => `${key}='${value.replaceAll("'", "'\\''")}'\n`).join('')
