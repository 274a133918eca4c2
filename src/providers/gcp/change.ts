import { Failure } from '../../core/failure.js'
import type { SecretName } from '../../core/names.js'
import type { Labels } from '../../core/ports.js'
import type { Version } from '../../core/secret.js'
import { assertFits } from '../wrap/fit.js'
import { changeOrMoved, conflict, inTurn } from './claim.js'
import type { Facts } from './facts.js'
import { type Session, versionPath } from './session.js'
import { access } from './values.js'

const DAY_MS = 86_400_000

/**
 * The service knows no deletion that can be taken back. So the newest version is disabled, and the secret is given an
 * end: until then it can be brought back, after it the service removes it for good.
 */
export async function remove(session: Session, name: SecretName, expect: Version): Promise<void> {
  assertFits(session.traits, 'removing', name)
  const number = await inTurn(session, name, async (known, isAgain) => {
    if (isAgain && String(known?.mark?.number) === expect) return Number(expect)
    const { facts, newest } = await current(session, name, expect, known)
    const at = session.clock.now()
    const end = new Date(at.getTime() + session.choices.recoveryDays * DAY_MS)
    await changeOrMoved(session, name, facts, { mark: { number: newest, at } }, end)
    return newest
  })
  await session.ask('DisableSecretVersion', name, (client, options) =>
    client.disableSecretVersion({ name: versionPath(session, name, number) }, options),
  )
}

export async function undelete(session: Session, name: SecretName): Promise<void> {
  assertFits(session.traits, 'bringing back', name)
  await inTurn(session, name, async (known) => {
    const mark = known?.mark
    if (known === undefined) throw new Failure('SECRET_NOT_FOUND', { doing: 'bringing back', secret: name })
    if (mark === undefined) return
    await session.ask('EnableSecretVersion', name, (client, options) =>
      client.enableSecretVersion({ name: versionPath(session, name, mark.number) }, options),
    )
    await changeOrMoved(session, name, known, { mark: 'none' }, 'never')
  })
}

export async function label(
  session: Session,
  name: SecretName,
  labels: Labels,
  options: { readonly expect: Version; readonly description?: string },
): Promise<void> {
  assertFits(session.traits, 'labelling', name)
  await inTurn(session, name, async (known) => {
    const { facts } = await current(session, name, options.expect, known)
    await changeOrMoved(session, name, facts, { labels, description: options.description })
  })
}

/** Refuses unless `expect` is the newest version and the secret is not deleted. */
async function current(
  session: Session,
  name: SecretName,
  expect: Version,
  known: Facts | undefined,
): Promise<{ readonly facts: Facts; readonly newest: number }> {
  if (known === undefined) throw conflict(name, 'it is not there')
  const number = /^[1-9]\d*$/.test(expect) ? Number(expect) : undefined
  if (number === undefined) throw conflict(name, 'there is no such version')
  if (known.mark !== undefined && known.mark.number >= number) throw conflict(name, 'it is deleted')
  const [there, next] = await Promise.all([access(session, name, number), access(session, name, number + 1)])
  if (there.state === 'absent' || next.state !== 'absent') throw conflict(name, 'another version is current')
  return { facts: known, newest: number }
}
