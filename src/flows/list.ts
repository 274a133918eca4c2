import { isFailure } from '../core/failure.js'
import type { SecretName } from '../core/names.js'
import type { Listing, Provider } from '../core/ports.js'
import type { Version } from '../core/secret.js'
import { eachAtMost } from '../engine/pool.js'
import { rotatedAt } from '../rotation/labels.js'

/** Names and facts in the order of the names; never values. */
export async function listAll(provider: Provider): Promise<Listing[]> {
  const all: Listing[] = []
  for await (const listing of provider.list()) all.push(listing)
  return all.sort((a, b) => compareNames(a.name, b.name))
}

/**
 * With the current version of each, also where the service's listing does not tell it: one more request a secret. Who
 * may list, but not look at versions, gets the rows without.
 */
export async function withVersions(all: readonly Listing[], provider: Provider, concurrency: number) {
  const { versions } = provider
  if (versions === undefined) return all
  const told = [...all]
  const lacking = [...all.entries()].filter(([, { state, version }]) => state === 'present' && version === undefined)
  await eachAtMost(concurrency, lacking, async ([index, listing]) => {
    const version = await newestOf(versions.call(provider, listing.name))
    if (version !== undefined) told[index] = { ...listing, version }
  })
  return told
}

async function newestOf(versions: ReturnType<NonNullable<Provider['versions']>>): Promise<Version | undefined> {
  try {
    for await (const { version, state } of versions) if (state === 'enabled') return version
    return undefined
  } catch (error) {
    if (isFailure(error, 'PERMISSION_DENIED', 'SECRET_NOT_FOUND', 'SECRET_DELETED')) return undefined
    throw error
  }
}

/** By code points: the same on every machine. */
export const compareNames = (a: SecretName, b: SecretName): number => (a < b ? -1 : a > b ? 1 : 0)

/** When a rotation made the current value, as the listing's labels tell it. */
export const rotatedOf = ({ labels, state }: Listing): Date | undefined =>
  state === 'present' && labels !== undefined ? rotatedAt(labels) : undefined
