import type { DescribeSecretResponse, SecretListEntry } from '@aws-sdk/client-secrets-manager'
import type { Labels, Lookup } from '../../core/ports.js'
import { type Version, version } from '../../core/secret.js'
import { labelsOf, PENDING, type Tag } from './tags.js'

/** What is known of a secret without its value. */
export interface Facts {
  readonly name: string
  /** Ids of versions and their staging labels. */
  readonly stages: Readonly<Record<string, readonly string[]>>
  readonly current?: Version
  readonly pending?: Version
  readonly deletedDate?: Date
  readonly labels: Labels
  readonly pendingLabels: Labels
  readonly tags: readonly Tag[]
  readonly description?: string
  readonly replicas: readonly string[]
}

export function factsOf(entry: DescribeSecretResponse | SecretListEntry): Facts {
  const stages = ('SecretVersionsToStages' in entry ? entry.SecretVersionsToStages : versionIdsOf(entry)) ?? {}
  const replicas = 'ReplicationStatus' in entry ? (entry.ReplicationStatus ?? []) : []
  const tags = entry.Tags ?? []
  return {
    name: entry.Name ?? '',
    stages,
    ...holder('current', stages, 'AWSCURRENT'),
    ...holder('pending', stages, 'AWSPENDING'),
    ...(entry.DeletedDate && { deletedDate: entry.DeletedDate }),
    labels: labelsOf(tags),
    pendingLabels: labelsOf(tags, PENDING),
    tags,
    ...(entry.Description && { description: entry.Description }),
    replicas: replicas.flatMap(({ Region }) => Region ?? []),
  }
}

const versionIdsOf = (entry: DescribeSecretResponse): DescribeSecretResponse['VersionIdsToStages'] =>
  entry.VersionIdsToStages

function holder<K extends 'current' | 'pending'>(
  key: K,
  stages: Facts['stages'],
  stage: string,
): { readonly [P in K]?: Version } {
  const found = Object.entries(stages).find(([, names]) => names.includes(stage))
  return found === undefined ? {} : ({ [key]: version(found[0]) } as { readonly [P in K]?: Version })
}

/**
 * The documentation gives DeletedDate two meanings, the day of the request and the day of the end. The clock tells
 * which of them a service means.
 */
export function deletion(date: Date | undefined, now: Date): { recoverableUntil?: Date; deletedAt?: Date } {
  if (date === undefined) return {}
  return date.getTime() > now.getTime() ? { recoverableUntil: date } : { deletedAt: date }
}

export function deletedLookup(facts: Facts | undefined, now: Date): Lookup {
  return {
    state: 'deleted',
    ...(facts?.current !== undefined && { version: facts.current }),
    ...deletion(facts?.deletedDate, now),
  }
}
