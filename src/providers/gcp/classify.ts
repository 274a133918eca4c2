import { Failure, type FailureCode, type FailureDetails, type Hint } from '../../core/failure.js'
import { isRead, type Method, methods } from './methods.js'

export interface Asked {
  readonly method: Method
  readonly secret: string | undefined
  readonly project: string
}

/** What an error of the SDK may carry. Of its words only their kind is used: they are the text of a server's answer. */
interface Thrown {
  readonly code: number | string | undefined
  readonly words: string
  readonly reason: string
  readonly retryAfterMs: number | undefined
}

type Verdict = readonly [FailureCode, FailureDetails]

/** The SDK's error as one of ours. It is not kept as the cause: it holds the request's metadata. */
export function classify(error: unknown, asked: Asked): Failure {
  if (error instanceof Failure) return error.with(base(asked))
  const thrown = read(error)
  const [code, details] = ofCredentials(thrown, asked) ?? ofStatus(thrown, asked)
  return new Failure(code, { ...base(asked), ...details })
}

const base = ({ method, secret, project }: Asked): FailureDetails => ({
  doing: methods[method].doing,
  target: `project ${project}`,
  ...(secret !== undefined && { secret }),
})

function read(error: unknown): Thrown {
  const it = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>
  const { code, details, message, reason, statusDetails } = it
  return {
    code: typeof code === 'number' || typeof code === 'string' ? code : undefined,
    words: typeof details === 'string' && details !== '' ? details : String(message ?? ''),
    reason: typeof reason === 'string' ? reason : '',
    retryAfterMs: delayOf(statusDetails),
  }
}

/** google.rpc.RetryInfo, where the service sends one. */
function delayOf(statusDetails: unknown): number | undefined {
  if (!Array.isArray(statusDetails)) return undefined
  for (const one of statusDetails as { retryDelay?: { seconds?: unknown; nanos?: unknown } }[]) {
    const ms = Number(one?.retryDelay?.seconds ?? 0) * 1_000 + Number(one?.retryDelay?.nanos ?? 0) / 1e6
    if (one?.retryDelay !== undefined && Number.isFinite(ms)) return ms
  }
  return undefined
}

function ofCredentials({ words, code }: Thrown, { method }: Asked): Verdict | undefined {
  if (/Could not load the default credentials|Unable to detect a Project Id/.test(words))
    return ['UNAUTHENTICATED', { why: 'no usable Google credentials were found', hints: [login] }]
  if (/invalid_grant|invalid_rapt|invalid_client|unauthorized_client/.test(words))
    return ['UNAUTHENTICATED', { why: 'the Google credentials have expired or were revoked', hints: [login] }]
  if (/Getting metadata from plugin failed/.test(words))
    return NETWORK.test(words)
      ? ['UNAVAILABLE', { why: 'the token server of Google does not answer' }]
      : ['UNAUTHENTICATED', { why: 'Google gives no token for these credentials', hints: [login] }]
  if (code === 'ENOENT' || /does not exist, or it is not a file|not a valid credential|Unexpected token/.test(words))
    return ['UNAUTHENTICATED', { why: 'the file of GOOGLE_APPLICATION_CREDENTIALS cannot be used', hints: [login] }]
  if (typeof code === 'string' && NETWORK.test(code))
    return ['UNAVAILABLE', { why: `no connection (${code})`, ...doubt(method) }]
  return undefined
}
const NETWORK = /E(?:CONNREFUSED|CONNRESET|NOTFOUND|AI_AGAIN|TIMEDOUT|HOSTUNREACH|NETUNREACH|PIPE)/
const login: Hint = { what: 'log in, or name a key file', command: 'gcloud auth application-default login' }

