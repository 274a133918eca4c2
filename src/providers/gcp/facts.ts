import { isFailure } from '../../core/failure.js'
import type { SecretName } from '../../core/names.js'
import type { Labels } from '../../core/ports.js'
import { type Annotations, type Claim, claimOf, descriptionOf, labelsOf, type Mark, markOf } from './notes.js'
import { pathOf, type Secret, type Session } from './session.js'

/** What is known of a secret without its versions. */
export interface Facts {
  readonly etag: string
  readonly notes: Annotations
  readonly claim?: Claim
  readonly mark?: Mark
  readonly createdAt?: Date
  readonly expiresAt?: Date
  readonly labels: Labels
  readonly description?: string
}

export function factsOf(secret: Secret): Facts {
  const notes: Annotations = { ...secret.annotations }
  const claim = claimOf(notes)
  const mark = markOf(notes)
  const createdAt = dateOf(secret.createTime)
  const expiresAt = dateOf(secret.expireTime)
  const description = descriptionOf(notes)
  return {
    etag: secret.etag ?? '',
    notes,
    ...(claim && { claim }),
    ...(mark && { mark }),
    ...(createdAt && { createdAt }),
    ...(expiresAt && { expiresAt }),
    labels: labelsOf(notes),
    ...(description !== undefined && { description }),
  }
}

interface Timestamp {
  readonly seconds?: unknown
  readonly nanos?: number | null
}

export function dateOf(time: Timestamp | null | undefined): Date | undefined {
  if (time?.seconds === undefined || time.seconds === null) return undefined
  return new Date(Number(time.seconds) * 1_000 + Math.floor((time.nanos ?? 0) / 1e6))
}

/** For a change, which cannot do without them: being refused is a failure. `undefined` when there is no secret. */
export async function facts(session: Session, name: SecretName): Promise<Facts | undefined> {
  try {
    return factsOf(await session.ask('GetSecret', name, (client, options) => get(client, session, name, options)))
  } catch (error) {
    if (isFailure(error, 'SECRET_NOT_FOUND')) return undefined
    throw error
  }
}

/** For a read: also `undefined` where the identity may read values only. */
export async function factsIfAllowed(session: Session, name: SecretName): Promise<Facts | undefined> {
  try {
    const secret = await session.askIfAllowed('GetSecret', name, (client, options) =>
      get(client, session, name, options),
    )
    return secret && factsOf(secret)
  } catch (error) {
    if (isFailure(error, 'SECRET_NOT_FOUND')) return undefined
    throw error
  }
}

type Ask = Parameters<Parameters<Session['ask']>[2]>

async function get(client: Ask[0], session: Session, name: SecretName, options: Ask[1]): Promise<Secret> {
  const [secret] = await client.getSecret({ name: pathOf(session, name) }, options)
  return secret
}

/** A doubt about one name is told as its Failure; anything else is a bug and thrown. */
export async function caught<T>(act: () => Promise<T>): Promise<T | Error> {
  try {
    return await act()
  } catch (error) {
    if (isFailure(error)) return error
    throw error
  }
}
