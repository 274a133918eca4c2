/** Words for numbers, times and lists. Pure: `now` is an argument, and every date is UTC. */

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const spans = [
  { ms: 365 * DAY, word: 'year', short: 'y' },
  { ms: DAY, word: 'day', short: 'd' },
  { ms: HOUR, word: 'hour', short: 'h' },
  { ms: MINUTE, word: 'minute', short: 'min' },
  { ms: SECOND, word: 'second', short: 's' },
] as const

/** `1204` → `1,204`. */
export const number = (n: number): string => String(n).replace(/\B(?=(\d{3})+(?!\d))/g, ',')

/** `count(1, 'key')` → `1 key`, `count(1204, 'key')` → `1,204 keys`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${number(n)} ${n === 1 ? one : many}`
}

/** `3 days ago`; `just now` below a second and for clocks that disagree. */
export function ago(then: Date, now: Date): string {
  const span = inWords(now.getTime() - then.getTime())
  return span === undefined ? 'just now' : `${span} ago`
}

/** `in 28 d`, or `1 day ago` when it is past. */
export function ahead(then: Date, now: Date): string {
  const ms = then.getTime() - now.getTime()
  return ms > 0 ? `in ${age(ms)}` : ago(then, now)
}

/** `12 days old`. */
export function old(then: Date, now: Date): string {
  const span = inWords(now.getTime() - then.getTime())
  return span === undefined ? 'new' : `${span} old`
}

function inWords(ms: number): string | undefined {
  const span = spans.find((candidate) => ms >= candidate.ms)
  return span && count(Math.floor(ms / span.ms), span.word)
}

/** The largest unit only, for a column: `2 d`, `14 s`. */
export function age(ms: number): string {
  const span = spans.find((candidate) => candidate.word !== 'year' && ms >= candidate.ms)
  return span ? `${number(Math.floor(ms / span.ms))} ${span.short}` : '0 s'
}

/** How long something took or takes: `1.2 s`, `14 s`, `2 h 5 min`. */
export function duration(ms: number): string {
  if (ms < 9950) return `${(Math.max(0, ms) / SECOND).toFixed(1)} s`
  const whole = Math.round(ms / SECOND) * SECOND
  const first = spans.findIndex((span) => span.word !== 'year' && whole >= span.ms)
  const parts = spans.slice(first, first + 2).map((span, i) => {
    const rest = i === 0 ? whole : whole % (spans[first]?.ms ?? whole)
    return { n: Math.floor(rest / span.ms), short: span.short }
  })
  return parts
    .filter((part, i) => i === 0 || part.n > 0)
    .map((part) => `${number(part.n)} ${part.short}`)
    .join(' ')
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `2 Dec`, with the year where it is not this one. */
export function day(date: Date, now?: Date): string {
  const short = `${date.getUTCDate()} ${months[date.getUTCMonth()]}`
  return now === undefined || now.getUTCFullYear() === date.getUTCFullYear()
    ? short
    : `${short} ${date.getUTCFullYear()}`
}

/** To the minute: `2026-11-24T14:02Z`. */
export const moment = (date: Date): string => `${date.toISOString().slice(0, 16)}Z`

/** `10:02:11`. */
export const timeOfDay = (date: Date): string => date.toISOString().slice(11, 19)

/** `a, b and c`; beyond `max`: `a, b and 3 more`. */
export function list(names: readonly string[], max = Number.POSITIVE_INFINITY): string {
  const shown = names.length <= max ? names.slice(0, -1) : names.slice(0, Math.max(1, max - 1))
  const last = names.length <= max ? names.at(-1) : `${number(names.length - shown.length)} more`
  return shown.length === 0 ? (last ?? '') : `${shown.join(', ')} and ${last}`
}

/** A keyed fingerprint as shown to people, only to tell two values apart: `…a91c`. */
export const mark = (fingerprint: string): string => `…${fingerprint.slice(-4)}`

/** `it's` in a shell: words that need no quotes stay bare, so that a hint can be pasted. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
