import type { SecretName } from '../../core/names.js'
import type { Lookup, Provider, Staging, Write } from '../../core/ports.js'
import type { SecretValue, Version } from '../../core/secret.js'

/** Looks whether a write with a lost reply took effect; `undefined` when it did not. */
type Proof<T> = () => Promise<{ readonly result: T } | undefined>

const proved = { result: undefined }

/** The write's token where the provider keeps it; else the value, which then has to be the one that was wanted. */
function isOurs(found: Lookup | undefined, value: SecretValue, token: string): found is Lookup & { state: 'present' } {
  if (found?.state !== 'present') return false
  return found.writtenBy === undefined ? found.value.equals(value) : found.writtenBy === token
}

export function ofWrite(provider: Provider, write: Write): Proof<Version> {
  return async () => {
    const found = await provider.read(write.name)
    return isOurs(found, write.value, write.token) ? { result: found.version } : undefined
  }
}

export function ofWrites(provider: Provider, writes: readonly Write[]): Proof<ReadonlyMap<SecretName, Version>> {
  return async () => {
    const found = await provider.readMany(writes.map(({ name }) => name))
    const versions = new Map<SecretName, Version>()
    for (const { name, value, token } of writes) {
      const one = found.get(name)
      if (!isOurs(one, value, token)) return undefined
      versions.set(name, one.version)
    }
    return { result: versions }
  }
}

export function ofRemoval(provider: Provider, names: readonly SecretName[]): Proof<void> {
  return async () => {
    const found = await provider.readMany(names)
    return names.every((name) => isGone(found.get(name))) ? proved : undefined
  }
}
const isGone = (found: Lookup | undefined): boolean => found !== undefined && found.state !== 'present'

export function ofPresence(provider: Provider, name: SecretName): Proof<void> {
  return async () => ((await provider.read(name)).state === 'present' ? proved : undefined)
}

export function ofStage(staging: Staging, name: SecretName, value: SecretValue, token: string): Proof<void> {
  return async () => (isOurs(await staging.pending(name), value, token) ? proved : undefined)
}

export function ofPromotion(provider: Provider, staging: Staging, name: SecretName, expect: Version): Proof<void> {
  return async () => {
    const [now, pending] = [await provider.read(name), await staging.pending(name)]
    if (now.state !== 'present' || pending.state !== 'present') return undefined
    return now.version !== expect && now.value.equals(pending.value) ? proved : undefined
  }
}