/** grpc.github.io/grpc/core/md_doc_statuscodes.html */
function ofStatus(thrown: Thrown, asked: Asked): Verdict {
  switch (thrown.code) {
    case 3:
      return invalid(thrown, asked)
    case 4:
    case 1:
      return ['TIMEOUT', { ...doubt(asked.method), why: 'no answer in time' }]
    case 5:
      return ['SECRET_NOT_FOUND', { why: 'there is no such secret or version' }]
    case 6:
      return ['CONFLICT', { why: 'it exists already' }]
    case 7:
      return denied(thrown, asked)
    case 8:
      return ['THROTTLED', { why: 'the quota of the project is used up', ...waits(thrown) }]
    case 9:
    case 10:
      return precondition(thrown, asked)
    case 16:
      return ['UNAUTHENTICATED', { why: 'Google does not accept the credentials', hints: [login] }]
    default:
      return other(thrown, asked)
  }
}

const doubt = (method: Method): FailureDetails => (isRead(method) ? {} : { mayHaveHappened: true })
const waits = ({ retryAfterMs }: Thrown): FailureDetails => (retryAfterMs === undefined ? {} : { retryAfterMs })

function invalid({ words }: Thrown, { method }: Asked): Verdict {
  if (method === 'CreateSecret')
    return ['CONFIG_INVALID', { why: 'the service does not take the replication, KMS key or labels of providers.gcp' }]
  if (/checksum|crc32c/i.test(words)) return ['UNAVAILABLE', { why: 'the value was damaged on its way' }]
  return ['PROTOCOL', { why: 'the service refused the request (INVALID_ARGUMENT)' }]
}

function precondition({ words, code }: Thrown, { method }: Asked): Verdict {
  if (method === 'CreateSecret' && /constraints\//.test(words)) {
    const what = 'name allowed locations under providers.gcp.locations'
    return [
      'CONFIG_INVALID',
      { why: 'a policy of the organization forbids this replication or key', hints: [{ what }] },
    ]
  }
  if (/KMS|CryptoKey/i.test(words)) return kms()
  if (code === 9 && method === 'AccessSecretVersion') return ['PROTOCOL', { why: 'the version is not enabled' }]
  return ['CONFLICT', { why: 'it was changed at the same time' }]
}

const kms = (): Verdict => [
  'PERMISSION_DENIED',
  {
    why: 'the KMS key of the secret cannot be used: it is disabled, or the service agent may not use it',
    hints: [{ what: 'grant roles/cloudkms.cryptoKeyEncrypterDecrypter to the service agent of Secret Manager' }],
  },
]

function denied({ reason, words }: Thrown, { method, project, secret }: Asked): Verdict {
  if (reason === 'SERVICE_DISABLED' || /has not been used in project|API .*disabled/.test(words))
    return [
      'PERMISSION_DENIED',
      { why: 'the Secret Manager API is not enabled in the project', hints: [enable(project)] },
    ]
  if (/cloudkms|KMS/.test(words)) return kms()
  const { permission, role } = methods[method]
  const where = secret === undefined ? `project ${project}` : `secret ${secret}`
  return [
    'PERMISSION_DENIED',
    {
      why: `${permission} is not granted on ${where}`,
      hints: [
        {
          what: `grant ${permission}, for example with ${role}`,
          command: `gcloud projects add-iam-policy-binding ${project} --role=${role} --member=...`,
        },
      ],
    },
  ]
}

const enable = (project: string): Hint => ({
  what: 'enable it',
  command: `gcloud services enable secretmanager.googleapis.com --project=${project}`,
})

function other({ code, words }: Thrown, { method }: Asked): Verdict {
  if (code === 14 && /No connection established|Name resolution failed|ECONNREFUSED|ENOTFOUND/.test(words))
    return ['UNAVAILABLE', { why: 'no connection to Google Secret Manager' }]
  if (code === 2 || code === 13 || code === 14 || code === 15)
    return ['UNAVAILABLE', { ...doubt(method), why: `the service failed (code ${code})` }]
  const said = code === undefined ? '' : ` (code ${code})`
  return ['PROTOCOL', { ...doubt(method), why: `the service gave an unknown answer${said}` }]
}
