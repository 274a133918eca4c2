import { Failure } from '../core/failure.js'
import { type SecretName, secretName } from '../core/names.js'
import type { Before } from '../core/plan.js'
import type { Lookup, Provider, Staging } from '../core/ports.js'
import type { SecretValue } from '../core/secret.js'

const SUFFIX = '-pending'
/** Holds the token where a provider keeps labels but not who wrote. */
const OWNER = 'vibesecrets-owner'

/** The entry beside `name` that holds its pending value. */
export const sidecarName = (name: SecretName): SecretName => secretName(`${name}${SUFFIX}`)

/**
 * Staging for a provider that has none: the pending value is a secret beside the current one, and making it is the
 * lock between two hosts. With `read-first` a race remains in the provider's own write; it is said there.
 */
export function sidecarStaging(provider: Provider): Staging {
  const { labels: keepsLabels } = provider.traits
  return {
    async pending(name) {
      return withOwner(await provider.read(sidecarName(name)))
    },
    async stage(name, value, { token, labels }) {
      const side = sidecarName(name)
      const now = withOwner(await provider.read(side))
      if (isSameWrite(now, value, token)) return
      const expect = await freePlace(now, side, provider)
      const all = keepsLabels ? { labels: { ...labels, [OWNER]: token } } : {}
      await provider.write(side, value, { expect, token, ...all })
    },
    async promote(name, { expect, token }) {
      const next = await provider.read(sidecarName(name))
      if (next.state !== 'present') throw new Failure('SECRET_NOT_FOUND', { secret: sidecarName(name) })
      await provider.write(name, next.value, { expect, token })
    },
    async discard(name) {
      const next = await provider.read(sidecarName(name))
      if (next.state === 'present') await provider.remove(sidecarName(name), { expect: next.version })
    },
  }
}

const isSameWrite = (now: Lookup, value: SecretValue, token: string): boolean =>
  now.state === 'present' && now.writtenBy === token && now.value.equals(value)

/**
 * What the write has to expect, so that one of two hosts is refused. The version that comes back with an undelete is
 * known before it: the write of the other host can then not pass for it.
 */
async function freePlace(now: Lookup, side: SecretName, provider: Provider): Promise<Before> {
  if (now.state === 'present') throw new Failure('CONFLICT', { secret: side, why: 'another value is pending' })
  if (now.state === 'absent' || provider.traits.writesOverDeleted) return now.state
  if (provider.undelete === undefined || now.version === undefined)
    throw new Failure('SECRET_DELETED', { secret: side })
  await provider.undelete(side)
  return now.version
}

function withOwner(found: Lookup): Lookup {
  if (found.state !== 'present') return found
  const { [OWNER]: owner, ...labels } = found.labels
  const writtenBy = found.writtenBy ?? owner
  return { ...found, labels, ...(writtenBy !== undefined && { writtenBy }) }
}
