import { Failure, isFailure } from '../../core/failure.js'
import type { SecretName } from '../../core/names.js'
import { SecretValue } from '../../core/secret.js'
import { crc32c } from './crc32c.js'
import { lastPart, type Session, versionPath } from './session.js'

/** A version, as far as its value can be had. `number` is missing where the service did not name it. */
export type Held =
  | { readonly state: 'present'; readonly number: number; readonly value: SecretValue }
  | { readonly state: 'disabled' | 'destroyed'; readonly number?: number }
  | { readonly state: 'absent' }

/** By number the answer is strongly consistent; `latest` may be late. */
export async function access(session: Session, name: SecretName, which: number | 'latest'): Promise<Held> {
  try {
    return await session.ask('AccessSecretVersion', name, async (client, options) => {
      const request = client.accessSecretVersion({ name: versionPath(session, name, which) }, options)
      const answer = await request.catch((error: unknown) => stateOf(error, which))
      return 'state' in answer ? answer : payloadOf(answer[0], name)
    })
  } catch (error) {
    if (isFailure(error, 'SECRET_NOT_FOUND')) return { state: 'absent' }
    throw error
  }
}

interface Answer {
  readonly name?: string | null
  readonly payload?: { readonly data?: Uint8Array | string | null; readonly dataCrc32c?: unknown } | null
}

function payloadOf({ name: path, payload }: Answer, name: SecretName): Held {
  const number = Number(lastPart(path))
  const data = payload?.data
  if (!Number.isSafeInteger(number) || !(data instanceof Uint8Array))
    throw new Failure('PROTOCOL', { doing: 'reading', secret: name, why: 'the answer holds no value' })
  const sum = payload?.dataCrc32c
  if (sum !== undefined && sum !== null && Number(sum) !== crc32c(data))
    throw new Failure('UNAVAILABLE', { doing: 'reading', secret: name, why: 'the value was damaged on its way' })
  return { state: 'present', number, value: SecretValue.fromBytes(data) }
}

const FAILED_PRECONDITION = 9

/** "Secret Version [projects/…/versions/3] is in DISABLED state." Anything else is thrown on. */
function stateOf(error: unknown, which: number | 'latest'): Held {
  const { code, details } = error as { code?: unknown; details?: unknown }
  const [, state] = /\bis in (DISABLED|DESTROYED) state/.exec(String(details)) ?? []
  if (code !== FAILED_PRECONDITION || state === undefined) throw error
  const [, said] = /\/versions\/(\d+)\]/.exec(String(details)) ?? []
  const number = which === 'latest' ? said : which
  return {
    state: state === 'DISABLED' ? 'disabled' : 'destroyed',
    ...(number !== undefined && { number: Number(number) }),
  }
}

/** Not absent: its value is there and somebody shut it. */
export function disabled(name: SecretName, { number }: { readonly number?: number }): Failure {
  const which = number === undefined ? 'its newest version' : `version ${number}`
  const command = `gcloud secrets versions enable ${number ?? 'latest'} --secret=${name}`
  return new Failure('PROTOCOL', {
    doing: 'reading',
    secret: name,
    target: 'Google Secret Manager',
    why: `${which} is disabled`,
    hints: [{ what: 'enable it, or add a version', command }],
  })
}
