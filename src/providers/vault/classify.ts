import { Failure, type FailureDetails } from '../../core/failure.js'
import { type Reply, retryAfterMs, Unanswered, unansweredFailure } from '../http.js'

/** What a request is for: enough to say which line of a policy is missing. */
export interface Asked {
  readonly doing: string
  readonly secret?: string
  readonly capability: 'create' | 'read' | 'update' | 'delete' | 'list'
  /** As a policy names it: the mount, not encoded. */
  readonly path: string
  /** A write that the server does not check against a version. */
  readonly unguarded?: true
}

export interface Circumstances {
  readonly host: string
  readonly now: Date
}

/** The failure that an error of the transport is. It never looks into a request: that holds token and value. */
export function failureOfError(error: unknown, asked: Asked, around: Circumstances): Failure {
  if (error instanceof Failure) return error
  if (error instanceof Unanswered) return unansweredFailure(error, around.host, writes(asked), detailsOf(asked))
  return new Failure('INTERNAL', { ...detailsOf(asked), why: 'the Vault client failed in an unknown way' })
}

/** The failure that a reply is, by its status and the known words of Vault. */
export function failureOfReply(reply: Reply, asked: Asked, around: Circumstances): Failure {
  const said = wordsOf(reply.text)
  const known = KNOWN.find((row) => row.when.test(said))
  const details = { ...detailsOf(asked), ...(known === undefined ? {} : { why: known.why }) }
  if (known !== undefined) return new Failure(known.code, details)
  return byStatus(reply, asked, around, details)
}

function byStatus(reply: Reply, asked: Asked, around: Circumstances, details: FailureDetails): Failure {
  const { status } = reply
  if (status === 403) return denied(asked)
  if (status >= 300 && status < 400) return redirected(reply, around, details)
  if (status === 413)
    return new Failure('VALUE_UNFIT', { ...details, why: 'the server refuses a request of this size' })
  if (status === 429) return throttled(reply, around, details)
  const happened = writes(asked) && status >= 500 ? { mayHaveHappened: true } : {}
  if (status === 412) return new Failure('UNAVAILABLE', { ...details, why: 'this Vault node lags behind' })
  if (status === 404) return new Failure('PROTOCOL', { ...details, why: `${around.host} knows no such path` })
  if (status >= 500 || status === 472 || status === 473)
    return new Failure('UNAVAILABLE', { ...details, ...happened, why: `${around.host} answered ${status}` })
  return new Failure('PROTOCOL', { ...details, why: `${around.host} answered ${status}` })
}

function throttled(reply: Reply, around: Circumstances, details: FailureDetails): Failure {
  const ms = retryAfterMs(reply.headers['retry-after'], around.now)
  const when = ms === undefined ? {} : { retryAfterMs: ms }
  return new Failure('THROTTLED', { ...details, ...when, why: 'a rate limit quota of Vault is used up' })
}

/** A token goes to nobody else, so a redirect ends here; only the host of its target is told. */
function redirected(reply: Reply, around: Circumstances, details: FailureDetails): Failure {
  const target = reply.headers.location ?? ''
  const host = URL.canParse(target) ? new URL(target).host : 'another address'
  return new Failure('PROTOCOL', {
    ...details,
    why: `${around.host} redirects to ${host}, and a token is not sent there`,
    hints: [{ what: 'set VAULT_ADDR to the address of the active node or of the load balancer' }],
  })
}

/** The line that the policy of this token lacks. */
export const policyLine = (asked: Asked): string => `path "${asked.path}" { capabilities = ["${asked.capability}"] }`

function denied(asked: Asked): Failure {
  return new Failure('PERMISSION_DENIED', {
    ...detailsOf(asked),
    why: `the token has no "${asked.capability}" on ${asked.path}`,
    hints: [{ what: `add to a policy of this token: ${policyLine(asked)}` }],
  })
}

/** A 403 while the token may not even look itself up: it is wrong, expired or revoked. */
export function unauthenticated(asked: Asked): Failure {
  return new Failure('UNAUTHENTICATED', {
    ...detailsOf(asked),
    why: 'Vault does not accept the token: it is wrong, expired or revoked, or may not look itself up',
    hints: [{ what: 'log in again', command: 'vault login' }],
  })
}

export const writes = (asked: Asked): boolean => asked.capability !== 'read' && asked.capability !== 'list'

const detailsOf = (asked: Asked): FailureDetails => ({
  doing: asked.doing,
  target: asked.path,
  ...(asked.secret === undefined ? {} : { secret: asked.secret }),
})

/** Looked at here and never shown: a server's words may repeat what was sent. */
function wordsOf(text: string): string {
  try {
    const body = JSON.parse(text) as { errors?: unknown }
    return Array.isArray(body.errors) ? body.errors.filter((word) => typeof word === 'string').join('\n') : ''
  } catch {
    // not JSON: a load balancer's page, of which the status alone tells anything
    return ''
  }
}

const KNOWN = [
  { when: /check-and-set parameter did not match/, code: 'CONFLICT', why: 'somebody else wrote a new version' },
  { when: /check-and-set parameter required/, code: 'CONFLICT', why: 'the mount takes writes with check-and-set only' },
  {
    when: /Upgrading from non-versioned to versioned/,
    code: 'UNAVAILABLE',
    why: 'the mount is being upgraded to KV v2',
  },
  { when: /Vault is sealed/i, code: 'UNAVAILABLE', why: 'Vault is sealed' },
  {
    when: /invalid role or secret ID|invalid secret id|invalid role id|role or secret id/i,
    code: 'UNAUTHENTICATED',
    why: 'Vault does not accept this role id and secret id',
  },
  { when: /missing client token/, code: 'UNAUTHENTICATED', why: 'no token was given' },
  {
    when: /namespace not authorized|invalid namespace/i,
    code: 'PERMISSION_DENIED',
    why: 'the token is not of this namespace',
  },
  {
    when: /no handler for route|route entry not found/,
    code: 'CONFIG_INVALID',
    why: 'no secrets engine is mounted there',
  },
  {
    when: /value being too large|too large/,
    code: 'VALUE_UNFIT',
    why: 'the value is too large for the storage of Vault',
  },
  { when: /bad token|invalid token/, code: 'UNAUTHENTICATED', why: 'the token is wrong or expired' },
] as const satisfies readonly { when: RegExp; code: Failure['code']; why: string }[]
