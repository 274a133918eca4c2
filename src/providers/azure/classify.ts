import { Failure, type FailureCode, type FailureDetails, type Hint } from '../../core/failure.js'
import { isRead, type Operation, operations } from './operations.js'

export interface Asked {
  readonly operation: Operation
  readonly secret?: string | undefined
  readonly host: string
}

/** What an error of the SDK may carry. Of its words only their kind is used: they are the text of a server's answer. */
interface Thrown {
  readonly name: string
  readonly code: string
  readonly inner: string
  readonly words: string
  readonly status: number | undefined
  readonly retryAfterMs: number | undefined
}

type Verdict = readonly [FailureCode, FailureDetails]

/** The SDK's error as one of ours. It is not kept as the cause: it holds the request, and so the value. */
export function classify(error: unknown, asked: Asked): Failure {
  if (error instanceof Failure) return error.with(base(asked))
  const thrown = read(error)
  const [code, details] =
    ofCredentials(thrown, asked) ?? ofNetwork(thrown, asked) ?? ofStatus(thrown, asked) ?? unknown(thrown, asked)
  return new Failure(code, { ...base(asked), ...details })
}

const base = ({ operation, secret, host }: Asked): FailureDetails => ({
  doing: operations[operation].doing,
  target: host,
  ...(secret !== undefined && { secret }),
})

interface Raw {
  readonly name?: unknown
  readonly code?: unknown
  readonly message?: unknown
  readonly statusCode?: unknown
  readonly details?: { readonly error?: { readonly innerError?: { readonly code?: unknown } } }
  readonly response?: { readonly headers?: { get(name: string): string | undefined } }
}

function read(error: unknown): Thrown {
  const it: Raw = typeof error === 'object' && error !== null ? error : {}
  return {
    name: String(it.name ?? ''),
    code: String(it.code ?? ''),
    inner: String(it.details?.error?.innerError?.code ?? ''),
    words: String(it.message ?? ''),
    status: typeof it.statusCode === 'number' ? it.statusCode : undefined,
    retryAfterMs: retryAfterMs((name) => it.response?.headers?.get(name)),
  }
}

/** Seconds, or milliseconds in Microsoft's own headers. */
export function retryAfterMs(header: (name: string) => string | undefined): number | undefined {
  const ms = Number(header('retry-after-ms') ?? header('x-ms-retry-after-ms') ?? Number.NaN)
  if (Number.isFinite(ms)) return ms
  const seconds = header('retry-after')
  return seconds !== undefined && /^\d+$/.test(seconds) ? Number(seconds) * 1_000 : undefined
}

const login: Hint = {
  what: 'log in, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET',
  command: 'az login',
}

function ofCredentials({ name, words }: Thrown, { host }: Asked): Verdict | undefined {
  if (/challenge resource .* does not match/.test(words))
    return [
      'INSECURE',
      {
        why: `${host} is no vault of Azure, and asks for a token of one`,
        hints: [{ what: 'set verify-host: false under providers.azure if it is yours' }],
      },
    ]
  if (!CREDENTIALS.has(name)) return undefined
  // Of a whole chain some links always fail for the network: this machine is none of Azure's.
  if (name !== 'AggregateAuthenticationError' && NETWORK.test(words))
    return ['UNAVAILABLE', { why: 'Microsoft Entra does not answer' }]
  if (/AADSTS7000222|expired/i.test(words))
    return [
      'UNAUTHENTICATED',
      { why: 'the secret of the service principal, or the login, has expired', hints: [login] },
    ]
  if (/AADSTS7000215|AADSTS700016|invalid_client|unauthorized_client/.test(words))
    return [
      'UNAUTHENTICATED',
      { why: 'Microsoft Entra does not accept the service principal or its secret', hints: [login] },
    ]
  return ['UNAUTHENTICATED', { why: 'no usable Azure credentials were found', hints: [login] }]
}
const CREDENTIALS = new Set([
  'CredentialUnavailableError',
  'AggregateAuthenticationError',
  'AuthenticationError',
  'AuthenticationRequiredError',
  'ClientAuthError',
  'InteractionRequiredAuthError',
  'ServerError',
])
const NETWORK =
  /E(?:CONNREFUSED|CONNRESET|NOTFOUND|AI_AGAIN|TIMEDOUT|HOSTUNREACH|NETUNREACH)|network_error|endpoints_resolution_error/

