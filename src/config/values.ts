import { Failure } from '../core/failure.js'
import { parseDuration } from './durations.js'
import type { NamedSetting } from './settings.js'

/** What an option may come to. */
export type Value = boolean | string | number | readonly string[]

const YES = new Set(['true', '1', 'yes', 'on'])
const NO = new Set(['false', '0', 'no', 'off'])

export const isTrue = (word: string): boolean => YES.has(word.trim().toLowerCase())
export const isFalse = (word: string): boolean => NO.has(word.trim().toLowerCase())

/**
 * A raw value as its setting takes it. `from` names the flag, variable or key for the error, which never repeats the
 * value. Throws CONFIG_INVALID, or USAGE where it came from a flag.
 */
export function readValue(setting: NamedSetting, raw: unknown, from: string): Value {
  const value = parse(setting, raw)
  if (value !== undefined) return value
  throw new Failure(from.startsWith('-') ? 'USAGE' : 'CONFIG_INVALID', {
    why: `${from} ${expected(setting)}`,
    ...(setting.choices === undefined ? {} : { names: setting.choices }),
  })
}

function parse(setting: NamedSetting, raw: unknown): Value | undefined {
  switch (setting.type) {
    case 'boolean':
      return typeof raw === 'boolean' ? raw : booleanOf(String(raw))
    case 'integer':
      return integerOf(String(raw), setting.least ?? 0)
    case 'duration':
      return parseDuration(String(raw))
    case 'list':
      return listOf(setting, raw)
    case 'choice':
      return setting.choices?.includes(String(raw)) === true ? String(raw) : undefined
    case 'string':
      return String(raw)
  }
}

function booleanOf(word: string): boolean | undefined {
  if (isTrue(word)) return true
  return isFalse(word) ? false : undefined
}

function integerOf(word: string, least: number): number | undefined {
  const n = Number(word)
  return /^\d{1,15}$/.test(word.trim()) && n >= least ? n : undefined
}

/** Each item may hold several, parted by commas, unless an item is a whole. */
function listOf({ whole }: NamedSetting, raw: unknown): readonly string[] {
  const items = (Array.isArray(raw) ? raw : [raw]).map(String)
  const parts = whole === true ? items : items.flatMap((item) => item.split(','))
  return parts.map((part) => part.trim()).filter((part) => part !== '')
}

/** For "--timeout …": what it has to be. */
export function expected({ type, choices = [], least = 0 }: NamedSetting): string {
  switch (type) {
    case 'boolean':
      return 'has to be true or false'
    case 'integer':
      return `has to be a whole number of at least ${least}`
    case 'duration':
      return 'has to be a duration such as 90s, 15m, 2h or 7d'
    case 'choice':
      return `has to be one of ${choices.join(', ')}`
    default:
      return 'has to be text'
  }
}
