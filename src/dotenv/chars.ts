/** What counts as blank differs between languages; each predicate takes a UTF-16 unit (NaN past the end: false). */
export const NEWLINE = 10
export const RETURN = 13
export const SPACE = 32
export const DOUBLE_QUOTE = 34
export const HASH = 35
export const DOLLAR = 36
export const SINGLE_QUOTE = 39
export const COLON = 58
export const EQUALS = 61
export const BACKSLASH = 92
export const BACKTICK = 96

type Test = (unit: number) => boolean

/** The blanks of Unicode that all of JavaScript, Python and Go agree on, above Latin-1. */
function isWideBlank(unit: number): boolean {
  return (
    unit === 0x1680 ||
    (unit >= 0x2000 && unit <= 0x200a) ||
    unit === 0x2028 ||
    unit === 0x2029 ||
    unit === 0x202f ||
    unit === 0x205f ||
    unit === 0x3000
  )
}

/** `\s` and `trim` of JavaScript. */
export const isJsSpace: Test = (unit) =>
  unit <= SPACE
    ? unit === SPACE || (unit >= 9 && unit <= 13)
    : unit === 0xa0 || unit === 0xfeff || (unit > 255 && isWideBlank(unit))

/** `\s`, `isspace` and `strip` of Python. */
export const isPythonSpace: Test = (unit) =>
  unit <= SPACE
    ? unit === SPACE || (unit >= 9 && unit <= 13) || (unit >= 28 && unit <= 31)
    : unit === 0x85 || unit === 0xa0 || (unit > 255 && isWideBlank(unit))

/** `unicode.IsSpace` of Go. */
export const isGoSpace: Test = (unit) =>
  unit <= SPACE
    ? unit === SPACE || (unit >= 9 && unit <= 13)
    : unit === 0x85 || unit === 0xa0 || (unit > 255 && isWideBlank(unit))

/** Where a JavaScript `^` may follow and a `$` precede, after `\r` is gone. */
export const isJsLineEnd: Test = (unit) => unit === NEWLINE || unit === 0x2028 || unit === 0x2029

export const isQuote: Test = (unit) => unit === SINGLE_QUOTE || unit === DOUBLE_QUOTE || unit === BACKTICK

export const isDigit: Test = (unit) => unit >= 48 && unit <= 57

/** A letter of ASCII or `_`: what a variable's name begins with. */
export const isNameStart: Test = (unit) => (unit >= 97 && unit <= 122) || (unit >= 65 && unit <= 90) || unit === 95

export const isNamePart: Test = (unit) => isNameStart(unit) || isDigit(unit)

/** The first offset from `at` on whose unit fails the test, or `end`. */
export function skip(text: string, at: number, test: Test, end = text.length): number {
  let here = at
  while (here < end && test(text.charCodeAt(here))) here++
  return here
}

/** The offset behind the last unit before `end` that fails the test, not before `from`. */
export function skipBack(text: string, end: number, test: Test, from = 0): number {
  let here = end
  while (here > from && test(text.charCodeAt(here - 1))) here--
  return here
}

/** The first `unit` from `at` on, or `end`. Unlike `indexOf` it never looks further than `end`. */
export const find = (text: string, unit: number, at: number, end = text.length): number =>
  skip(text, at, (here) => here !== unit, end)
