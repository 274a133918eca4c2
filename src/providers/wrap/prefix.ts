import { type SecretName, secretName } from '../../core/names.js'
import type { Listing, NativeRotation, Provider, Staging } from '../../core/ports.js'

/**
 * Puts `prefix` before every name that goes in and takes it off every name that comes out; names without it are not
 * there. The traits stay the service's own: who checks a name's length adds the prefix.
 */
export function withPrefix(provider: Provider, prefix: string): Provider {
  if (prefix === '') return provider
  const full = (name: SecretName): SecretName => secretName(prefix + name)
  return {
    traits: provider.traits,
    identity: () => provider.identity(),
    list: ({ prefix: inner = '' } = {}) => shortened(provider.list({ prefix: prefix + inner }), prefix),
    read: (name, version) => provider.read(full(name), version),
    readMany: async (names) => byShortName(names, await provider.readMany(names.map(full)), full),
    write: (name, value, options) => provider.write(full(name), value, options),
    remove: (name, options) => provider.remove(full(name), options),
    close: () => provider.close(),
    ...batches(provider, full),
    ...histories(provider, full),
    ...(provider.staging && { staging: staging(provider.staging, full) }),
    ...(provider.rotation && { rotation: rotation(provider.rotation, full) }),
  }
}

type Full = (name: SecretName) => SecretName

async function* shortened(source: AsyncIterable<Listing>, prefix: string): AsyncIterable<Listing> {
  for await (const listing of source) {
    const rest = listing.name.slice(prefix.length)
    if (listing.name.startsWith(prefix) && rest !== '') yield { ...listing, name: secretName(rest) }
  }
}

/** A name that the answer lacks is left out: the caller sees the gap. */
function byShortName<T>(
  names: readonly SecretName[],
  found: ReadonlyMap<SecretName, T>,
  full: Full,
): ReadonlyMap<SecretName, T> {
  const short = new Map<SecretName, T>()
  for (const name of names) {
    const one = found.get(full(name))
    if (one !== undefined) short.set(name, one)
  }
  return short
}

function batches(provider: Provider, full: Full): Pick<Provider, 'readEach' | 'writeMany' | 'removeMany'> {
  const { readEach, writeMany, removeMany } = provider
  return {
    ...(readEach && {
      readEach: async (names) => byShortName(names, await readEach.call(provider, names.map(full)), full),
    }),
    ...(writeMany && {
      writeMany: async (writes) => {
        const names = writes.map(({ name }) => name)
        const long = writes.map((write) => ({ ...write, name: full(write.name) }))
        return byShortName(names, await writeMany.call(provider, long), full)
      },
    }),
    ...(removeMany && {
      removeMany: (removes) =>
        removeMany.call(
          provider,
          removes.map((remove) => ({ ...remove, name: full(remove.name) })),
        ),
    }),
  }
}

function histories(
  provider: Provider,
  full: Full,
): Pick<Provider, 'undelete' | 'versions' | 'label' | 'destroyOldVersions'> {
  const { undelete, versions, label, destroyOldVersions } = provider
  return {
    ...(undelete && { undelete: (name) => undelete.call(provider, full(name)) }),
    ...(versions && { versions: (name) => versions.call(provider, full(name)) }),
    ...(label && { label: (name, labels, options) => label.call(provider, full(name), labels, options) }),
    ...(destroyOldVersions && {
      destroyOldVersions: (name, keep) => destroyOldVersions.call(provider, full(name), keep),
    }),
  }
}

function staging(inner: Staging, full: Full): Staging {
  return {
    pending: (name) => inner.pending(full(name)),
    stage: (name, value, options) => inner.stage(full(name), value, options),
    promote: (name, options) => inner.promote(full(name), options),
    discard: (name) => inner.discard(full(name)),
  }
}

function rotation(inner: NativeRotation, full: Full): NativeRotation {
  return {
    enable: (name, options) => inner.enable(full(name), options),
    cancel: (name) => inner.cancel(full(name)),
  }
}
