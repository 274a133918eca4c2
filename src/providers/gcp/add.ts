import type { SecretManagerServiceClient } from '@google-cloud/secret-manager'
import { type Failure, isFailure } from '../../core/failure.js'
import type { SecretName } from '../../core/names.js'
import { type SecretValue, type Version, version } from '../../core/secret.js'
import { changeOf, conflict, newClaim, release } from './claim.js'
import { classify } from './classify.js'
import { crc32c } from './crc32c.js'
import { facts } from './facts.js'
import type { Claim } from './notes.js'
import { type CallOptions, lastPart, pathOf, type Session } from './session.js'
import { access } from './values.js'

/** Adds the version that was claimed. The service would add it twice: before a repetition it is looked for. */
export async function add(session: Session, name: SecretName, value: SecretValue, first: Claim): Promise<Version> {
  let inDoubt = false
  let claim = first
  try {
    const number = await session.ask('AddSecretVersion', name, async (client, options) => {
      if (inDoubt && (await isThere(session, name, value, claim))) return claim.number
      claim = await held(session, client, name, claim, options)
      inDoubt = true
      return request(client, pathOf(session, name), value, options).catch((error: unknown) => {
        const failure = classify(error, { method: 'AddSecretVersion', secret: name, project: session.choices.project })
        inDoubt = failure.details.mayHaveHappened === true
        throw failure
      })
    })
    if (number === claim.number || (await isThere(session, name, value, claim))) return version(String(number))
    throw overtaken(name, number, claim)
  } catch (error) {
    if (!inDoubt && isFailure(error)) await release(session, name, claim.token)
    throw error
  }
}

async function request(
  client: SecretManagerServiceClient,
  parent: string,
  value: SecretValue,
  options: CallOptions,
): Promise<number> {
  const data = value.revealBytes()
  const [added] = await client.addSecretVersion({ parent, payload: { data, dataCrc32c: crc32c(data) } }, options)
  return Number(lastPart(added.name))
}

async function isThere(session: Session, name: SecretName, value: SecretValue, claim: Claim): Promise<boolean> {
  const found = await access(session, name, claim.number)
  return found.state === 'present' && found.value.equals(value)
}

/** After long waiting, for the quota for example, the claim is made anew, or was taken over by another host. */
async function held(
  session: Session,
  client: SecretManagerServiceClient,
  name: SecretName,
  claim: Claim,
  options: CallOptions,
): Promise<Claim> {
  if (session.clock.now().getTime() + session.timeoutMs < claim.until.getTime()) return claim
  const known = await facts(session, name)
  if (known?.claim?.token !== claim.token || known.claim.number !== claim.number)
    throw conflict(name, 'another run took it over')
  const next = newClaim(session, claim.number, claim.token)
  await client.updateSecret(changeOf(session, name, known, { claim: next }), options)
  return next
}

/** Only a tool that knows nothing of claims can come between. Its version and ours both stay. */
const overtaken = (name: SecretName, number: number, claim: Claim): Failure =>
  conflict(name, `another tool added version ${claim.number} in the same moment; ours is version ${number}`)
