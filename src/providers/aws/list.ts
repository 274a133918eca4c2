import type { Filter, SecretListEntry } from '@aws-sdk/client-secrets-manager'
import { secretName } from '../../core/names.js'
import type { Listing } from '../../core/ports.js'
import { overPages, type Page } from '../pages.js'
import { deletion, factsOf } from './facts.js'
import type { Session } from './session.js'

export const PAGE = 100

/** One page of secrets whose names begin with one of `prefixes`; those that are scheduled for deletion, too. */
export async function listPage(
  session: Session,
  prefixes: readonly string[],
  from: string | undefined,
): Promise<Page<SecretListEntry>> {
  const starts = prefixes.filter((prefix) => prefix !== '')
  const filters: Filter[] = starts.length === 0 ? [] : [{ Key: 'name', Values: starts }]
  const answer = await session.ask('ListSecrets', undefined, (aws) =>
    aws.listSecrets({
      MaxResults: PAGE,
      IncludePlannedDeletion: true,
      ...(filters.length > 0 && { Filters: filters }),
      ...(from !== undefined && { NextToken: from }),
    }),
  )
  return { items: answer.SecretList ?? [], next: answer.NextToken || undefined }
}

export function list(session: Session, prefix = ''): AsyncIterable<Listing> {
  if (prefix !== '' && !session.traits.names.pattern.test(prefix))
    return overPages(async () => ({ items: [], next: undefined }))
  return overPages(async (from) => {
    const { items, next } = await listPage(session, [prefix], from)
    const ours = items.filter(({ Name }) => Name?.startsWith(prefix))
    return { items: ours.map((entry) => listingOf(entry, session.clock.now())), next }
  })
}

function listingOf(entry: SecretListEntry, now: Date): Listing {
  const facts = factsOf(entry)
  const { recoverableUntil } = deletion(facts.deletedDate, now)
  return {
    name: secretName(facts.name),
    state: facts.deletedDate === undefined ? 'present' : 'deleted',
    ...(facts.current !== undefined && { version: facts.current }),
    ...(entry.CreatedDate && { createdAt: entry.CreatedDate }),
    ...(entry.LastChangedDate && { updatedAt: entry.LastChangedDate }),
    ...(recoverableUntil && { recoverableUntil }),
    labels: facts.labels,
    ...(facts.description !== undefined && { description: facts.description }),
    ...rotationOf(entry),
  }
}

function rotationOf(entry: SecretListEntry): Pick<Listing, 'nativeRotation'> {
  if (entry.RotationEnabled !== true) return {}
  const { AutomaticallyAfterDays: days, ScheduleExpression: schedule } = entry.RotationRules ?? {}
  const every = days === undefined ? schedule : `${days}d`
  return {
    nativeRotation: {
      ...(every !== undefined && { every }),
      ...(entry.RotationLambdaARN && { by: entry.RotationLambdaARN }),
      ...(entry.NextRotationDate && { nextAt: entry.NextRotationDate }),
    },
  }
}
