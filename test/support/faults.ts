import { Failure } from '../../src/core/failure.js'
import type { EnvFiles, Provider } from '../../src/core/ports.js'
import type { Folder } from '../../src/engine/store.js'

export const faultKinds = ['crash-before', 'crash-after', 'lost-reply', 'unavailable', 'no-op', 'torn'] as const
export type FaultKind = (typeof faultKinds)[number]

/** What happens at the `at`-th call of a process; calls count from 1. */
export interface Fault {
  readonly at: number
  readonly kind: FaultKind
}

/** The process is gone: whatever it calls from now on fails, and has no effect. */
export class Crash extends Error {}

interface Call<T> {
  /** What the call can suffer. */
  readonly kinds: readonly FaultKind[]
  readonly act: () => Promise<T>
  /** What a call that does nothing answers. */
  readonly silent?: T
  /** The first half of the effect. */
  readonly half?: () => Promise<unknown>
  readonly refusal: (mayHaveHappened: boolean) => Failure
}

const READ: readonly FaultKind[] = ['crash-before', 'unavailable']
const WRITE: readonly FaultKind[] = ['crash-before', 'crash-after', 'lost-reply', 'unavailable', 'no-op']
const DURABLE: readonly FaultKind[] = ['crash-before', 'crash-after', 'unavailable', 'torn']

/** One process: counts its calls, and lets one of them suffer. */
export class Faults {
  /** What each call could have suffered: a clean run tells what there is to sweep. */
  readonly log: (readonly FaultKind[])[] = []
  #dead = false
  readonly #fault: Fault | undefined
  readonly #before: (call: number) => void

  /** `before` is called before each call: a second writer may do something there. */
  constructor(fault?: Fault, before: (call: number) => void = () => {}) {
    this.#fault = fault
    this.#before = before
  }

  async call<T>({ kinds, act, silent, half, refusal }: Call<T>): Promise<T> {
    if (this.#dead) throw new Crash('dead')
    this.log.push(kinds)
    this.#before(this.log.length)
    const kind = this.#fault?.at === this.log.length ? this.#fault.kind : undefined
    if (kind === undefined || !kinds.includes(kind)) return act()
    if (kind === 'unavailable') throw refusal(false)
    if (kind === 'no-op') return silent as T
    if (kind === 'crash-before') this.#die()
    if (kind === 'torn') await half?.()
    else await act()
    if (kind === 'lost-reply') throw refusal(true)
    return this.#die()
  }

  #die(): never {
    this.#dead = true
    throw new Crash('killed')
  }
}

const unavailable = (mayHaveHappened: boolean): Failure => new Failure('UNAVAILABLE', { mayHaveHappened })
const broken = (): Failure => new Failure('IO')

type Method = (...args: unknown[]) => unknown
const READS = ['identity', 'read', 'readMany', 'readEach']
const WRITES = ['write', 'remove', 'undelete', 'label', 'writeMany', 'removeMany', 'destroyOldVersions']
const LISTS = ['list', 'versions']

/** Every call of the provider passes through `faults`. */
export function faultyProvider(provider: Provider, faults: Faults): Provider {
  const wrapped: Record<string, unknown> = { ...provider }
  const method = (name: string): Method => wrapped[name] as Method
  const there = (names: readonly string[]): string[] => names.filter((name) => wrapped[name] !== undefined)
  for (const name of there(READS)) wrapped[name] = through(method(name), READ, faults)
  for (const name of there(WRITES)) wrapped[name] = through(method(name), WRITE, faults)
  for (const name of there(LISTS)) wrapped[name] = lazily(through(method(name), READ, faults))
  return wrapped as unknown as Provider
}

function through(
  method: Method,
  kinds: readonly FaultKind[],
  faults: Faults,
): (...args: unknown[]) => Promise<unknown> {
  return (...args) => faults.call({ kinds, act: async () => method(...args), silent: new Map(), refusal: unavailable })
}

const lazily = (open: (...args: unknown[]) => Promise<unknown>) =>
  async function* (...args: unknown[]): AsyncIterable<unknown> {
    yield* (await open(...args)) as AsyncIterable<unknown>
  }

/** Every call of the state folder passes through `faults`; an append can be torn. */
export function faultyFolder(folder: Folder, faults: Faults): Folder {
  const reads = <T>(act: () => Promise<T>): Promise<T> => faults.call({ kinds: READ, act, refusal: broken })
  const writes = <T>(act: () => Promise<T>, half?: () => Promise<unknown>): Promise<T> => {
    const kinds = half === undefined ? DURABLE.filter((kind) => kind !== 'torn') : DURABLE
    return faults.call({ kinds, act, refusal: broken, ...(half && { half }) })
  }
  return {
    read: (path) => reads(() => folder.read(path)),
    list: (path) => reads(() => folder.list(path)),
    create: (path, bytes) => writes(() => folder.create(path, bytes)),
    replace: (path, bytes) => writes(() => folder.replace(path, bytes)),
    remove: (path) => writes(() => folder.remove(path)),
    append: (path, bytes) => {
      const half = bytes.subarray(0, bytes.byteLength >> 1)
      return writes(
        () => folder.append(path, bytes),
        () => folder.append(path, half),
      )
    },
  }
}

/** Every call of the .env files passes through `faults`. */
export function faultyFiles(files: EnvFiles, faults: Faults): EnvFiles {
  return {
    read: (path) => faults.call({ kinds: READ, act: () => files.read(path), refusal: broken }),
    replace: (path, bytes, expect) =>
      faults.call({
        kinds: ['crash-before', 'crash-after', 'lost-reply', 'unavailable', 'no-op'],
        act: () => files.replace(path, bytes, expect),
        refusal: broken,
      }),
  }
}
