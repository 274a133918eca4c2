import { Failure, type FailureCode, type FailureDetails, type Hint } from '../../core/failure.js'
import type { SecretName } from '../../core/names.js'
import { type Action, doingOf, isRead } from './actions.js'

export interface Asked {
  readonly action: Action
  readonly name: string | undefined
  readonly region: string
}

/** What an error of the SDK may carry. Of its message only its kind is used: it is the text of a server's answer. */
interface Thrown {
  readonly name: string
  readonly code: string
  readonly message: string
  readonly status: number | undefined
  readonly retryAfter: string | undefined
}

/** The SDK's error as one of ours. */
export function classify(error: unknown, asked: Asked): Failure {
  if (error instanceof Failure) return error.with(base(asked))
  const thrown = read(error)
  const [code, more] =
    ofCredentials(thrown, asked) ??
    ofPermission(thrown, asked) ??
    ofService(thrown, asked) ??
    ofNetwork(thrown, asked) ??
    ofStatus(thrown, asked)
  return new Failure(code, { ...base(asked), ...more }, { cause: error })
}

type Verdict = readonly [FailureCode, FailureDetails]

const base = ({ action, name }: Asked): FailureDetails => ({
  doing: doingOf(action),
  target: 'AWS Secrets Manager',
  ...(name !== undefined && { secret: name }),
})

function read(error: unknown): Thrown {
  const it = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>
  const answer = (it.$response ?? {}) as { statusCode?: number; headers?: Record<string, string> }
  const metadata = (it.$metadata ?? {}) as { httpStatusCode?: number }
  return {
    name: String(it.name ?? ''),
    // The SDK wraps errors of another realm, and then only its message has the system's code.
    code: String(it.code ?? /\b(E[A-Z_]{3,}|[A-Z_]*CERT[A-Z_]*)\b/.exec(String(it.message))?.[0] ?? ''),
    message: String(it.message ?? ''),
    status: metadata.httpStatusCode ?? answer.statusCode,
    retryAfter: answer.headers?.['retry-after'],
  }
}

function ofCredentials({ name, message }: Thrown, { region }: Asked): Verdict | undefined {
  if (
    /Signature (expired|not yet current)/.test(message) ||
    name === 'RequestTimeTooSkewed' ||
    name === 'RequestExpired'
  )
    return [
      'UNAVAILABLE',
      { why: "the service does not take this machine's clock for right", hints: [{ what: 'set the clock' }] },
    ]
  if (/^ExpiredToken/.test(name)) return ['UNAUTHENTICATED', { why: 'the credentials have expired', hints: [signIn] }]
  if (name === 'CredentialsProviderError' || name === 'TokenProviderError')
    return ['UNAUTHENTICATED', { why: 'no usable AWS credentials were found', hints: [signIn] }]
  if (BAD_KEYS.has(name))
    return ['UNAUTHENTICATED', { why: `${region} does not know these credentials`, hints: [signIn] }]
  if (/^Region is missing/.test(message)) return ['CONFIG_INVALID', { why: 'no region is set', hints: [setRegion] }]
  return undefined
}
const BAD_KEYS = new Set([
  'UnrecognizedClientException',
  'InvalidSignatureException',
  'InvalidClientTokenId',
  'IncompleteSignature',
  'MissingAuthenticationTokenException',
  'MissingAuthenticationToken',
  'NotAuthorized',
])
const signIn: Hint = { what: 'sign in, or name a profile with AWS_PROFILE', command: 'aws sso login' }
const setRegion: Hint = {
  what: 'name the region of the secrets',
  command: 'export AWS_SECRET_MANAGER_REGION=eu-central-1',
}

function ofPermission(thrown: Thrown, asked: Asked): Verdict | undefined {
  if (thrown.name === 'DecryptionFailure') return kms('kms:Decrypt', asked)
  if (thrown.name === 'EncryptionFailure') return kms('kms:GenerateDataKey', asked)
  if (!/^AccessDenied/.test(thrown.name)) return undefined
  if (/\bKMS\b|kms:/.test(thrown.message))
    return kms(isRead(asked.action) ? 'kms:Decrypt' : 'kms:GenerateDataKey', asked)
  const action = /\bsecretsmanager:\w+/.exec(thrown.message)?.[0] ?? `secretsmanager:${asked.action}`
  const why = /explicit deny/.test(thrown.message) ? `${action} is denied by a policy` : `${action} is not allowed`
  return ['PERMISSION_DENIED', { why, hints: [allow(action, asked)] }]
}

