import { Failure } from '../core/failure.js'
import { nameOfKey, type SecretName, secretName } from '../core/names.js'
import type { EnvKey } from './env-input.js'
import type { Choices, MigrateRequest } from './migrate.js'
import type { Wanted } from './migrate-plan.js'

/** The name of a key in the store: the one that was given, else the one that its letters make. */
export const nameFor = (key: string, names: Readonly<Record<string, string>>): SecretName => {
  const given = Object.hasOwn(names, key) ? names[key] : undefined
  return given === undefined ? nameOfKey(key) : secretName(given)
}

/** Whether a key goes to the store. */
export const moves = (one: EnvKey, choices: Choices | undefined): boolean =>
  choices === undefined ? one.kind === 'secret' : choices.keys.has(one.key) && one.kind !== 'empty'

interface Placed {
  readonly key: string
  readonly shown: string
  readonly wanted: Wanted
}

/** Names with their values, over all files; two keys that meet in one name are refused with both named. */
export function wantedOf(request: MigrateRequest, choices: Choices | undefined): ReadonlyMap<SecretName, Wanted> {
  const names = { ...request.names, ...choices?.names }
  const placed = new Map<SecretName, Placed>()
  const problems: string[] = []
  for (const { source, keys } of request.inputs)
    for (const one of keys.filter((key) => moves(key, choices))) {
      const name = nameFor(one.key, names)
      const here = { key: one.key, shown: source.shown, wanted: wantedFrom(one, name, request) }
      const there = placed.get(name)
      if (there === undefined) placed.set(name, here)
      else problems.push(...meeting(there, here, name))
    }
  if (problems.length > 0)
    throw new Failure('NAME_INVALID', {
      doing: 'naming the secrets',
      problems,
      hints: [{ what: 'give one of them a name of its own', command: 'vibesecrets migrate --name KEY=name' }],
    })
  return new Map([...placed].map(([name, { wanted }]) => [name, wanted]))
}

/** The same key with the same value in two files is one secret. */
function meeting(there: Placed, here: Placed, name: SecretName): string[] {
  if (there.key !== here.key) return [`${there.key} and ${here.key} would both become ${name}`]
  if (there.wanted.value.equals(here.wanted.value)) return []
  return [`${here.key} has one value in ${there.shown} and another in ${here.shown}`]
}

function wantedFrom(one: EnvKey, name: SecretName, request: MigrateRequest): Wanted {
  const expiresAfterMs = request.expiresAfterMs?.(name)
  const labels = { key: one.key }
  return { name, value: one.value, labels, ...(expiresAfterMs === undefined ? {} : { expiresAfterMs }) }
}
