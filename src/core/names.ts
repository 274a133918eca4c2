import { Failure } from './failure.js'

declare const brand: unique symbol
/** A secret's name as a provider of ours holds it: not empty, no control characters. Valid because it exists. */
export type SecretName = string & { readonly [brand]: 'SecretName' }

const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/
const MAX_LENGTH = 1024

/** Parses at the edge; inside, a SecretName needs no check. Throws NAME_INVALID. */
export function secretName(text: string): SecretName {
  const why = faultOf(text)
  if (why !== undefined) throw new Failure('NAME_INVALID', { why, secret: printable(text) })
  return text as SecretName
}

function faultOf(text: string): string | undefined {
  if (text === '') return 'a name cannot be empty'
  if (CONTROL.test(text)) return 'a name cannot hold control characters'
  if (!text.isWellFormed()) return 'a name must be valid Unicode'
  if (text.length > MAX_LENGTH) return `a name cannot be longer than ${MAX_LENGTH} characters`
  return undefined
}

/** `DATABASE_URL` → `database-url`. */
export function nameOfKey(key: string): SecretName {
  return secretName(key.toLowerCase().replaceAll('_', '-'))
}

/** `database-url` → `DATABASE_URL`. The original key, where it is kept as a label, wins over this. */
export function keyOfName(name: SecretName): string {
  return name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')
}

export interface NameRules {
  readonly pattern: RegExp
  readonly caseSensitive: boolean
  readonly maxLength: number
}

/** Why a service cannot hold `name` (with its prefix), in words; `undefined` when it can. */
export function misfit(name: string, rules: NameRules): string | undefined {
  if (name.length > rules.maxLength) return `${name.length} characters, the limit is ${rules.maxLength}`
  if (!rules.pattern.test(name)) return 'characters that the service does not take'
  return undefined
}

/** Keys or names that would meet in one place: each group has two or more. */
export function collisions(
  pairs: Iterable<readonly [key: string, name: string]>,
  rules: Pick<NameRules, 'caseSensitive'>,
): string[][] {
  const groups = new Map<string, Set<string>>()
  for (const [key, name] of pairs) {
    const place = rules.caseSensitive ? name : name.toLowerCase()
    groups.set(place, (groups.get(place) ?? new Set()).add(key))
  }
  return [...groups.values()].filter((group) => group.size > 1).map((group) => [...group])
}

const printable = (text: string): string => JSON.stringify(text.slice(0, 80)).slice(1, -1)
