import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Answer, type Json, type Server, serve } from './aws-proxy-serve.js'
import { seeded } from './conformance-hostile.js'

/** What a test makes go wrong. */
export interface Fault {
  readonly type?: string
  readonly message?: string
  readonly status?: number
  readonly headers?: Record<string, string>
  /** The server acts, and its answer is lost. */
  readonly losesReply?: true
  /** Another answer than the server's own. */
  readonly answer?: (body: Json) => unknown
}

export interface AwsProxy {
  readonly url: string
  /** Requests that arrived, by action. */
  readonly counts: ReadonlyMap<string, number>
  total(): number
  mutating(): number
  reset(): void
  /** Refuses this share of all requests with ThrottlingException, at random from the seed. */
  throttle(share: number): void
  /** Asked for each request before it is looked at; `undefined` ends it. */
  fault(decide: ((action: string, body: Json) => Fault | undefined) | undefined): void
  close(): Promise<void>
}

const READS = new Set([
  'GetSecretValue',
  'BatchGetSecretValue',
  'DescribeSecret',
  'ListSecrets',
  'ListSecretVersionIds',
])

/**
 * A strict proxy before a test server: refuses what AWS refuses and the server accepts, mends what the server is known
 * to get wrong, counts, throttles and makes faults. Requests go one after the other:
 * the servers' own threads get into each other's way.
 */
export async function startAwsProxy(options: { upstream: string; seed?: number }): Promise<AwsProxy> {
  const random = seeded(options.seed ?? 1)
  const counts = new Map<string, number>()
  const turn = createTurns()
  const moved = new Set<string>()
  let share = 0
  let decide: ((action: string, body: Json) => Fault | undefined) | undefined

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const action = String(request.headers['x-amz-target'] ?? '').replace('secretsmanager.', '')
    const body = JSON.parse((await bodyOf(request)) || '{}') as Json
    counts.set(action, (counts.get(action) ?? 0) + 1)
    if (random() / 2 ** 32 < share) return fail(response, 'ThrottlingException', 'Rate exceeded')
    const fault = decide?.(action, body)
    if (fault?.type !== undefined) return fail(response, fault.type, fault.message ?? '', fault.status, fault.headers)
    const server: Server = { moved, ask: (name, input) => forward(options.upstream, request.headers, name, input) }
    const result = await turn(() => serve(server, action, body))
    if (fault?.losesReply) return void response.destroy()
    if (fault?.answer !== undefined) return reply(response, 200, fault.answer(result.body))
    reply(response, result.status, result.body)
  }

  const http = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => fail(response, 'InternalServiceError', String(error), 500))
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const sum = (wanted: (action: string) => boolean): number =>
    [...counts].reduce((total, [action, count]) => total + (wanted(action) ? count : 0), 0)
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    counts,
    total: () => sum(() => true),
    mutating: () => sum((action) => !READS.has(action)),
    reset: () => counts.clear(),
    throttle: (next) => {
      share = next
    },
    fault: (next) => {
      decide = next
    },
    close: () =>
      new Promise((resolve) => {
        http.close(() => resolve())
        http.closeAllConnections()
      }),
  }
}

/** moto says 404 for what is missing, AWS 400. */
async function forward(upstream: string, headers: IncomingHttpHeaders, action: string, body: Json): Promise<Answer> {
  const { authorization = '', 'x-amz-date': date = '' } = headers
  const response = await fetch(upstream, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `secretsmanager.${action}`,
      authorization,
      'x-amz-date': String(date),
    },
    body: JSON.stringify(body),
  })
  const answer = JSON.parse((await response.text()) || '{}') as Json
  return { status: response.status === 404 ? 400 : response.status, body: answer }
}

function fail(
  response: ServerResponse,
  type: string,
  message: string,
  status = 400,
  headers: Record<string, string> = {},
): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  reply(response, status, { __type: type, message })
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' })
  response.end(JSON.stringify(body))
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8')
}

/** One after the other. */
function createTurns(): <T>(act: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (act) => {
    const mine = last.then(act, act)
    last = mine
    return mine
  }
}
