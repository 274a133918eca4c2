import { types } from 'node:util'
import { Failure, type FailureCode } from '../../core/failure.js'

interface Answer {
  readonly name?: unknown
  readonly $metadata?: { readonly httpStatusCode?: number }
  readonly code?: unknown
}

/** The HTTP status of a refusal; `undefined` where there was no answer. */
export const statusOf = (error: unknown): number | undefined => (error as Answer)?.$metadata?.httpStatusCode

const byName: Readonly<Record<string, FailureCode>> = {
  NoSuchKey: 'INPUT_MISSING',
  NotFound: 'INPUT_MISSING',
  NoSuchBucket: 'INPUT_MISSING',
  AccessDenied: 'PERMISSION_DENIED',
  InvalidAccessKeyId: 'UNAUTHENTICATED',
  SignatureDoesNotMatch: 'UNAUTHENTICATED',
  ExpiredToken: 'UNAUTHENTICATED',
  CredentialsProviderError: 'UNAUTHENTICATED',
  SlowDown: 'THROTTLED',
  TimeoutError: 'TIMEOUT',
}

const words: Readonly<Partial<Record<string, string>>> = {
  NoSuchBucket: 'there is no such bucket',
  NoSuchKey: 'there is no such object',
  NotFound: 'there is no such object or bucket',
  AccessDenied: 'the bucket refuses (or an object lock does)',
  InvalidRequest: 'the bucket does not take it (it may have no object lock)',
  CredentialsProviderError: 'no AWS credentials were found',
}

/** What the bucket refused, as a Failure. The server's text is not repeated. */
export function s3Failure(error: unknown, doing: string, target: string): unknown {
  if (error instanceof Failure || !types.isNativeError(error)) return error
  const name = typeof (error as Answer).name === 'string' ? error.name : ''
  const code = byName[name] ?? byStatus(statusOf(error))
  const why =
    words[name] ??
    (statusOf(error) === undefined
      ? 'the server did not answer'
      : `the server answered ${statusOf(error)} ${/^\w{1,40}$/.test(name) ? name : ''}`.trim())
  return new Failure(code, { doing, target, why }, { cause: error })
}

function byStatus(status: number | undefined): FailureCode {
  if (status === undefined) return 'UNAVAILABLE'
  if (status === 401) return 'UNAUTHENTICATED'
  if (status === 403) return 'PERMISSION_DENIED'
  if (status === 404) return 'INPUT_MISSING'
  if (status === 429 || status === 503) return 'THROTTLED'
  return status >= 500 ? 'UNAVAILABLE' : 'PROTOCOL'
}
