import { type Library, type LibraryOptions, openLibrary } from './connect/library.js'
import { Failure } from './core/failure.js'
import { type SecretName, secretName } from './core/names.js'
import type { Listing, Lookup, ProviderId } from './core/ports.js'
import { SecretValue } from './core/secret.js'
import { listAll } from './flows/list.js'
import { perform } from './flows/perform.js'
import { planSet } from './flows/set.js'

export interface SecretManagerOptions extends LibraryOptions {
  /** How long a value that was read is given again without a request, in milliseconds. Default: 0, never. */
  readonly cacheForMs?: number
  /** Told how the provider was chosen, where that may surprise. */
  readonly onNotice?: (text: string) => void
}

/** Secrets for an application. Values are `SecretValue`: they print as `[secret]`, and `reveal()` lets them out. */
export interface SecretManager {
  /** Which provider it reads: `env` under ENABLE_SECRET_MANAGER=false, and where nothing names another one. */
  readonly provider: ProviderId
  /** Account, project, vault or cluster, with the prefix: for logs. */
  readonly identity: string
  /** The current value. SECRET_NOT_FOUND where there is none; any doubt is another failure, never an absence. */
  get(name: string): Promise<SecretValue>
  /** Many in the fewest requests that the service has. SECRET_NOT_FOUND names all that are missing. */
  getMany<Name extends string>(names: readonly Name[]): Promise<ReadonlyMap<Name, SecretValue>>
  /** Names and facts, never values. */
  list(): Promise<readonly Listing[]>
  /** Writes, reads back and compares; recorded, so that `vibesecrets rollback` undoes it. */
  set(name: string, value: string | Uint8Array | SecretValue, options?: SetOptions): Promise<void>
  /** Ends connections. Nothing can be read afterwards. */
  close(): Promise<void>
}

export interface SetOptions {
  readonly description?: string
  /** Where another value is there: replace it (the default), or fail with CONFLICT. */
  readonly onConflict?: 'overwrite' | 'fail'
}

/**
 * Connects to the provider that options, environment or config file name, by the rules of the command line. Where none
 * does, and under ENABLE_SECRET_MANAGER=false, values come from the environment.
 */
export async function createSecretManager(options: SecretManagerOptions): Promise<SecretManager> {
  const reading = await openLibrary(options, 'get')
  for (const { text } of reading.config.notices) options.onNotice?.(text)
  const cache = new Map<SecretName, Cached>()
  const { provider, identity, clock } = reading.context
  let writing: Promise<Library> | undefined
  let isClosed = false

  /** A value and its name in one place, so that two who ask at once make one request. */
  function fresh(name: SecretName): Promise<Lookup> {
    if (isClosed) throw closed(name)
    const known = cache.get(name)
    if (known !== undefined && clock.now().getTime() < known.until) return known.found
    const found = provider.read(name)
    keep(name, found)
    return found
  }

  function keep(name: SecretName, found: Promise<Lookup>): void {
    const { cacheForMs = 0 } = options
    if (cacheForMs <= 0) return
    cache.set(name, { found, until: clock.now().getTime() + cacheForMs })
    const forget = (): void => void (cache.get(name)?.found === found && cache.delete(name))
    // what is not there, or not known, is asked for again
    found.then(({ state }) => (state === 'present' ? undefined : forget()), forget)
  }

  return {
    provider: provider.traits.id,
    identity,
    async get(name) {
      const secret = secretName(name)
      return presentIn(secret, await fresh(secret), identity)
    },
    async getMany(names) {
      const wanted = names.map((name) => [name, secretName(name)] as const)
      const now = clock.now().getTime()
      const asked = [...new Set(wanted.map(([, secret]) => secret))].filter(
        (one) => now >= (cache.get(one)?.until ?? 0),
      )
      if (isClosed) throw closed(names[0])
      const found = asked.length === 0 ? new Map<SecretName, Lookup>() : await provider.readMany(asked)
      for (const [secret, one] of found) keep(secret, Promise.resolve(one))
      const values = new Map<(typeof names)[number], Lookup>()
      for (const [name, secret] of wanted) values.set(name, found.get(secret) ?? (await fresh(secret)))
      return allPresent(values, identity)
    },
    list: () => listAll(provider),
    async set(name, value, { description, onConflict = 'overwrite' } = {}) {
      const secret = secretName(name)
      if (isClosed) throw closed(name)
      writing ??= openLibrary(options, 'set')
      // another try may find what this one did not
      writing.catch(() => {
        writing = undefined
      })
      const { context } = await writing
      if (!context.provider.traits.writable) throw readOnly(secret, context.identity)
      const request = { name: secret, value: secretOf(value), onConflict }
      const plan = await planSet({ ...request, ...(description === undefined ? {} : { description }) }, context)
      if (plan.row?.action === 'conflict') throw conflict(secret, context.identity)
      if (plan.plan.stages.length > 0) await perform(plan, context)
      cache.delete(secret)
    },
    async close() {
      isClosed = true
      cache.clear()
      await reading.close()
      await (await writing)?.close()
    },
  }
}

interface Cached {
  readonly found: Promise<Lookup>
  readonly until: number
}

const secretOf = (value: string | Uint8Array | SecretValue): SecretValue => {
  if (value instanceof SecretValue) return value
  return typeof value === 'string' ? SecretValue.fromText(value) : SecretValue.fromBytes(value)
}

function presentIn(secret: SecretName, found: Lookup, target: string): SecretValue {
  if (found.state === 'present') return found.value
  throw found.state === 'absent'
    ? new Failure('SECRET_NOT_FOUND', { doing: 'reading', secret, target, why: 'there is no such secret' })
    : new Failure('SECRET_DELETED', { doing: 'reading', secret, target, why: 'it was deleted' })
}

function allPresent<Name extends string>(found: ReadonlyMap<Name, Lookup>, target: string): Map<Name, SecretValue> {
  const missing = [...found].flatMap(([name, { state }]) => (state === 'present' ? [] : [name]))
  if (missing.length > 0)
    throw new Failure('SECRET_NOT_FOUND', {
      ...{ doing: 'reading', target, names: missing },
      why: `${missing.length} of ${found.size} are not there: ${missing.join(', ')}`,
    })
  return new Map([...found].flatMap(([name, one]) => (one.state === 'present' ? [[name, one.value] as const] : [])))
}

const conflict = (secret: SecretName, target: string): Failure =>
  new Failure('CONFLICT', { doing: 'writing', secret, target, why: 'another value is there' })

const readOnly = (secret: SecretName, target: string): Failure =>
  new Failure('UNSUPPORTED', { doing: 'writing', secret, target, why: 'it is read-only here' })

const closed = (secret: string | undefined): Failure =>
  new Failure('USAGE', {
    ...(secret === undefined ? {} : { secret }),
    doing: 'reading',
    why: 'the secret manager was closed',
  })