function allow(action: string, { name, region }: Asked): Hint {
  const resource = name === undefined ? '*' : `arn:aws:secretsmanager:${region}:*:secret:${name}-*`
  return {
    what: `add to the policy of this identity: {"Effect":"Allow","Action":"${action}","Resource":"${resource}"}`,
    command: 'vibesecrets doctor --permissions aws',
  }
}

function kms(action: string, { region }: Asked): Verdict {
  const what = `allow ${action} on the secret's KMS key in ${region}, and see that the key is enabled`
  return [
    'PERMISSION_DENIED',
    { why: `${action} on the secret's KMS key is not allowed, or the key is disabled`, hints: [{ what }] },
  ]
}

function ofService({ name, message, status, retryAfter }: Thrown, { action }: Asked): Verdict | undefined {
  if (THROTTLES.has(name) || status === 429) return ['THROTTLED', { why: 'too many requests', ...waits(retryAfter) }]
  if (name === 'ResourceNotFoundException') return ['SECRET_NOT_FOUND', { why: 'there is no such secret or version' }]
  if (name === 'ResourceExistsException') return ['CONFLICT', { why: 'it exists already' }]
  if (name === 'InvalidRequestException' && /delet/i.test(message) && !/replica/i.test(message))
    return ['SECRET_DELETED', { why: 'it is scheduled for deletion' }]
  if (name === 'InvalidParameterException' && action === 'UpdateSecretVersionStage')
    return ['CONFLICT', { why: 'another version is current' }]
  if (name === 'InvalidParameterException' && /kms/i.test(message))
    return ['CONFIG_INVALID', { why: 'the service does not take the KMS key of providers.aws.kms-key' }]
  if (name === 'LimitExceededException')
    return ['VALUE_UNFIT', { why: 'a quota of the account or of the secret is used up' }]
  return undefined
}
const THROTTLES = new Set([
  'ThrottlingException',
  'Throttling',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'SlowDown',
])

function waits(retryAfter: string | undefined): FailureDetails {
  const seconds = Number(retryAfter)
  return retryAfter !== undefined && Number.isFinite(seconds) ? { retryAfterMs: seconds * 1_000 } : {}
}

function ofNetwork({ name, code, message }: Thrown, { action, region }: Asked): Verdict | undefined {
  const doubt = isRead(action) ? {} : { mayHaveHappened: true }
  if (UNSENT.has(code))
    return [
      'UNAVAILABLE',
      { why: `no connection (${code})`, hints: [{ what: `is ${region} the right region, and is there a network` }] },
    ]
  if (UNTRUSTED.test(code))
    return ['PROTOCOL', { why: `TLS failed, or the certificate is not trusted (${code})`, hints: [trust] }]
  if (BROKEN.has(code)) return ['UNAVAILABLE', { ...doubt, why: `the connection broke (${code})` }]
  if (name === 'TimeoutError' || name === 'AbortError' || /timed? ?out/i.test(message))
    return ['TIMEOUT', { ...doubt, why: 'no answer in time' }]
  return undefined
}
const UNSENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])
const BROKEN = new Set([
  'ECONNRESET',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_SOCKET_CONNECTION_TIMEOUT',
  'ECONNABORTED',
])
const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS|EPROTO/
const trust: Hint = { what: 'name the authority with AWS_CA_BUNDLE or NODE_EXTRA_CA_CERTS' }

function ofStatus({ name, status }: Thrown, { action }: Asked): Verdict {
  const doubt = isRead(action) ? {} : { mayHaveHappened: true }
  if (status !== undefined && status >= 500) return ['UNAVAILABLE', { ...doubt, why: `the service failed (${status})` }]
  if (status !== undefined && status >= 300 && status < 400)
    return ['PROTOCOL', { why: `a redirect (${status}), which is not followed` }]
  const said = [name, status].filter((one) => one !== undefined && one !== '' && one !== 'Error').join(', ')
  return ['PROTOCOL', { ...doubt, why: `the service refused the request${said && ` (${said})`}` }]
}

/** Something else is there than was expected. */
export const conflict = (name: SecretName, why: string, cause?: unknown): Failure =>
  new Failure('CONFLICT', { doing: 'writing', secret: name, target: 'AWS Secrets Manager', why }, { cause })
