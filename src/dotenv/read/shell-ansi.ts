import { Refusal } from '../errors.js'

const SIMPLE: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  e: '\x1b',
  E: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '?': '?',
}

const CODE = /(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|([0-7]{1,3}))/y

/** The text of `$'…'`, from behind its opening quote. */
export function readAnsi(text: string, from: number): { value: string; end: number } {
  let value = ''
  let at = from
  while (text[at] !== "'") {
    if (at >= text.length) throw new Refusal(from, 'a quote that does not end')
    if (text[at] !== '\\') {
      value += text.charAt(at++)
      continue
    }
    const found = readEscape(text, at)
    value += found.value
    at = found.end
  }
  return { value, end: at + 1 }
}

function readEscape(text: string, at: number): { value: string; end: number } {
  const name = text.charAt(at + 1)
  const simple = SIMPLE[name]
  if (simple !== undefined) return { value: simple, end: at + 2 }
  if (name === 'c') throw new Refusal(at, 'an escape that is not followed here')
  CODE.lastIndex = at + 1
  const [matched, hex, short, long, octal] = CODE.exec(text) ?? []
  if (matched === undefined) return { value: `\\${name}`, end: at + 1 + name.length }
  const point = octal === undefined ? Number.parseInt(hex ?? short ?? long ?? '', 16) : Number.parseInt(octal, 8)
  // Above ASCII a byte may be part of a character, and what a character becomes depends on the locale.
  if (point === 0 || point > 127) throw new Refusal(at, 'an escape that is not followed here')
  return { value: String.fromCodePoint(point), end: at + 1 + matched.length }
}
