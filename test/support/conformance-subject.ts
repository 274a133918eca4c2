import { expect } from '@jest/globals'
import { isFailure } from '../../src/core/failure.js'
import { type SecretName, secretName } from '../../src/core/names.js'
import type { Lookup, Present, Provider, Traits, WriteOptions } from '../../src/core/ports.js'
import { SecretValue, type Version } from '../../src/core/secret.js'

/** A provider to be examined, and what is needed beside it. */
export interface Subject {
  readonly provider: Provider
  /** All names of this run begin with it. */
  readonly prefix: string
  /** The service's own client: sees and changes things behind the provider's back. */
  readonly outside: Outside
  /** For `read-first`: runs `act` once, between the next write's look and its write. */
  readonly between?: (act: () => Promise<void>) => void
  /** The same place for somebody who may not read it. */
  readonly forbidden?: Provider
  /** The same provider with nobody at the other end. */
  readonly unreachable?: Provider
  /** Requests that reached the service so far, where they can be counted. */
  readonly requests?: () => number
  /** The largest value that fits beside what is there already, where that is less than `maxBytes`. */
  readonly largest?: number
  /** The longest name from here, where a wrapper takes some of the service's `maxLength`. */
  readonly longest?: number
  /** Titles of hostile values that it refuses with VALUE_UNFIT, although nothing in its traits says so. */
  readonly refuses?: readonly string[]
  /** The past values that a service is sure to keep, the current one counted; 3 unless told. */
  readonly keepsVersions?: number
  cleanup(): Promise<void>
}

export interface Outside {
  write(name: SecretName, bytes: Uint8Array): Promise<void>
  /** `undefined` when there is nothing. */
  read(name: SecretName): Promise<Uint8Array | undefined>
}

export const abilityNames = [
  'readEach',
  'undelete',
  'versions',
  'label',
  'writeMany',
  'removeMany',
  'destroyOldVersions',
  'staging',
  'rotation',
] as const
export type Ability = (typeof abilityNames)[number]

/** What the provider has to be: a trait or an ability that comes or goes by accident is a failure. */
export interface Expected {
  readonly traits: Partial<Traits>
  readonly abilities: readonly Ability[]
}

/** What every test of the suite works with. */
export interface Bench {
  /** The subject is opened before the first test: not before. */
  readonly subject: () => Subject
  readonly provider: () => Provider
  readonly expected: Expected
  /** A name that nobody used. */
  readonly fresh: (hint?: string) => SecretName
  /** A token that nobody used. */
  readonly token: () => string
  /** `expect`, counted. */
  readonly check: typeof expect
  readonly has: (ability: Ability) => boolean
}

export const text = (value: string): SecretValue => SecretValue.fromText(value)
export const bytes = (value: string): Uint8Array => Buffer.from(value, 'utf8')

export function createBench(subject: () => Subject, expected: Expected, count: () => void): Bench {
  let used = 0
  const check = ((actual: unknown) => {
    count()
    return expect(actual)
  }) as typeof expect
  return {
    subject,
    provider: () => subject().provider,
    expected,
    fresh: (hint = 'name') => secretName(`${subject().prefix}${hint}-${++used}`),
    token: () => `run-${Date.now().toString(36)}-${++used}`,
    check,
    has: (ability) => expected.abilities.includes(ability),
  }
}

/** Creates `name`. */
export async function put(
  bench: Bench,
  name: SecretName,
  value: SecretValue,
  options: Partial<WriteOptions> = {},
): Promise<Version> {
  return bench.provider().write(name, value, { expect: 'absent', token: bench.token(), ...options })
}

/** The code of the Failure that `promise` ends with. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'no failure',
    (error: unknown) => (isFailure(error) ? error.code : `no Failure: ${String(error)}`),
  )
}

export function present(found: Lookup | Error | undefined): Present {
  if (found === undefined || found instanceof Error || found.state !== 'present')
    throw new Error(`not present: ${found instanceof Error ? String(found) : found?.state}`)
  return found
}

export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const one of source) all.push(one)
  return all
}

/** Text for a failing test: values never print themselves. */
export const hex = (value: SecretValue | Uint8Array | undefined): string =>
  value === undefined ? 'nothing' : Buffer.from('revealBytes' in value ? value.revealBytes() : value).toString('hex')
