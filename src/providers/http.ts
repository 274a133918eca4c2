import * as http from 'node:http'
import * as https from 'node:https'
import { Failure, type FailureDetails } from '../core/failure.js'

/** One request as it goes over the wire. */
export interface Exchange {
  readonly url: URL
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
  readonly agent: http.Agent
  readonly timeoutMs: number
}

/** What came back, whatever its status. */
export interface Reply {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly text: string
}

/** No answer came. Holds a code and whether the request had left, and nothing of its content. */
export class Unanswered extends Error {
  constructor(
    readonly code: string,
    readonly sent: boolean,
  ) {
    super(code)
    this.name = 'Unanswered'
  }
}

/** Sends one request and reads the whole answer within `timeoutMs`. A redirect is an answer, not followed. */
export function exchange(request: Exchange): Promise<Reply> {
  return new Promise((resolve, reject) => {
    let sent = false
    const fail = (error: NodeJS.ErrnoException): void => reject(new Unanswered(codeOf(error), sent))
    const outgoing = (request.url.protocol === 'https:' ? https : http).request(request.url, {
      method: request.method,
      headers: withLength(request),
      agent: request.agent,
      signal: AbortSignal.timeout(request.timeoutMs),
    })
    outgoing.on('finish', () => {
      sent = true
    })
    outgoing.on('error', fail)
    outgoing.on('response', (incoming) => read(incoming, request, resolve, fail))
    outgoing.end(request.body)
  })
}

function read(
  incoming: http.IncomingMessage,
  request: Exchange,
  resolve: (reply: Reply) => void,
  fail: (error: NodeJS.ErrnoException) => void,
): void {
  const chunks: Buffer[] = []
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
  incoming.on('error', fail)
  incoming.on('aborted', () => fail(Object.assign(new Error('aborted'), { code: 'ECONNRESET' })))
  incoming.on('end', () =>
    resolve({
      status: incoming.statusCode ?? 0,
      headers: incoming.headers,
      text: request.method === 'HEAD' ? '' : Buffer.concat(chunks).toString('utf8'),
    }),
  )
}

function withLength(request: Exchange): Record<string, string> {
  if (request.body === undefined) return { ...request.headers }
  return { ...request.headers, 'Content-Length': String(Buffer.byteLength(request.body)) }
}

function codeOf(error: NodeJS.ErrnoException): string {
  const timedOut = error.name === 'AbortError' || error.name === 'TimeoutError'
  return timedOut ? 'ETIMEDOUT' : (error.code ?? error.name)
}

/** The failure that an unanswered request is. `writes`: the request would have changed something. */
export function unansweredFailure(error: Unanswered, host: string, writes: boolean, more: FailureDetails): Failure {
  const details = { ...more, ...(writes && error.sent ? { mayHaveHappened: true } : {}) }
  if (error.code === 'ETIMEDOUT') return new Failure('TIMEOUT', { ...details, why: `${host} did not answer in time` })
  const untrusted = CERTIFICATE.test(error.code)
  if (untrusted) return new Failure('PROTOCOL', { ...details, why: `the certificate of ${host} is not trusted` })
  return new Failure('UNAVAILABLE', { ...details, why: WHY[error.code]?.(host) ?? `${host}: ${error.code}` })
}

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)/
const WHY: Readonly<Record<string, (host: string) => string>> = {
  ECONNREFUSED: (host) => `nothing listens at ${host}`,
  ENOTFOUND: (host) => `the name ${host} is not known`,
  EAI_AGAIN: (host) => `the name ${host} could not be looked up`,
  ECONNRESET: (host) => `${host} ended the connection`,
}

/** Seconds or a date in `Retry-After`, as milliseconds from now. */
export function retryAfterMs(header: string | undefined, now: Date): number | undefined {
  if (header === undefined) return undefined
  const seconds = Number(header)
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - now.getTime()
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined
}
