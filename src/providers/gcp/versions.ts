import { isFailure } from '../../core/failure.js'
import type { SecretName } from '../../core/names.js'
import type { VersionListing } from '../../core/ports.js'
import { version } from '../../core/secret.js'
import { overPages, type Page } from '../pages.js'
import { dateOf } from './facts.js'
import { lastPart, pathOf, type SecretVersion, type Session } from './session.js'

const PAGE = 5_000

async function page(session: Session, name: SecretName, from: string | undefined): Promise<Page<SecretVersion>> {
  const token = from === undefined ? {} : { pageToken: from }
  const request = { parent: pathOf(session, name), pageSize: PAGE, ...token }
  return session.ask('ListSecretVersions', name, async (client, options) => {
    const [items, , answer] = await client.listSecretVersions(request, { ...options, autoPaginate: false })
    return { items, next: answer?.nextPageToken || undefined }
  })
}

/** The service sorts them, newest first. */
export function versions(session: Session, name: SecretName): AsyncIterable<VersionListing> {
  return overPages(async (from) => {
    const { items, next } = await page(session, name, from)
    return { items: items.map(listingOf), next }
  })
}

const states = { ENABLED: 'enabled', DISABLED: 'disabled', DESTROYED: 'destroyed' } as const

function listingOf(one: SecretVersion): VersionListing {
  const createdAt = dateOf(one.createTime)
  const state = states[String(one.state) as keyof typeof states] ?? 'disabled'
  return { version: version(lastPart(one.name)), ...(createdAt && { createdAt }), state }
}

/** Of those that are not destroyed `keep` stay. What the service destroys later (`version_destroy_ttl`) counts as ended. */
export async function destroyOldVersions(session: Session, name: SecretName, keep: number): Promise<number> {
  const living: SecretVersion[] = []
  let from: string | undefined
  do {
    const { items, next } = await page(session, name, from)
    living.push(...items.filter(({ state, scheduledDestroyTime }) => state !== 'DESTROYED' && !scheduledDestroyTime))
    from = next
  } while (from !== undefined)
  const old = living.slice(Math.max(1, keep))
  for (const one of old) await destroy(session, name, one)
  return old.length
}

async function destroy(session: Session, name: SecretName, one: SecretVersion): Promise<void> {
  try {
    await session.ask('DestroySecretVersion', name, (client, options) =>
      client.destroySecretVersion({ name: one.name ?? '', etag: one.etag ?? '' }, options),
    )
  } catch (error) {
    // Its etag moved: our own request again, whose reply was lost, or somebody else's with the same aim.
    if (!isFailure(error, 'CONFLICT')) throw error
  }
}
