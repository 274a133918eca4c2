import { createHmac } from 'node:crypto'
import { Failure } from '../../core/failure.js'
import { keyOfName, nameOfKey, type SecretName } from '../../core/names.js'
import { type Version, version } from '../../core/secret.js'
import type { Text } from './text.js'

/** A variable, and where it is set. */
export interface Found {
  readonly key: string
  readonly value: string
  readonly from: 'environment' | 'file'
}

/** All variables by the name that they have as secrets. Two keys may meet in one name: `A_B` and `a_b`. */
export type Names = ReadonlyMap<SecretName, readonly Found[]>

/** The environment over the file: a key that both set is the environment's. */
export function indexOf(environment: Readonly<Record<string, string | undefined>>, { values }: Text): Names {
  const names = new Map<SecretName, Found[]>()
  const add = (key: string, value: string, from: Found['from']): void => {
    const name = nameFor(key)
    const there = name === undefined ? undefined : names.get(name)
    if (name === undefined || there?.some((found) => found.key === key)) return
    names.set(name, [...(there ?? []), { key, value, from }])
  }
  for (const [key, value] of Object.entries(environment)) if (value !== undefined) add(key, value, 'environment')
  for (const [key, value] of values) add(key, value, 'file')
  return names
}

/** `undefined` for a key that cannot be a secret's name: systems allow nearly anything. */
function nameFor(key: string): SecretName | undefined {
  try {
    return nameOfKey(key)
  } catch (error) {
    if (error instanceof Failure && error.code === 'NAME_INVALID') return undefined
    throw error
  }
}

/** `database-url` is DATABASE_URL, or the one other key that has its name. Throws where two others do. */
export function find(names: Names, name: SecretName): Found | undefined {
  const found = names.get(name) ?? []
  const usual = found.find(({ key }) => key === keyOfName(name))
  if (usual !== undefined || found.length < 2) return usual ?? found[0]
  const keys = found.map(({ key }) => key)
  throw new Failure('NAME_INVALID', { secret: name, why: `it is the name of ${keys.join(' and of ')}`, names: keys })
}

/** A keyed digest of where and what: the same in every process of this machine, and nothing to others. */
export function versionOf({ key, value, from }: Found, fingerprintKey: Uint8Array): Version {
  const digest = createHmac('sha256', fingerprintKey)
    .update(JSON.stringify(['env', from, key, value]))
    .digest('hex')
  return version(digest.slice(0, 16))
}
