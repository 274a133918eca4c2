import { Failure, type FailureCode, type FailureDetails, isFailure } from '../core/failure.js'

/** The five characters of an SQLSTATE, or a code of the network; nothing else of an error is ever looked at. */
export function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^\w+$/.test(code) ? code : ''
}

/** 28P01 is the one way in which PostgreSQL refuses a password. */
export const isRefusal = (error: unknown): boolean => codeOf(error) === '28P01'

/** The server has no TLS: the driver says so in words alone. */
export const hasNoTls = (error: unknown): boolean =>
  error instanceof Error && error.message === 'The server does not support SSL connections'

const KNOWN: Readonly<Record<string, readonly [FailureCode, string]>> = {
  '28P01': ['UNAUTHENTICATED', 'the password is not accepted'],
  '28000': ['UNAUTHENTICATED', 'the server lets this user not in from here'],
  '42501': ['PERMISSION_DENIED', 'the user may not change that role'],
  '3D000': ['CONFIG_INVALID', 'there is no such database'],
  '42704': ['CONFIG_INVALID', 'there is no such role'],
  '25006': ['UNSUPPORTED', 'the server is a read-only replica'],
  '55P03': ['LOCKED', 'somebody else changes it at this moment'],
  '57014': ['TIMEOUT', 'the statement took too long'],
  ETIMEDOUT: ['TIMEOUT', 'it did not answer in time'],
  ECONNREFUSED: ['UNAVAILABLE', 'nothing listens there'],
  ENOENT: ['UNAVAILABLE', 'there is no such socket'],
  ENOTFOUND: ['UNAVAILABLE', 'the name is not known'],
}

/** The failure that an error of the driver, the network or the server is. Its message may quote what was sent. */
export function postgresFailure(error: unknown, details: FailureDetails): Failure {
  if (isFailure(error)) return error.with(details)
  const code = codeOf(error)
  const [failure, why] = KNOWN[code] ?? unknownFailure(code, error)
  return new Failure(failure, { ...details, why })
}

function unknownFailure(code: string, error: unknown): readonly [FailureCode, string] {
  if (/CERT|SELF_SIGNED|UNABLE_TO_/.test(code)) return ['PROTOCOL', 'its certificate is not trusted']
  if (error instanceof Error && /timeout/i.test(error.message)) return ['TIMEOUT', 'it did not answer in time']
  if (hasNoTls(error)) return ['INSECURE', 'the server has no TLS, and sslmode asks for it']
  return ['UNAVAILABLE', code === '' ? 'the connection ended' : `it answered ${code}`]
}
