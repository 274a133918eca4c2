import { Failure } from '../../core/failure.js'
import { misfit, type SecretName } from '../../core/names.js'
import type { EnvFiles, Listing, Lookup, Provider, Traits, Write } from '../../core/ports.js'
import { SecretValue, type Version } from '../../core/secret.js'
import type { Dialect } from '../../dotenv/types.js'
import { type Change, edit } from './edit.js'
import { type Found, find, indexOf, type Names, versionOf } from './lookup.js'
import { keyOfNew, readText, type Text } from './text.js'

/** With a file; without one nothing can be written. */
export const traits: Traits = {
  id: 'env',
  writable: true,
  maxBytes: 128_000,
  emptyValues: true,
  binary: false,
  names: { pattern: /^[a-z-][a-z0-9-]*$/, caseSensitive: true, maxLength: 256 },
  compareAndSet: 'read-first',
  settlesWithinMs: 0,
  labels: false,
  descriptions: false,
  writesOverDeleted: false,
  shared: true,
  // A file on this machine: there is nobody to be gentle with.
  paced: true,
}

export interface EnvSettings {
  /** A snapshot of the process environment. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The .env file under it, absolute. */
  readonly file?: string
  /** How the application reads the file (dotenv). */
  readonly dialect?: Dialect
}

export interface EnvPorts {
  /** Keys the versions, which are digests of the values. */
  readonly fingerprintKey: Uint8Array
  readonly files: EnvFiles
}

/** The process environment, and under it a .env file, which writes go to. */
export async function connect(settings: EnvSettings, { fingerprintKey, files }: EnvPorts): Promise<Provider> {
  const { environment, file, dialect = 'dotenv' } = settings
  const own: Traits = file === undefined ? { ...traits, writable: false } : { ...traits, file }
  const read = async (): Promise<Text> =>
    readText(file, file === undefined ? undefined : await files.read(file), dialect)
  const look = async (): Promise<Names> => indexOf(environment, await read())

  const lookupOf = (found: Found | undefined, wanted?: Version): Lookup => {
    if (found === undefined) return { state: 'absent' }
    const version = versionOf(found, fingerprintKey)
    if (wanted !== undefined && wanted !== version) return { state: 'absent' }
    return { state: 'present', version, value: SecretValue.fromText(found.value), labels: {} }
  }

  /** The writes of one run stand in line: each reads the file that the one before left. */
  let last: Promise<unknown> = Promise.resolve()
  function change<T>(act: (names: Names) => { readonly changes: readonly Change[]; readonly result: T }): Promise<T> {
    const turn = last.then(
      () => changeFile(act),
      () => changeFile(act),
    )
    last = turn
    return turn
  }

  async function changeFile<T>(act: (names: Names) => { readonly changes: readonly Change[]; readonly result: T }) {
    if (file === undefined) throw new Failure('UNSUPPORTED', { target: 'env', why: 'there is no file to write to' })
    const text = await read()
    const { changes, result } = act(indexOf(environment, text))
    await files.replace(file, edit(text, changes, file))
    return result
  }

  /** Throws unless `expect` is in the file and nothing above it hides what would be written. */
  function expecting(names: Names, name: SecretName, expect: Write['expect']): Found | undefined {
    const found = find(names, name)
    if (found?.from === 'environment') throw shadowed(name, found.key)
    const now = found === undefined ? 'absent' : versionOf(found, fingerprintKey)
    if (now === expect) return found
    const why = now === 'absent' ? 'it is not in the file' : 'the file holds another value'
    throw new Failure('CONFLICT', { secret: name, target: own.file ?? 'env', why, names: [name] })
  }

  function set(names: Names, { name, value, expect }: Write): readonly [Change, Version] {
    refuseUnfit(name, value, own)
    const key = expecting(names, name, expect)?.key ?? keyOfNew(name)
    const text = value.reveal()
    return [{ key, value: text }, versionOf({ key, value: text, from: 'file' }, fingerprintKey)]
  }

  const drop = (names: Names, name: SecretName, expect: Version): Change => {
    return { key: expecting(names, name, expect)?.key ?? keyOfNew(name) }
  }

  return {
    traits: own,
    identity: async () => (file === undefined ? 'env' : `env:${file}`),
    async *list(options) {
      yield* listings(await look(), options?.prefix ?? '', fingerprintKey)
    },
    read: async (name, wanted) => lookupOf(find(await look(), name), wanted),
    async readMany(names) {
      const seen = await look()
      return new Map(names.map((name) => [name, lookupOf(find(seen, name))]))
    },
    write: (name, value, options) =>
      change((names) => {
        const [change, result] = set(names, { name, value, ...options })
        return { changes: [change], result }
      }),
    writeMany: (writes) =>
      change((names) => {
        const all = writes.map((write) => [write.name, ...set(names, write)] as const)
        const result = new Map(all.map(([name, , version]) => [name, version]))
        return { changes: all.map(([, change]) => change), result }
      }),
    remove: (name, { expect }) => change((names) => ({ changes: [drop(names, name, expect)], result: undefined })),
    removeMany: (removes) =>
      change((names) => ({ changes: removes.map(({ name, expect }) => drop(names, name, expect)), result: undefined })),
    async close() {
      await last.catch(() => undefined)
    },
  }
}

function* listings(names: Names, prefix: string, key: Uint8Array): Generator<Listing> {
  for (const name of [...names.keys()].sort()) {
    if (!name.startsWith(prefix)) continue
    const found = find(names, name)
    if (found !== undefined) yield { name, state: 'present', version: versionOf(found, key) }
  }
}

function shadowed(name: SecretName, key: string): Failure {
  const why = `${key} is set in the process environment, which wins over the file: what is written would not be read`
  const hints = [{ what: 'take it out of the environment first', command: `unset ${key}` }]
  return new Failure('CONFLICT', { secret: name, target: 'process environment', why, hints, names: [name] })
}

function refuseUnfit(name: SecretName, value: SecretValue, { names, maxBytes }: Traits): void {
  const why = misfit(name, names)
  if (why !== undefined) throw new Failure('NAME_INVALID', { secret: name, why: `${why}: no variable is called so` })
  const unfit = (reason: string): Failure => new Failure('VALUE_UNFIT', { secret: name, why: reason })
  if (!value.isText) throw unfit('it is binary, and a .env file is text')
  if (value.revealBytes().includes(0)) throw unfit('it holds a zero byte, which ends a variable')
  if (value.byteLength > maxBytes) throw unfit(`${value.byteLength} bytes, the limit is ${maxBytes}`)
}
