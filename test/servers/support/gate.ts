import { createServer, type IncomingMessage, request as plainRequest, type ServerResponse } from 'node:http'
import { type RequestOptions, request as tlsRequest } from 'node:https'
import type { AddressInfo } from 'node:net'
import { seeded } from '../../support/conformance-hostile.js'

/** What a test sees and does between the program and a service. */
export interface Gate {
  /** Requests since the last `reset`, by kind. */
  counts(): Readonly<Record<string, number>>
  total(): number
  /** Requests that were passed on and change something. */
  mutating(): number
  reset(): void
  /** Turns away this share of all requests for their rate. */
  throttle(share: number): void
  /** Until it is called without, requests that concern `name` (all, without one) meet this. */
  fail(fault?: Fault, name?: string): void
}

export type Fault = 'forbidden' | 'throttled' | 'unavailable'

export interface HttpGate extends Gate {
  readonly url: string
  close(): Promise<void>
}

export interface HttpGateOptions {
  readonly upstream: string
  readonly tls?: RequestOptions
  readonly kindOf: (method: string, path: string) => string
  readonly mutates: (method: string, path: string) => boolean
  /** The service's own words for a fault. */
  readonly answers: Readonly<Record<Fault, { readonly status: number; readonly body: string }>>
}

/** A gate before an HTTP server. */
export async function openHttpGate(options: HttpGateOptions): Promise<HttpGate> {
  const random = seeded(20_261_124)
  const counts = new Map<string, number>()
  let passed = 0
  let share = 0
  let failing: { fault: Fault; name: string } | undefined

  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const body = await bodyOf(incoming)
    const { method = 'GET', url = '/' } = incoming
    const kind = options.kindOf(method, url)
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
    const throttled = random() / 2 ** 32 < share ? 'throttled' : undefined
    const fault = throttled ?? (failing !== undefined && url.includes(failing.name) ? failing.fault : undefined)
    if (fault !== undefined) {
      const { status, body: said } = options.answers[fault]
      outgoing.writeHead(status, { 'content-type': 'application/json' }).end(said)
      return
    }
    if (options.mutates(method, url)) passed++
    forward(options, incoming, body, outgoing)
  }
  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch(() => outgoing.destroy())
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts: () => Object.fromEntries(counts),
    total: () => [...counts.values()].reduce((sum, one) => sum + one, 0),
    mutating: () => passed,
    reset() {
      counts.clear()
      passed = 0
    },
    throttle(wanted) {
      share = wanted
    },
    fail(fault, name = '') {
      failing = fault === undefined ? undefined : { fault, name }
    },
    close: () =>
      new Promise<void>((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}

function forward(
  { upstream, tls }: HttpGateOptions,
  incoming: IncomingMessage,
  body: Buffer,
  out: ServerResponse,
): void {
  const { protocol, hostname, port, host } = new URL(upstream)
  const send = protocol === 'https:' ? tlsRequest : plainRequest
  const headers = { ...incoming.headers, host }
  // The path as it came: a URL object would resolve its dots.
  const request = { ...tls, hostname, port, method: incoming.method, headers, path: incoming.url }
  const passed = send(request, (answer) => {
    out.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(out)
  })
  passed.on('error', () => out.destroy())
  passed.end(body)
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
