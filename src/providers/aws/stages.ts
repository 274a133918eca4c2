import { isFailure } from '../../core/failure.js'
import type { SecretName } from '../../core/names.js'
import type { SecretValue, Version } from '../../core/secret.js'
import { conflict } from './classify.js'
import { describeToWrite } from './describe.js'
import type { Session } from './session.js'
import { payload } from './values.js'

/** Where a value waits until it becomes current. One label for all, so that losers of a race do not pile up. */
const ASIDE = 'VIBESECRETS'

/** Stores a version that is not current. The same id with the same value again does nothing. */
export async function putAside(session: Session, name: SecretName, value: SecretValue, id: Version): Promise<void> {
  await session.ask('PutSecretValue', name, (aws) =>
    aws.putSecretValue({ SecretId: name, ClientRequestToken: id, ...payload(value), VersionStages: [ASIDE] }),
  )
}

/**
 * The compare-and-set: the service refuses unless `stage` is at `from` (`undefined`: nowhere) now. A refusal may also
 * be the second answer to a request that took effect the first time: what is there then tells.
 */
export async function moveStage(
  session: Session,
  name: SecretName,
  stage: 'AWSCURRENT' | 'AWSPENDING',
  to: Version,
  from: Version | undefined,
): Promise<void> {
  if (to === from) return
  try {
    await session.ask('UpdateSecretVersionStage', name, (aws) =>
      aws.updateSecretVersionStage({
        SecretId: name,
        VersionStage: stage,
        MoveToVersionId: to,
        ...(from !== undefined && { RemoveFromVersionId: from }),
      }),
    )
  } catch (error) {
    if (!isFailure(error, 'CONFLICT', 'SECRET_NOT_FOUND', 'SECRET_DELETED')) throw error
    const facts = await describeToWrite(session, name)
    const now = stage === 'AWSCURRENT' ? facts?.current : facts?.pending
    if (now !== to)
      throw conflict(name, stage === 'AWSCURRENT' ? 'another version is current' : 'a value is pending', error)
  }
}

/** Takes `stage` away from a version. */
export async function dropStage(session: Session, name: SecretName, stage: 'AWSPENDING', from: Version): Promise<void> {
  await session.ask('UpdateSecretVersionStage', name, (aws) =>
    aws.updateSecretVersionStage({ SecretId: name, VersionStage: stage, RemoveFromVersionId: from }),
  )
}
