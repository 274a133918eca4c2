import { Failure } from '../core/failure.js'
import { type SecretName, secretName } from '../core/names.js'
import type { Labels, Provider } from '../core/ports.js'
import type { SecretValue, Version } from '../core/secret.js'
import { isOver, keptOf, oldNameOf } from '../rotation/labels.js'

/** A key that a token may be signed with. */
export interface SigningKey {
  /** Changes with the value: fit for a token's `kid`. */
  readonly id: Version
  readonly value: SecretValue
  /** From this instant on it verifies no more; only of the key before the current one. */
  readonly until?: Date
}

export interface SigningKeys {
  /** Signs, and verifies. */
  readonly current: SigningKey
  /** Verifies only, until its deadline. */
  readonly previous?: SigningKey
}

/**
 * The keys of a secret that rotates with a grace period: sign with `current`, verify with both. `now` decides whether
 * the previous one still counts. Throws SECRET_NOT_FOUND where there is no current value.
 */
export async function getSigningKeys(
  provider: Pick<Provider, 'readMany'>,
  name: SecretName | string,
  now: Date,
): Promise<SigningKeys> {
  const secret = secretName(name)
  const beside = oldNameOf(secret)
  const found = await provider.readMany([secret, beside])
  const [is, was] = [found.get(secret), found.get(beside)]
  if (is?.state !== 'present') throw new Failure('SECRET_NOT_FOUND', { doing: 'reading signing keys', secret })
  const current = { id: is.version, value: is.value }
  const kept = was?.state === 'present' ? keptOf(was.labels) : undefined
  if (was?.state !== 'present' || kept?.of !== secret || isOver(kept, now) || was.value.equals(is.value))
    return { current }
  return { current, previous: { id: was.version, value: was.value, until: kept.until } }
}

/** Until when an entry that a rotation kept is accepted; `undefined` for every other entry. */
export const graceUntil = (labels: Labels | undefined): Date | undefined => keptOf(labels)?.until
