import picomatch from 'picomatch'
import { isReference } from '../../core/reference.js'
import { judgeName, publicPrefix } from './names.js'
import { partnersOf } from './pairs.js'
import { configShape, isRandom, isUuid, knownToken } from './shapes.js'
import { credentialsIn, isCapabilityUrl, isLocalUrl, isUrl, isVariable, passwordVariables } from './urls.js'

/** `secret` is migrated; `plain`, `empty` and `reference` stay where they are. */
export type Kind = 'secret' | 'plain' | 'empty' | 'reference'
/** What a key is and why, in a few words for a table. `reason` never holds any part of the value. */
export interface Classified {
  readonly key: string
  readonly kind: Kind
  readonly reason: string
}
/** What the operator says. `exclude` wins over `include`, `include` over everything that is guessed here. */
export interface Rules {
  readonly include?: readonly string[]
  readonly exclude?: readonly string[]
  readonly all?: boolean
}
/** A key and its value as some reader reads it. */
export interface Entry {
  readonly key: string
  readonly value: string
}
/** What a longer value is shows in its beginning. */
const LOOKED_AT = 65_536
type Verdict = Omit<Classified, 'key'>

/** Tells secrets from plain config. Nothing to migrate (`empty`, `reference`) stays so whatever the rules say. */
export function classify(entries: readonly Entry[], rules: Rules = {}): Classified[] {
  const overrule = overruler(rules)
  const keys = new Set(entries.map((entry) => entry.key))
  const first = entries.map((entry) => ({ key: entry.key, ...judge(entry, keys, overrule) }))
  const kinds = new Map(first.map((one) => [one.key.toUpperCase(), one.kind]))
  return first.map((one) => (overrule(one.key) ? one : withPartner(one, kinds)))
}

function judge(entry: Entry, keys: ReadonlySet<string>, overrule: Overrule): Verdict {
  return nothingToMigrate(entry, keys) ?? overrule(entry.key) ?? guess(entry)
}

