import { createHash } from 'node:crypto'
import type { Agent } from 'node:http'
import type { RequestOptions } from 'node:https'
import type { KubeConfig, PromiseHttpLibrary, RequestContext, SecurityAuthentication } from '@kubernetes/client-node'
import { Failure, isFailure } from '../../core/failure.js'
import { exchange, type Reply } from '../http.js'
import type { Access } from './kubeconfig.js'

type Sdk = typeof import('@kubernetes/client-node')

/** A reply that is no success. The library would put its whole body into an error's message. */
export class Refused extends Error {
  constructor(readonly reply: Reply) {
    super(`status ${reply.status}`)
    this.name = 'Refused'
  }
}

/** The library's authentication and the wire below it, with one agent for all requests. */
export interface Transport {
  readonly auth: SecurityAuthentication
  readonly http: PromiseHttpLibrary
  close(): void
}

export function transportOf(sdk: Sdk, access: Access, timeoutMs: number): Transport {
  const agents = new OneAgent()
  return {
    auth: {
      getName: () => 'kubeconfig',
      applySecurityAuthentication: async (context) => authenticate(context, access, agents),
    },
    http: {
      async send(request) {
        const reply = await exchange({ ...wire(request), timeoutMs })
        if (reply.status < 200 || reply.status >= 300) throw new Refused(reply)
        const body = { text: async () => reply.text, binary: async () => Buffer.from(reply.text) }
        return new sdk.ResponseContext(reply.status, flat(reply.headers), body)
      },
    },
    close: () => agents.close(),
  }
}

async function authenticate(context: RequestContext, access: Access, agents: OneAgent): Promise<void> {
  const options = await credentials(access.config, access.contextName)
  for (const [name, text] of Object.entries(options.headers ?? {})) context.setHeaderParam(name, String(text))
  if (options.auth) context.setHeaderParam('Authorization', `Basic ${Buffer.from(options.auth).toString('base64')}`)
  context.setAgent(agents.like(options) as Parameters<RequestContext['setAgent']>[0])
}

/** May run a program that the kubeconfig names. Its failure can quote what it printed: only the context is told. */
async function credentials(config: KubeConfig, contextName: string): Promise<RequestOptions> {
  const options: RequestOptions = {}
  try {
    await config.applyToHTTPSOptions(options)
  } catch (error) {
    if (isFailure(error)) throw error
    throw new Failure('UNAUTHENTICATED', {
      doing: 'logging in to Kubernetes',
      why: `the credentials of context ${contextName} could not be had`,
      hints: [{ what: 'see what kubectl says', command: `kubectl --context ${contextName} auth whoami` }],
    })
  }
  return options
}

/** The library makes an agent for every request, a handshake each: one is kept until the credentials change. */
class OneAgent {
  #agent: Agent | undefined
  #digest = ''

  like(options: RequestOptions): Agent {
    const { ca, cert, key, pfx, servername, rejectUnauthorized } = options
    const facts = JSON.stringify([ca, cert, key, pfx, servername, rejectUnauthorized].map((one) => one?.toString()))
    const digest = createHash('sha256').update(facts).digest('hex')
    if (this.#agent !== undefined && digest === this.#digest) return this.#agent
    this.#agent?.destroy()
    this.#digest = digest
    this.#agent = Object.assign(options.agent as Agent, { keepAlive: true })
    return this.#agent
  }

  close(): void {
    this.#agent?.destroy()
  }
}

function wire(request: RequestContext) {
  const body = request.getBody() as string | undefined
  const agent = request.getAgent() as unknown as Agent
  return {
    url: new URL(request.getUrl()),
    method: `${request.getHttpMethod()}`,
    headers: request.getHeaders(),
    body,
    agent,
  }
}

const flat = (headers: Reply['headers']): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, String(text)]))
