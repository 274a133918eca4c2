import { Failure, isFailure } from '../../core/failure.js'
import type { SecretName } from '../../core/names.js'
import type { Labels, WriteOptions } from '../../core/ports.js'
import { type SecretValue, type Version, version } from '../../core/secret.js'
import { assertFits } from '../wrap/fit.js'
import { classify } from './classify.js'
import { fittingName } from './names.js'
import { deleted, type Held, held } from './reads.js'
import { recover, untilDone } from './recover.js'
import type { Session } from './session.js'
import { assertTagsFit, retagged, tagsOfWrite } from './tags.js'
import { SETS } from './traits.js'
import { payloadOf } from './values.js'

export const conflict = (name: SecretName, why: string): Failure =>
  new Failure('CONFLICT', { doing: 'writing', secret: name, target: 'Azure Key Vault', why })

/** A look and a write. What somebody else writes between the two is overwritten: the service offers no guard. */
export async function write(
  session: Session,
  name: SecretName,
  value: SecretValue,
  options: WriteOptions,
): Promise<Version> {
  assertFits(session.traits, 'writing', name, value)
  payloadOf(name, value, undefined)
  assertTagsFit(name, tagsOfWrite(session.choices.tags, undefined, options))
  const now = await held(session, name)
  if (now !== undefined && now.written.token === options.token && now.value.equals(value)) return now.version
  return set(session, name, value, options, await replaced(session, name, options, now))
}

/** What is there and may be replaced; `undefined` for nothing. */
async function replaced(
  session: Session,
  name: SecretName,
  { expect }: WriteOptions,
  now: Held | undefined,
): Promise<Held | undefined> {
  if (expect === 'absent') {
    if (now !== undefined) throw conflict(name, 'it exists already')
    return undefined
  }
  if (expect === 'deleted') {
    if (now !== undefined) throw conflict(name, 'it is not deleted')
    if ((await deleted(session, name)).state === 'absent') throw conflict(name, 'it is not there')
    await recover(session, name)
    return held(session, name)
  }
  if (now?.version !== expect)
    throw conflict(name, now === undefined ? 'it is not there' : 'another version is current')
  return now
}

/** The service would make the version twice: before a repetition it is looked for. */
async function set(
  session: Session,
  name: SecretName,
  value: SecretValue,
  options: WriteOptions,
  before: Held | undefined,
): Promise<Version> {
  const tags = tagsOfWrite(before?.tags ?? session.choices.tags, before?.version, options)
  assertTagsFit(name, tags)
  const stored = fittingName(name, 'writing')
  const { text, contentType } = payloadOf(name, value, before?.contentType)
  const more = { tags, contentType, ...expiry(session, options) }
  const { host } = session.choices
  let inDoubt = false
  return session.send({
    doing: 'writing',
    secret: name,
    writes: true,
    quota: SETS,
    send: async () => {
      const now = inDoubt ? await held(session, name) : undefined
      if (now?.written.token === options.token && now.value.equals(value)) return now.version
      inDoubt = true
      try {
        const made = await session.client.setSecret(stored, text, more)
        return version(made.properties.version ?? '')
      } catch (error) {
        const failure = classify(error, { operation: 'set', secret: name, host })
        inDoubt = failure.details.mayHaveHappened === true
        throw failure
      }
    },
  })
}

function expiry({ clock }: Session, { expiresAfterMs }: WriteOptions): { readonly expiresOn?: Date } {
  return expiresAfterMs === undefined ? {} : { expiresOn: new Date(clock.now().getTime() + expiresAfterMs) }
}

/** Never for good: the vault keeps it for its own time of retention. */
export async function remove(session: Session, name: SecretName, expect: Version): Promise<void> {
  assertFits(session.traits, 'removing', name)
  await assertCurrent(session, name, expect)
  const stored = fittingName(name, 'removing')
  try {
    const poller = await session.ask('delete', name, (client) => client.beginDeleteSecret(stored))
    await untilDone(session, 'delete', name, poller)
  } catch (error) {
    if (!isFailure(error, 'SECRET_NOT_FOUND')) throw error
    // It was there a moment ago: this is our own request again, whose reply was lost.
    if ((await deleted(session, name)).state === 'absent') throw error
  }
}

export async function undelete(session: Session, name: SecretName): Promise<void> {
  assertFits(session.traits, 'bringing back', name)
  await recover(session, name)
}

export async function label(
  session: Session,
  name: SecretName,
  labels: Labels,
  options: { readonly expect: Version; readonly description?: string },
): Promise<void> {
  assertFits(session.traits, 'labelling', name)
  const now = await assertCurrent(session, name, options.expect)
  const tags = retagged(now.tags, labels, options.description)
  assertTagsFit(name, tags)
  const stored = fittingName(name, 'labelling')
  await session.ask('update', name, (client) => client.updateSecretProperties(stored, now.version, { tags }))
}

async function assertCurrent(session: Session, name: SecretName, expect: Version): Promise<Held> {
  const now = await held(session, name)
  if (now === undefined) throw conflict(name, 'it is not there')
  if (now.version !== expect) throw conflict(name, 'another version is current')
  return now
}
