import { Failure } from '../../src/core/failure.js'
import { type SecretName, secretName } from '../../src/core/names.js'
import type { Plan, Step, ValueRef } from '../../src/core/plan.js'
import type { Clock, EnvFiles, Event, Lookup, Random } from '../../src/core/ports.js'
import { SecretValue } from '../../src/core/secret.js'
import type { Bundle } from '../../src/engine/bundle.js'
import type { Surroundings } from '../../src/engine/recover.js'
import { createRuns, type Runs } from '../../src/engine/runs.js'
import { type MemoryOptions, MemoryStore, memoryProvider } from '../../src/providers/memory.js'
import { Faults, faultyFiles, faultyFolder, faultyProvider } from './faults.js'
import { type MemoryFolder, memoryFolder } from './folder.js'

export const KEY = new Uint8Array(32).fill(7)
export const ENV = '/app/.env'

export const N = (text: string): SecretName => secretName(text)
export const V = (text: string): SecretValue => SecretValue.fromText(text)
export const ref = (from: 'new' | 'old', entry: string, text: string): ValueRef => ({
  from,
  entry,
  fingerprint: V(text).fingerprint(KEY),
})

/** Everything that outlives a process: the service, the state folder, the .env files, the time. */
export interface Machine {
  readonly store: MemoryStore
  readonly folder: MemoryFolder
  readonly files: Map<string, Uint8Array>
  readonly provider: MemoryOptions
  now: number
}

export function machine(provider: Omit<MemoryOptions, 'store' | 'now'> = {}): Machine {
  return { store: new MemoryStore(), folder: memoryFolder(), files: new Map(), provider, now: 1_700_000_000_000 }
}

/** The same machine once more, to go another way from here. */
export function copyOf({ store, folder, files, provider, now }: Machine): Machine {
  return { store: store.copy(), folder: memoryFolder(new Map(folder.files)), files: new Map(files), provider, now }
}

/** A process on the machine: all that it knows is on disk or in the service. */
export interface Process {
  readonly surroundings: Surroundings
  readonly runs: Runs
  readonly events: Event[]
}

export function boot(on: Machine, faults = new Faults(), more: Partial<Surroundings> = {}): Process {
  const events: Event[] = []
  const clock = clockOf(on)
  const runs = createRuns(faultyFolder(on.folder, faults), async () => KEY, countingRandom())
  const provider = memoryProvider({ ...on.provider, store: on.store, now: clock.now })
  const surroundings: Surroundings = {
    provider: faultyProvider(provider, faults),
    clock,
    sink: { emit: async (event) => void events.push(event) },
    files: faultyFiles(filesOf(on.files), faults),
    fingerprintKey: KEY,
    // One at a time, so that nobody comes between the look and the write of a `read-first` provider.
    concurrency: provider.traits.compareAndSet === 'read-first' ? 1 : 4,
    ...more,
  }
  return { surroundings, runs, events }
}

/** Time passes only while somebody sleeps. */
function clockOf(on: Machine): Clock {
  return {
    now: () => new Date(on.now),
    sleep: async (ms) => {
      on.now += ms
    },
  }
}

const filesOf = (files: Map<string, Uint8Array>): EnvFiles => ({
  read: async (path) => files.get(path),
  async replace(path, bytes, expect) {
    if (expect !== undefined && files.get(path) !== expect) throw new Failure('CONFLICT', { target: path })
    files.set(path, bytes)
  },
})

/** Not random, but never the same twice. */
export function countingRandom(): Random {
  let count = 0
  return (bytes) => {
    count += 1
    return Uint8Array.from({ length: bytes }, (_, index) => (count * 31 + index * 7) & 255)
  }
}

/** Puts values into the service behind everybody's back. `null` deletes softly. */
export async function seed(on: Machine, values: Readonly<Record<string, string | null>>): Promise<void> {
  const raw = memoryProvider({ store: on.store, now: () => new Date(on.now - 3_600_000) })
  for (const [name, text] of Object.entries(values)) {
    const now = await raw.read(N(name))
    if (text === null && now.state === 'present') await raw.remove(N(name), { expect: now.version })
    const expect = now.state === 'present' ? now.version : now.state
    if (text !== null) await raw.write(N(name), V(text), { expect, token: `seed-${on.store.changes}` })
  }
}

/** What is there in truth, also where it does not show yet. */
export function lookAt(on: Machine, name: string): Promise<Lookup> {
  return memoryProvider({ store: on.store, now: () => new Date(on.now) }).read(N(name))
}

export const textOf = (found: Lookup): string => (found.state === 'present' ? found.value.reveal() : found.state)

export function planOf(stages: readonly (readonly Step[])[], more: Partial<Plan> = {}): Plan {
  return {
    format: 1,
    id: 'a001',
    command: 'migrate',
    target: 'memory',
    provider: 'memory',
    prefix: '',
    createdAt: '2026-01-02T03:04:05.678Z',
    stages,
    ...more,
  }
}

export function bundleOf(values: {
  readonly new?: Readonly<Record<string, string>>
  readonly old?: Readonly<Record<string, string>>
}): Bundle {
  const side = (texts: Readonly<Record<string, string>> = {}): Map<string, SecretValue> =>
    new Map(Object.entries(texts).map(([entry, text]) => [entry, V(text)]))
  return { new: side(values.new), old: side(values.old) }
}
