import { Failure, type FailureDetails } from '../../core/failure.js'
import { type Reply, retryAfterMs, Unanswered, unansweredFailure } from '../http.js'
import { Refused } from './transport.js'

/** What a request is for: enough to say which rule of a Role is missing. */
export interface Asked {
  readonly doing: string
  readonly secret?: string | undefined
  readonly verb: 'get' | 'create' | 'patch'
  readonly resource: 'secrets' | 'namespaces'
  readonly namespace: string
  /** Of the Secret or the namespace. */
  readonly name: string
}

export interface Circumstances {
  readonly host: string
  readonly now: Date
}

/** The answer's `Status`, of which only these fields are looked at: its message may quote what was sent. */
interface Status {
  readonly kind: string
  readonly causes: readonly { readonly reason: string; readonly field: string }[]
  readonly retryAfterSeconds: number | undefined
}

function statusOf(text: string): Status {
  const body = parse(text) as RawStatus | undefined
  const details = body?.details ?? {}
  const causes = (details.causes ?? []).map(({ reason = '', field = '' }) => ({ reason, field }))
  return {
    kind: details.kind ?? '',
    causes,
    retryAfterSeconds: details.retryAfterSeconds,
  }
}

interface RawStatus {
  details?: { kind?: string; causes?: { reason?: string; field?: string }[]; retryAfterSeconds?: number }
}

function parse(text: string): unknown {
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null ? body : undefined
  } catch {
    // a page of a load balancer, of which the status alone tells anything
    return undefined
  }
}

/** The failure that an error of the library or of the wire is. */
export function failureOfError(error: unknown, asked: Asked, around: Circumstances): Failure {
  if (error instanceof Failure) return error
  if (error instanceof Unanswered) return unansweredFailure(error, around.host, writes(asked), detailsOf(asked))
  if (error instanceof Refused) return failureOfReply(error.reply, asked, around)
  return new Failure('PROTOCOL', { ...detailsOf(asked), why: `the answer of ${around.host} is not that of Kubernetes` })
}

function failureOfReply(reply: Reply, asked: Asked, around: Circumstances): Failure {
  const { status } = reply
  const details = detailsOf(asked)
  const said = statusOf(reply.text)
  if (status === 401) return unauthenticated(details)
  if (status === 403) return denied(said, asked, details)
  if (status === 404) return missing(said, asked, details, around)
  if (status === 409) return new Failure('CONFLICT', { ...details, why: 'somebody else changed the Secret' })
  if (status === 413)
    return new Failure('VALUE_UNFIT', { ...details, why: 'the request is larger than the server takes' })
  if (status === 422) return unfit(said, details)
  if (status === 429) return throttled(reply, said, details, around)
  if (status >= 500) return unavailable(status, asked, details, around)
  return new Failure('PROTOCOL', { ...details, why: `${around.host} answered ${status}` })
}

function unauthenticated(details: FailureDetails): Failure {
  const hint = { what: 'see who you are there', command: 'kubectl auth whoami' }
  return new Failure('UNAUTHENTICATED', { ...details, why: 'the credentials are not accepted', hints: [hint] })
}

function denied(said: Status, asked: Asked, details: FailureDetails): Failure {
  if (said.causes.some(({ reason }) => reason === 'NamespaceTerminating'))
    return new Failure('UNAVAILABLE', { ...details, why: `the namespace ${asked.namespace} is being deleted` })
  const where = asked.resource === 'secrets' ? ` in namespace ${asked.namespace}` : ''
  return new Failure('PERMISSION_DENIED', {
    ...details,
    why: `no "${asked.verb}" on ${asked.resource}/${asked.name}${where}`,
    hints: [{ what: `add to a ${asked.resource === 'secrets' ? 'Role' : 'ClusterRole'}: ${ruleOf(asked)}` }],
  })
}

/** The rule that is missing. A `create` cannot be limited to a name. */
export function ruleOf({ verb, resource, name }: Asked): string {
  const names = verb === 'create' ? '' : `, resourceNames: ["${name}"]`
  return `{apiGroups: [""], resources: ["${resource}"]${names}, verbs: ["${verb}"]}`
}

function missing(said: Status, asked: Asked, details: FailureDetails, around: Circumstances): Failure {
  if (said.kind === 'secrets') return new Failure('SECRET_NOT_FOUND', { ...details, why: 'there is no such Secret' })
  if (said.kind !== 'namespaces')
    return new Failure('PROTOCOL', { ...details, why: `${around.host} knows no such path` })
  const create = { what: 'create it', command: `kubectl create namespace ${asked.namespace}` }
  const option = { what: 'or set create-namespace in the config file' }
  return new Failure('INPUT_MISSING', {
    ...details,
    why: `there is no namespace ${asked.namespace}`,
    hints: [create, option],
  })
}

/** Which field is wrong, and how; the message of the server repeats values. */
function unfit(said: Status, details: FailureDetails): Failure {
  const problems = said.causes.map(
    ({ field, reason }) => `${/^[\w.[\]-]*$/.test(field) ? field : 'a field'}: ${reason}`,
  )
  return new Failure('VALUE_UNFIT', { ...details, why: 'the server does not take the Secret like this', problems })
}

function throttled(reply: Reply, said: Status, details: FailureDetails, around: Circumstances): Failure {
  const seconds = said.retryAfterSeconds === undefined ? undefined : said.retryAfterSeconds * 1000
  const ms = retryAfterMs(reply.headers['retry-after'], around.now) ?? seconds
  const when = ms === undefined ? {} : { retryAfterMs: ms }
  return new Failure('THROTTLED', { ...details, ...when, why: 'the API server asks for patience' })
}

function unavailable(status: number, asked: Asked, details: FailureDetails, around: Circumstances): Failure {
  const happened = writes(asked) ? { mayHaveHappened: true } : {}
  return new Failure('UNAVAILABLE', { ...details, ...happened, why: `${around.host} answered ${status}` })
}

export const writes = (asked: Asked): boolean => asked.verb !== 'get'

const detailsOf = (asked: Asked): FailureDetails => ({
  doing: asked.doing,
  target: asked.resource === 'secrets' ? `${asked.namespace}/${asked.name}` : asked.name,
  ...(asked.secret === undefined ? {} : { secret: asked.secret }),
})