function nothingToMigrate({ value }: Entry, keys: ReadonlySet<string>): Verdict | undefined {
  if (value.trim() === '') return { kind: 'empty', reason: 'no value' }
  if (/^#\s/.test(value)) return { kind: 'empty', reason: 'only a comment' }
  if (isReference(value)) return ownReference(value)
  return refersTo(value, keys)
}

/** It stays even where a password stands beside it: in the store nobody would resolve the reference any more. */
function ownReference(value: string): Verdict {
  const beside = value.length <= LOOKED_AT && credentialsIn(value) !== undefined
  return reference(beside ? 'a reference, but beside credentials: split it' : 'already a reference')
}

/** A bare `$NAME` counts only where the file has such a key: elsewhere it may well be a password. */
function refersTo(value: string, keys: ReadonlySet<string>): Verdict | undefined {
  if (value.length > LOOKED_AT || !value.includes('$')) return undefined
  if (/^\$[A-Za-z_]\w*$/.test(value) && !keys.has(value.slice(1))) return undefined
  const variables = isVariable(value) ? [value] : credentialsIn(value) ? [] : passwordVariables(value)
  const names = variables.flatMap(namesIn)
  if (names.length === 0 || names.includes(undefined)) return undefined
  const known = [...new Set(names)].filter((name) => name !== undefined && keys.has(name))
  return reference(known.length > 0 ? `refers to ${known.join(', ')}` : 'refers to a variable')
}

/** The names that a text of variables refers to; undefined where a default (`${A:-text}`) is a text of its own. */
function namesIn(text: string): (string | undefined)[] {
  return [...text.matchAll(/\$\{([^{}]*)\}|\$(\w+)/g)].map(([, braced, bare]) => {
    const match = /^([A-Za-z_][\w.-]*)(?::?\?.*|:?[-+])?$/.exec(bare ?? braced ?? '')
    return match?.[1]
  })
}

function guess({ key, value: whole }: Entry): Verdict {
  const value = whole.slice(0, LOOKED_AT)
  const prefix = publicPrefix(key)
  if (prefix) return plain(`public by its prefix ${prefix}`)
  const credentials = credentialsIn(value)
  if (credentials) return secret(`credentials ${credentials}`)
  return byShape(key, value) ?? byName(key, value) ?? byRandomness(value)
}

function byShape(key: string, value: string): Verdict | undefined {
  const token = knownToken(value)
  const isPublic = judgeName(key).says === 'public'
  if (token?.what === 'a private key') return secret(token.what)
  if (token?.is === 'public') return plain(token.what)
  if (isPublic) return plain('a public key')
  return token && secret(token.what)
}

function byName(key: string, value: string): Verdict | undefined {
  const name = judgeName(key)
  const config = configShape(value)
  if (config && !(name.says === 'strong' && config.weak)) return plain(`plain config: ${config.what}`)
  if (name.says === 'strong') return secret(`name ends in ${name.word}`)
  if (isCapabilityUrl(value)) return secret('a URL that is itself a key')
  if (name.says === 'capability') return byCapability(value)
  if (isUrl(value) && !hasUser(value)) return plain('plain config: URL without credentials')
  if (name.says === 'likely') return byLikelyName(name.word, value)
  if (name.says === 'opens-nothing') return plain('plain config: this key opens nothing')
  if (name.says === 'plain') return plain(`plain config: name ends in ${name.word}`)
  return name.says === 'middle' && looksMade(value) ? secret(`name holds ${name.word}`) : undefined
}

/** Connection settings that name no password (`Server=…;Trusted_Connection=True`) hold nothing to hide. */
function byLikelyName(word: string, value: string): Verdict {
  const settings = word.startsWith('CONN') && /^[\w ]+=[^;]*(?:;[\w ]+=[^;]*)+;?$/.test(value)
  return settings ? plain('plain config: settings without credentials') : secret(`name ends in ${word}`)
}

function byCapability(value: string): Verdict {
  if (isLocalUrl(value)) return plain('plain config: URL of this machine')
  return isUrl(value) ? secret('a URL that is itself a key') : plain('plain config: no URL')
}

function byRandomness(value: string): Verdict {
  if (isUuid(value)) return plain('plain config: an identifier')
  return isRandom(value) ? secret('looks random') : plain('plain config')
}

function hasUser(value: string): boolean {
  return /^[^:]+:\/\/[^/?#@]+@/.test(value)
}

/** A shorter text than `isRandom` asks for, where the name already hints at a secret. */
function looksMade(value: string): boolean {
  return !/\s/.test(value) && value.length >= 10 && /\d/.test(value) && /[A-Za-z]/.test(value) && !isUuid(value)
}

/** Half a pair goes where the other half goes, also where that has gone already. */
function withPartner(one: Classified, kinds: ReadonlyMap<string, Kind>): Classified {
  if (one.kind !== 'plain') return one
  const partner = partnersOf(one.key).find((other) => kinds.get(other) === 'secret' || kinds.get(other) === 'reference')
  return partner === undefined ? one : { key: one.key, ...secret(`goes with ${partner}`) }
}

type Overrule = (key: string) => Verdict | undefined
function overruler(rules: Rules): Overrule {
  const matcher = (globs: readonly string[] = []) =>
    globs.length > 0 ? picomatch([...globs], { nocase: true, dot: true }) : () => false
  const excluded = matcher(rules.exclude)
  const included = matcher(rules.include)
  return (key) => {
    if (excluded(key)) return plain('excluded by a rule')
    if (included(key)) return secret('included by a rule')
    return rules.all ? secret('all keys were asked for') : undefined
  }
}

function secret(reason: string): Verdict {
  return { kind: 'secret', reason }
}
function plain(reason: string): Verdict {
  return { kind: 'plain', reason }
}
function reference(reason: string): Verdict {
  return { kind: 'reference', reason }
}
