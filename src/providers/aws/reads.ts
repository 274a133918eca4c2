import type { SecretVersionsListEntry } from '@aws-sdk/client-secrets-manager'
import { Failure, isFailure } from '../../core/failure.js'
import type { SecretName } from '../../core/names.js'
import type { Lookup, VersionListing } from '../../core/ports.js'
import { type Version, version } from '../../core/secret.js'
import { describe, describeAll } from './describe.js'
import { deletedLookup, type Facts } from './facts.js'
import type { Session } from './session.js'
import { tokenOf } from './token.js'
import { fetchValue, fetchValues, type Held, type Value } from './values.js'

export async function read(session: Session, name: SecretName, at?: Version): Promise<Lookup> {
  const [held, facts] = await Promise.all([
    at === undefined ? fetchValue(session, name) : fetchValue(session, name, { VersionId: at }),
    describe(session, name),
  ])
  if (at !== undefined && held === 'absent' && facts?.deletedDate === undefined) return { state: 'absent' }
  return lookup(session, name, held, facts)
}

/** Value and facts are two answers: where they contradict each other, nobody knows yet. */
export function lookup(session: Session, name: SecretName, held: Held, facts: Facts | undefined): Lookup {
  if (held === 'deleted' || (held === 'absent' && facts?.deletedDate !== undefined))
    return deletedLookup(facts, session.clock.now())
  if (held !== 'absent') return present(held, facts)
  if (facts?.current === undefined) return { state: 'absent' }
  throw new Failure('UNAVAILABLE', {
    doing: 'reading',
    secret: name,
    why: 'the service gave two answers that disagree',
  })
}

export function present(held: Value, facts: Facts | undefined): Lookup {
  const writtenBy = tokenOf(held.version)
  return {
    state: 'present',
    ...held,
    labels: facts?.labels ?? {},
    ...(facts?.description !== undefined && { description: facts.description }),
    ...(writtenBy !== undefined && { writtenBy }),
  }
}

/** A value in 20 is one request, and labels come 100 a request from the listing. */
export async function readEach(
  session: Session,
  names: readonly SecretName[],
): Promise<ReadonlyMap<SecretName, Lookup | Error>> {
  const held = await fetchValues(session, [...new Set(names)])
  const versions = new Map<SecretName, Version | undefined>()
  for (const [name, one] of held)
    if (!(one instanceof Error) && one !== 'absent') versions.set(name, one === 'deleted' ? undefined : one.version)
  const facts = await describeAll(session, versions)
  return new Map([...held].map(([name, one]) => [name, combine(session, name, one, facts.get(name))]))
}

function combine(
  session: Session,
  name: SecretName,
  held: Held | Error,
  facts: Facts | Error | undefined,
): Lookup | Error {
  if (held instanceof Error) return held
  if (facts instanceof Error) return facts
  try {
    return lookup(session, name, held, facts)
  } catch (error) {
    if (isFailure(error)) return error
    throw error
  }
}

export async function readMany(
  session: Session,
  names: readonly SecretName[],
): Promise<ReadonlyMap<SecretName, Lookup>> {
  const found = new Map<SecretName, Lookup>()
  for (const [name, one] of await readEach(session, names)) {
    if (one instanceof Error) throw one
    found.set(name, one)
  }
  return found
}

/** Newest first. A version that is only pending was never current: `staging.pending` shows it. */
export async function* versions(session: Session, name: SecretName): AsyncIterable<VersionListing> {
  const all: SecretVersionsListEntry[] = []
  let from: string | undefined
  do {
    const answer = await session.ask('ListSecretVersionIds', name, (aws) =>
      aws.listSecretVersionIds({
        SecretId: name,
        IncludeDeprecated: true,
        MaxResults: 100,
        ...(from && { NextToken: from }),
      }),
    )
    all.push(...(answer.Versions ?? []))
    from = answer.NextToken || undefined
  } while (from !== undefined)
  const past = all.filter((one) => !isPending(one)).sort((a, b) => timeOf(b) - timeOf(a) || rankOf(a) - rankOf(b))
  for (const { VersionId = '', CreatedDate } of past)
    yield { version: version(VersionId), ...(CreatedDate && { createdAt: CreatedDate }), state: 'enabled' }
}

const isPending = ({ VersionStages: stages = [] }: SecretVersionsListEntry): boolean =>
  stages.includes('AWSPENDING') && !stages.includes('AWSCURRENT') && !stages.includes('AWSPREVIOUS')

const timeOf = ({ CreatedDate }: SecretVersionsListEntry): number => CreatedDate?.getTime() ?? 0

/** Of versions that were made in one second. */
function rankOf({ VersionStages: stages = [] }: SecretVersionsListEntry): number {
  if (stages.includes('AWSCURRENT')) return 0
  return stages.includes('AWSPREVIOUS') ? 1 : 2
}
