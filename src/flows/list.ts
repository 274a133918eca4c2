import type { SecretName } from '../core/names.js'
import type { Listing, Provider } from '../core/ports.js'
import { rotatedAt } from '../rotation/labels.js'

/** Names and facts in the order of the names; never values. */
export async function listAll(provider: Provider): Promise<Listing[]> {
  const all: Listing[] = []
  for await (const listing of provider.list()) all.push(listing)
  return all.sort((a, b) => compareNames(a.name, b.name))
}

/** By code points: the same on every machine. */
export const compareNames = (a: SecretName, b: SecretName): number => (a < b ? -1 : a > b ? 1 : 0)

/** When a rotation made the current value, as the listing's labels tell it. */
export const rotatedOf = ({ labels, state }: Listing): Date | undefined =>
  state === 'present' && labels !== undefined ? rotatedAt(labels) : undefined
