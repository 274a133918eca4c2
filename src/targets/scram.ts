import { createHash, createHmac, pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'
import { Failure } from '../core/failure.js'
import type { Random } from '../core/ports.js'
import type { SecretValue } from '../core/secret.js'
import { saslprep } from './saslprep.js'

/** What PostgreSQL itself uses; the least that RFC 7677 allows. */
export const LEAST_ITERATIONS = 4096

/**
 * What PostgreSQL stores of a password (RFC 5802, RFC 7677): enough to check a login, not enough to log in. It goes
 * into ALTER ROLE in place of the password, which the server so never sees.
 */
export async function scramVerifier(
  password: SecretValue,
  random: Random,
  iterations = LEAST_ITERATIONS,
): Promise<string> {
  const salt = Buffer.from(random(16))
  const salted = await promisify(pbkdf2)(preparedPassword(password), salt, iterations, 32, 'sha256')
  const stored = createHash('sha256').update(hmac(salted, 'Client Key')).digest('base64')
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${stored}:${hmac(salted, 'Server Key').toString('base64')}`
}

/** Whether every driver logs in with this password alike. */
export function fitsScram(password: SecretValue): boolean {
  if (!password.isText || password.byteLength === 0 || password.revealBytes().includes(0)) return false
  return saslprep(password.reveal()) !== undefined
}

function preparedPassword(password: SecretValue): Buffer {
  const prepared = fitsScram(password) ? saslprep(password.reveal()) : undefined
  if (prepared !== undefined) return Buffer.from(prepared, 'utf8')
  throw new Failure('VALUE_UNFIT', {
    doing: 'changing a password',
    why: 'it is empty or binary, or holds characters that drivers read differently',
  })
}

const hmac = (key: Uint8Array, text: string): Buffer => createHmac('sha256', key).update(text).digest()
