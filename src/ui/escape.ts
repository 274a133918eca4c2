/**
 * What a terminal or a reader would not show as itself: controls, escape sequences, bidirectional and zero-width
 * characters, tags, noncharacters, lone surrogates. U+FE0F stays: it only says "draw as emoji".
 */
const UNSEEN = /(?!\ufe0f)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/gu
const PLAIN = /^[\x20-\x7e]*$/

/** Foreign text as one line that shows everything in it: `\x1b`, `\u{202e}`; also line ends. */
export function visible(text: string): string {
  return PLAIN.test(text) ? text : text.replaceAll(UNSEEN, shown)
}

/** A whole text of ours: line ends, tabs and style markers stay, everything else unseen is shown. */
export function visibleBlock(text: string): string {
  return PLAIN.test(text) ? text : text.replaceAll(UNSEEN, (found) => (OURS.has(found) ? found : shown(found)))
}

/** JSON text that stays the same JSON: unseen characters, which can only stand inside strings, as `\uXXXX`. */
export function visibleJson(text: string): string {
  if (PLAIN.test(text)) return text
  return text.replaceAll(UNSEEN, (found) => (found === '\n' ? found : [...units(found)].map(jsonUnit).join('')))
}

const OURS = new Set(['\n', '\t', '\ufdd0', '\ufdd1'])

function shown(found: string): string {
  const code = found.codePointAt(0) ?? 0
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
}

function* units(text: string): Generator<number> {
  for (let i = 0; i < text.length; i++) yield text.charCodeAt(i)
}

const jsonUnit = (unit: number): string => `\\u${unit.toString(16).padStart(4, '0')}`
