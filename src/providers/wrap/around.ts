import type { SecretName } from '../../core/names.js'
import type { NativeRotation, Provider, Staging } from '../../core/ports.js'
import { resumable } from '../pages.js'
import * as proof from './proof.js'

/** One call of a provider's method, as a wrapper sees it. */
export interface Call<T> {
  readonly method: string
  readonly kind: 'read' | 'write'
  readonly names: readonly SecretName[]
  /** For a write whose reply was lost: looks whether it took effect, and gives what it would have returned. */
  readonly proof?: () => Promise<{ readonly result: T } | undefined>
  /** A second try would do something else than the first. */
  readonly once?: true
}

export type Around = <T>(call: Call<T>, run: () => Promise<T>) => Promise<T>

/** The provider with `wrap` around each call; of a listing around each step. What it lacks stays missing. */
export function around(provider: Provider, wrap: Around): Provider {
  return { ...reads(provider, wrap), ...writes(provider, wrap), ...abilities(provider, wrap) }
}

const read = (method: string, ...names: SecretName[]): Call<never> => ({ method, kind: 'read', names })
const write = (method: string, ...names: SecretName[]): Call<never> => ({ method, kind: 'write', names })

function reads(
  provider: Provider,
  wrap: Around,
): Pick<Provider, 'traits' | 'identity' | 'list' | 'read' | 'readMany' | 'close'> {
  return {
    traits: provider.traits,
    identity: () => wrap(read('identity'), () => provider.identity()),
    list: (options) =>
      steps(
        wrap,
        read('list'),
        () => provider.list(options),
        ({ name }) => name,
      ),
    read: (name, version) => wrap(read('read', name), () => provider.read(name, version)),
    readMany: (names) => wrap(read('readMany', ...names), () => provider.readMany(names)),
    close: () => provider.close(),
  }
}

function writes(provider: Provider, wrap: Around): Pick<Provider, 'write' | 'remove'> {
  return {
    write: (name, value, options) =>
      wrap({ ...write('write', name), proof: proof.ofWrite(provider, { name, value, ...options }) }, () =>
        provider.write(name, value, options),
      ),
    remove: (name, options) =>
      wrap({ ...write('remove', name), proof: proof.ofRemoval(provider, [name]) }, () =>
        provider.remove(name, options),
      ),
  }
}

function steps<T>(
  wrap: Around,
  call: Call<never>,
  open: () => AsyncIterable<T>,
  keyOf: (item: T) => string,
): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]: () => {
      const source = resumable(open, keyOf)[Symbol.asyncIterator]()
      return {
        resumable: true,
        next: () => wrap(call, () => source.next()),
        return: async () => (await source.return?.()) ?? { done: true, value: undefined },
      }
    },
  }
}

type Abilities = Omit<Provider, keyof ReturnType<typeof reads> | keyof ReturnType<typeof writes>>

function abilities(provider: Provider, wrap: Around): Abilities {
  return {
    ...batches(provider, wrap),
    ...histories(provider, wrap),
    ...(provider.staging && { staging: staging(provider, provider.staging, wrap) }),
    ...(provider.rotation && { rotation: rotation(provider.rotation, wrap) }),
  }
}

function batches(provider: Provider, wrap: Around): Pick<Provider, 'readEach' | 'writeMany' | 'removeMany'> {
  const { readEach, writeMany, removeMany } = provider
  return {
    ...(readEach && {
      readEach: (names) => wrap(read('readEach', ...names), () => readEach.call(provider, names)),
    }),
    ...(writeMany && {
      writeMany: (many) =>
        wrap({ ...write('writeMany', ...many.map(({ name }) => name)), proof: proof.ofWrites(provider, many) }, () =>
          writeMany.call(provider, many),
        ),
    }),
    ...(removeMany && {
      removeMany: (many) => {
        const names = many.map(({ name }) => name)
        const call = { ...write('removeMany', ...names), proof: proof.ofRemoval(provider, names) }
        return wrap(call, () => removeMany.call(provider, many))
      },
    }),
  }
}

function histories(
  provider: Provider,
  wrap: Around,
): Pick<Provider, 'undelete' | 'versions' | 'label' | 'destroyOldVersions'> {
  const { undelete, versions, label, destroyOldVersions } = provider
  return {
    ...(undelete && {
      undelete: (name) =>
        wrap({ ...write('undelete', name), proof: proof.ofPresence(provider, name) }, () =>
          undelete.call(provider, name),
        ),
    }),
    ...(versions && {
      versions: (name) =>
        steps(
          wrap,
          read('versions', name),
          () => versions.call(provider, name),
          (one) => one.version,
        ),
    }),
    ...(label && {
      label: (name, labels, options) => wrap(write('label', name), () => label.call(provider, name, labels, options)),
    }),
    ...(destroyOldVersions && {
      destroyOldVersions: (name, keep) =>
        wrap(write('destroyOldVersions', name), () => destroyOldVersions.call(provider, name, keep)),
    }),
  }
}

function staging(provider: Provider, inner: Staging, wrap: Around): Staging {
  return {
    pending: (name) => wrap(read('pending', name), () => inner.pending(name)),
    stage: (name, value, options) =>
      wrap({ ...write('stage', name), proof: proof.ofStage(inner, name, value, options.token) }, () =>
        inner.stage(name, value, options),
      ),
    promote: (name, options) =>
      wrap({ ...write('promote', name), proof: proof.ofPromotion(provider, inner, name, options.expect) }, () =>
        inner.promote(name, options),
      ),
    discard: (name) => wrap(write('discard', name), () => inner.discard(name)),
  }
}

function rotation(inner: NativeRotation, wrap: Around): NativeRotation {
  return {
    enable: (name, options) => {
      const call = write('rotation.enable', name)
      return wrap(options.now === true ? { ...call, once: true } : call, () => inner.enable(name, options))
    },
    cancel: (name) => wrap(write('rotation.cancel', name), () => inner.cancel(name)),
  }
}
