import type { DeletedSecret, SecretProperties } from '@azure/keyvault-secrets'
import type { SecretName } from '../../core/names.js'
import type { Listing, VersionListing } from '../../core/ports.js'
import { version } from '../../core/secret.js'
import { resumable } from '../pages.js'
import { fittingName, listedName } from './names.js'
import type { Session } from './session.js'
import { descriptionOf, labelsOf, writtenOf } from './tags.js'

/** Values do not come with it. The service gives 25 a page, and the deleted ones in a list of their own. */
export function list(session: Session, prefix = ''): AsyncIterable<Listing> {
  return resumable(
    () => all(session, prefix),
    ({ name, state }) => `${state} ${name}`,
  )
}

async function* all(session: Session, prefix: string): AsyncIterable<Listing> {
  for await (const one of asked(session, undefined, () => session.client.listPropertiesOfSecrets())) {
    const name = listedName(one.name, prefix)
    if (name !== undefined) yield listingOf(name, one)
  }
  for await (const one of asked(session, undefined, () => session.client.listDeletedSecrets())) {
    const name = listedName(one.name, prefix)
    if (name !== undefined) yield deletedListing(name, one)
  }
}

/** The dates of creation that the service gives are those of the current version: they are left out. */
function listingOf(name: SecretName, { updatedOn, tags }: SecretProperties): Listing {
  const description = descriptionOf(tags)
  return {
    name,
    state: 'present',
    ...(updatedOn && { updatedAt: updatedOn }),
    labels: labelsOf(tags),
    ...(description !== undefined && { description }),
  }
}

function deletedListing(name: SecretName, { properties, scheduledPurgeDate }: DeletedSecret): Listing {
  return {
    ...listingOf(name, properties),
    state: 'deleted',
    ...(scheduledPurgeDate && { recoverableUntil: scheduledPurgeDate }),
  }
}

async function* asked<T>(
  session: Session,
  name: SecretName | undefined,
  open: () => AsyncIterable<T>,
): AsyncIterable<T> {
  const source = open()[Symbol.asyncIterator]()
  for (;;) {
    const step = await session.ask('list', name, () => source.next())
    if (step.done === true) return
    yield step.value
  }
}

/** Newest first. */
export async function* versions(session: Session, name: SecretName): AsyncIterable<VersionListing> {
  const stored = fittingName(name, 'reading')
  const found: SecretProperties[] = []
  for await (const one of asked(session, name, () => session.client.listPropertiesOfSecretVersions(stored)))
    found.push(one)
  for (const { version: id = '', createdOn, enabled } of newestFirst(found))
    yield {
      version: version(id),
      ...(createdOn && { createdAt: createdOn }),
      state: enabled === false ? 'disabled' : 'enabled',
    }
}

/** The service's dates have whole seconds; within one, our note of which version came before decides. */
export function newestFirst(all: readonly SecretProperties[]): SecretProperties[] {
  const byId = new Map(all.map((one) => [one.version, one]))
  const depths = new Map<string | undefined, number>()
  const depth = ({ version: id, tags }: SecretProperties): number => {
    const known = depths.get(id)
    if (known !== undefined) return known
    depths.set(id, 0)
    const previous = byId.get(writtenOf(tags).previous)
    const steps = previous === undefined ? 0 : depth(previous) + 1
    depths.set(id, steps)
    return steps
  }
  const timeOf = ({ createdOn }: SecretProperties): number => createdOn?.getTime() ?? 0
  return [...all].sort((a, b) => timeOf(b) - timeOf(a) || depth(b) - depth(a))
}
