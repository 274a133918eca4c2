import type { Provider } from '../../src/core/ports.js'
import { SecretValue } from '../../src/core/secret.js'
import { type MemoryOptions, MemoryStore, memoryProvider } from '../../src/providers/memory.js'
import { type Ability, abilityNames, type Outside, type Subject } from './conformance-subject.js'

/** All that the memory provider can do. */
export const memoryAbilities: readonly Ability[] = abilityNames.filter((ability) => ability !== 'rotation')

/** Memory, and another host on the same store as its own client. `wrap` makes the provider to be examined of it. */
export async function openMemory(
  options: MemoryOptions = {},
  wrap: (provider: Provider) => Provider = (provider) => provider,
  prefix = '',
): Promise<Subject> {
  const store = new MemoryStore()
  let gap: (() => Promise<void>) | undefined
  const inTheGap = async (): Promise<void> => {
    const act = gap
    gap = undefined
    await act?.()
  }
  const host = memoryProvider({ ...options, store, traits: { ...options.traits, compareAndSet: 'service' } })
  return {
    provider: wrap(memoryProvider({ ...options, store, inTheGap })),
    prefix: 'vibebox/',
    outside: outsideOf(host, prefix),
    between: (act) => {
      gap = act
    },
    ...(prefix !== '' && { longest: (options.traits?.names?.maxLength ?? 1_024) - prefix.length }),
    cleanup: async () => {},
  }
}

/** Another connection as the service's own client. */
export function outsideOf(provider: Provider, prefix = ''): Outside {
  let writes = 0
  const full = (name: string) => `${prefix}${name}` as Parameters<Provider['read']>[0]
  return {
    async write(name, bytes) {
      const now = await provider.read(full(name))
      const expect = now.state === 'present' ? now.version : now.state
      await provider.write(full(name), SecretValue.fromBytes(bytes), { expect, token: `outside-${++writes}` })
    },
    async read(name) {
      const found = await provider.read(full(name))
      return found.state === 'present' ? found.value.revealBytes() : undefined
    },
  }
}