function ofNetwork({ name, code }: Thrown, { operation, host }: Asked): Verdict | undefined {
  if (UNSENT.has(code))
    return [
      'UNAVAILABLE',
      {
        why: `no connection to ${host} (${code})`,
        hints: [{ what: 'is the name of the vault right, and is there a network' }],
      },
    ]
  if (UNTRUSTED.test(code)) return ['PROTOCOL', { why: `the certificate is not trusted (${code})`, hints: [trust] }]
  if (BROKEN.has(code)) return ['UNAVAILABLE', { ...doubt(operation), why: `the connection broke (${code})` }]
  if (name === 'AbortError' || code === 'ETIMEDOUT')
    return ['TIMEOUT', { ...doubt(operation), why: 'no answer in time' }]
  return undefined
}
const UNSENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])
const BROKEN = new Set([
  'ECONNRESET',
  'EPIPE',
  'ECONNABORTED',
  'REQUEST_SEND_ERROR',
  'ERR_STREAM_PREMATURE_CLOSE',
  'PARSE_ERROR',
])
const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/
const trust: Hint = { what: 'name the authority with ca-cert under providers.azure, or with NODE_EXTRA_CA_CERTS' }
const doubt = (operation: Operation): FailureDetails => (isRead(operation) ? {} : { mayHaveHappened: true })

/** learn.microsoft.com/rest/api/keyvault: the code and the inner code of an error's body. */
function ofStatus(thrown: Thrown, asked: Asked): Verdict | undefined {
  const { status } = thrown
  if (status === undefined) return undefined
  if (status === 401) return ['UNAUTHENTICATED', { why: 'the vault does not accept the token', hints: [login] }]
  if (status === 403) return forbidden(thrown, asked)
  if (status === 404) return missing(thrown, asked)
  if (status === 409) return conflicting(thrown)
  return ofStatusAlone(status, thrown.retryAfterMs, asked)
}

/** What a status says by itself; `undefined` where the body has to be read. */
export function ofStatusAlone(status: number, waitMs: number | undefined, { operation }: Asked): Verdict | undefined {
  if (status === 429) {
    const when = waitMs === undefined ? {} : { retryAfterMs: waitMs }
    return ['THROTTLED', { why: 'the limits of the vault are reached', ...when }]
  }
  if (status >= 500) return ['UNAVAILABLE', { ...doubt(operation), why: `the vault failed (${status})` }]
  if (status >= 300 && status < 400) return ['PROTOCOL', { why: `a redirect (${status}), which is not followed` }]
  return undefined
}

function forbidden({ inner, words }: Thrown, { operation, host }: Asked): Verdict {
  if (inner === 'SecretDisabled' || /on a disabled secret/.test(words))
    return [
      'PROTOCOL',
      { why: 'its current version is disabled', hints: [{ what: 'enable it, or write a new version' }] },
    ]
  if (inner === 'SecretNotYetValid' || /not.?yet.?valid|before its not.?before/i.test(words))
    return ['PROTOCOL', { why: 'its current version is not valid yet' }]
  if (/^ForbiddenBy(?:Firewall|Connection)$/.test(inner) || /firewall|Public network access is disabled/i.test(words))
    return [
      'PERMISSION_DENIED',
      {
        why: `the firewall of ${host} does not let this machine in`,
        hints: [{ what: 'add its address to the networks of the vault' }],
      },
    ]
  const { action, role, policy } = operations[operation]
  return [
    'PERMISSION_DENIED',
    {
      why: `${action} is not granted`,
      hints: [
        {
          what: `grant the role "${role}", or "${policy}" in the access policy of the vault`,
          command: `az role assignment create --role "${role}" --assignee ... --scope ...`,
        },
      ],
    },
  ]
}

/** Another 404 is not that of a vault, and says nothing of the secret. */
function missing({ code }: Thrown, { host }: Asked): Verdict {
  if (code === 'SecretNotFound') return ['SECRET_NOT_FOUND', { why: 'there is no such secret or version' }]
  return ['PROTOCOL', { why: `${host} knows no such path` }]
}

function conflicting({ inner, words }: Thrown): Verdict {
  if (/^ObjectIsBeing(?:Recovered|Deleted)$/.test(inner) || /currently being (?:recovered|deleted)/.test(words))
    return ['UNAVAILABLE', { why: 'it is just being deleted or recovered' }]
  return ['CONFLICT', { why: 'the name belongs to a deleted secret' }]
}

function unknown({ code, status }: Thrown, { operation }: Asked): Verdict {
  const said = [/^[A-Za-z]{1,40}$/.test(code) ? code : '', status].filter(Boolean).join(', ')
  return [
    'PROTOCOL',
    { ...(status === undefined && doubt(operation)), why: `the vault refused the request${said && ` (${said})`}` },
  ]
}
