import type { Agent } from 'node:http'
import { Failure, isFailure } from '../../core/failure.js'
import type { Ports } from '../description.js'
import type { Reply } from '../http.js'
import { type Asked, failureOfError, failureOfReply, unauthenticated, writes } from './classify.js'
import { openSession, type Session } from './session.js'
import type { VaultSettings } from './settings.js'
import { LIMITS } from './traits.js'
import { transport } from './transport.js'

export type Method = 'GET' | 'POST' | 'DELETE' | 'LIST'

/** One authenticated Vault. `call` answers 2xx and 404; everything else is a Failure. */
export interface Caller {
  call(asked: Asked, method: Method, path: string, body?: object): Promise<Reply>
  close(): void
}

/** The part of node-vault that is used: it puts addresses, headers and verbs together. */
interface NodeVault {
  token: string
  namespace: string
  pathPrefix: string
  read(path: string): Promise<unknown>
  list(path: string): Promise<unknown>
  delete(path: string): Promise<unknown>
  write(path: string, body: object): Promise<unknown>
}

/** Loads node-vault and puts our transport below it. */
export async function openCaller(settings: VaultSettings, agent: Agent, ports: Ports): Promise<Caller> {
  const { default: nodeVault } = await import('node-vault')
  const client = nodeVault({
    endpoint: settings.address.href.replace(/\/$/, ''),
    apiVersion: 'v1',
    noCustomHTTPVerbs: true,
    // node-vault prints values and tokens with `DEBUG=*`
    debug: () => {},
    'request-promise': { defaults: () => transport(settings, agent) },
  } as object) as unknown as NodeVault
  // without these node-vault takes VAULT_PREFIX (ours, for names) as a part of the address, and the process's token
  client.pathPrefix = ''
  client.token = ''
  client.namespace = settings.namespace
  return authenticated(settings, client, agent, ports)
}

function authenticated(settings: VaultSettings, client: NodeVault, agent: Agent, ports: Ports): Caller {
  const send = sender(settings, client, ports)
  const ask = async (asked: Asked, method: Method, path: string, body?: object): Promise<unknown> =>
    parsed(await send(asked, method, path, body))
  const session: Session = openSession(settings.auth, ask, (token) => setToken(client, token), ports.clock)
  return {
    async call(asked, method, path, body) {
      await session.ready()
      try {
        return await send(asked, method, path, body)
      } catch (error) {
        throw await explained(error, asked, send)
      }
    },
    close: () => agent.destroy(),
  }
}

/** One request by the program's pacing and retry, where there is one. */
function sender(settings: VaultSettings, client: NodeVault, ports: Ports): Caller['call'] {
  const once = async (asked: Asked, method: Method, path: string, body: object): Promise<Reply> => {
    const around = () => ({ host: settings.address.host, now: ports.clock.now() })
    try {
      const reply = await verbs[method](client, path, body)
      if (isAnswer(reply)) return reply
      throw failureOfReply(reply, asked, around())
    } catch (error) {
      throw failureOfError(error, asked, around())
    }
  }
  return async (asked, method, path, body = {}) => {
    if (ports.send === undefined) return once(asked, method, path, body)
    const request = { ...requestOf(asked), send: () => unlessDoubtful(asked, once(asked, method, path, body)) }
    const answer = await ports.send(request)
    if (answer instanceof Failure) throw answer
    return answer
  }
}

const requestOf = (asked: Asked) => ({
  doing: asked.doing,
  quota: { key: 'vault', ...LIMITS },
  ...(asked.secret === undefined ? {} : { secret: asked.secret }),
  ...(writes(asked) && { writes: true as const }),
})

/** A write that nothing guards must not be sent again while it may have happened: its failure is the answer then. */
function unlessDoubtful(asked: Asked, answer: Promise<Reply>): Promise<Reply | Failure> {
  if (asked.unguarded !== true) return answer
  return answer.catch((error: unknown) => {
    if (isFailure(error) && error.details.mayHaveHappened === true) return error
    throw error
  })
}

function setToken(client: NodeVault, token: string): void {
  client.token = token
}

/** Vault says "permission denied" for a missing policy and for a wrong token alike; the token can tell. */
async function explained(error: unknown, asked: Asked, send: Caller['call']): Promise<unknown> {
  if (!(isFailure(error, 'PERMISSION_DENIED') && error.details.hints !== undefined)) return error
  const path = 'auth/token/lookup-self'
  try {
    await send({ doing: 'looking the token up', capability: 'read', path }, 'GET', path)
    return error
  } catch (other) {
    return isFailure(other, 'PERMISSION_DENIED') ? unauthenticated(asked) : error
  }
}

/** 404 is an answer where its body is Vault's: nothing there, or a deleted version. */
const isAnswer = (reply: Reply): boolean =>
  (reply.status >= 200 && reply.status < 300) || (reply.status === 404 && isNothing(reply.text))

function isNothing(text: string): boolean {
  const body = tryParse(text) as { errors?: unknown[]; data?: unknown } | undefined
  return body !== undefined && (body.data !== undefined || (Array.isArray(body.errors) && body.errors.length === 0))
}

function tryParse(text: string): unknown {
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null ? body : undefined
  } catch {
    // a page of something else than Vault
    return undefined
  }
}

/** The JSON of a reply. Throws PROTOCOL where there is none. */
export function parsed(reply: Reply): unknown {
  const body = reply.status === 204 ? {} : tryParse(reply.text)
  if (body !== undefined) return body
  throw new Failure('PROTOCOL', { why: 'the answer is not that of a Vault server' })
}

const verbs: Record<Method, (client: NodeVault, path: string, body: object) => Promise<Reply>> = {
  GET: async (client, path) => (await client.read(path)) as Reply,
  LIST: async (client, path) => (await client.list(path)) as Reply,
  DELETE: async (client, path) => (await client.delete(path)) as Reply,
  POST: async (client, path, body) => (await client.write(path, body)) as Reply,
}
