import { createServer, type IncomingMessage, request as plainRequest, type ServerResponse } from 'node:http'
import { type RequestOptions, request as tlsRequest } from 'node:https'
import type { AddressInfo } from 'node:net'
import { seeded } from '../support/conformance-hostile.js'

/** What passes between a provider and its server, counted, and stopped on demand. */
export interface Gate {
  readonly url: string
  /** Requests since the last `reset`, those that were turned away excepted. */
  readonly requests: () => number
  /** Those of them that change something. */
  readonly mutations: () => number
  readonly turnedAway: () => number
  reset(): void
  /** Turns away this share of all requests with 429. */
  throttle(share: number, retryAfter?: string): void
  /** Answers every request like this until it is called without. */
  answer(fixed?: { status: number; headers?: Record<string, string>; body?: string }): void
  /** Passes the next mutation on, and then loses its answer. */
  loseNextAnswer(): void
  /** Runs `act` before the next mutation is passed on. */
  beforeMutation(act: () => Promise<void>): void
  close(): Promise<void>
}

/** A gate before `upstream`; `tls` for an upstream with a certificate of its own authority. */
export async function openGate(upstream: string, tls: RequestOptions = {}): Promise<Gate> {
  const random = seeded(20_261_124)
  const state = {
    requests: 0,
    mutations: 0,
    turnedAway: 0,
    share: 0,
    retryAfter: undefined as string | undefined,
    fixed: undefined as Parameters<Gate['answer']>[0],
    before: undefined as (() => Promise<void>) | undefined,
    lose: false,
  }
  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const body = await bodyOf(incoming)
    const mutates = incoming.method !== 'GET'
    if (random() / 2 ** 32 < state.share) {
      state.turnedAway++
      outgoing.writeHead(429, state.retryAfter === undefined ? {} : { 'Retry-After': state.retryAfter })
      outgoing.end('{"errors":["request path rate limit quota exceeded"],"kind":"Status","code":429}')
      return
    }
    state.requests++
    if (mutates) state.mutations++
    if (state.fixed !== undefined) {
      outgoing.writeHead(state.fixed.status, state.fixed.headers).end(state.fixed.body ?? '')
      return
    }
    const before = mutates ? state.before : undefined
    if (before !== undefined) {
      state.before = undefined
      await before()
    }
    const lose = mutates && state.lose
    if (lose) state.lose = false
    forward(upstream, tls, incoming, body, outgoing, lose)
  }
  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch(() => outgoing.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => state.requests,
    mutations: () => state.mutations,
    turnedAway: () => state.turnedAway,
    reset: () => Object.assign(state, { requests: 0, mutations: 0, turnedAway: 0 }),
    throttle: (share, retryAfter) => Object.assign(state, { share, retryAfter }),
    answer: (fixed) => Object.assign(state, { fixed }),
    loseNextAnswer: () => Object.assign(state, { lose: true }),
    beforeMutation: (before) => Object.assign(state, { before }),
    close: () => {
      server.closeAllConnections()
      return new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

function forward(
  upstream: string,
  tls: RequestOptions,
  incoming: IncomingMessage,
  body: Buffer,
  outgoing: ServerResponse,
  lose: boolean,
): void {
  const url = new URL(incoming.url ?? '/', upstream)
  const send = url.protocol === 'https:' ? tlsRequest : plainRequest
  const headers = { ...incoming.headers, host: url.host }
  // the path as it came: a URL object would resolve dots
  const options = { ...tls, method: incoming.method, headers, path: incoming.url }
  const passed = send(url, options, (answer) => {
    if (lose) {
      answer.resume()
      answer.on('end', () => outgoing.destroy())
      return
    }
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(outgoing)
  })
  passed.on('error', () => outgoing.destroy())
  passed.end(body)
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
