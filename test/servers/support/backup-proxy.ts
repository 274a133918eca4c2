import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as it came. */
export interface Seen {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
}

/** `before`: it never reaches the service. `after`: the service has done it, and its answer is lost. */
export type Hold = 'pass' | 'before' | 'after' | 'half'

export interface BackupProxy {
  readonly url: string
  readonly seen: readonly Seen[]
  /** What becomes of each request from now on. `half`: the service gets half of the body, and then nothing more. */
  hold(decide: (seen: Seen) => Hold): void
  /** Resolves when a request is held. */
  held(): Promise<void>
  close(): Promise<void>
}

/** Between the program and a service, the host name unchanged, so that signatures hold. */
export async function openBackupProxy(upstream: string): Promise<BackupProxy> {
  const seen: Seen[] = []
  let decide: (seen: Seen) => Hold = () => 'pass'
  let waiting: (() => void)[] = []
  const { hostname, port } = new URL(upstream)
  const announce = (): void => {
    for (const go of waiting) go()
    waiting = []
  }

  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const body = await bodyOf(incoming)
    const one: Seen = { method: incoming.method ?? '', path: incoming.url ?? '', headers: incoming.headers }
    seen.push(one)
    const how = decide(one)
    if (how === 'before') return announce()
    const options = { hostname, port, method: one.method, headers: one.headers, path: one.path }
    const passed = request(options, (answer) => {
      if (how === 'after') {
        answer.resume()
        answer.on('end', announce)
        return
      }
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    passed.on('error', () => outgoing.destroy())
    if (how !== 'half') return void passed.end(body)
    passed.write(body.subarray(0, Math.floor(body.byteLength / 2)), announce)
    // whoever waits kills the sender; the service is left with half
    setTimeout(() => passed.destroy(), 500)
  }
  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch(() => outgoing.destroy())
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    hold(next) {
      decide = next
    },
    held: () => new Promise((go) => waiting.push(go)),
    close: () =>
      new Promise<void>((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
