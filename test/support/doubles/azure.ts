import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { callOf, type Reply, type Sent } from './azure-methods.js'
import { AzureStore, Refusal } from './azure-store.js'
import { makeCertificate } from './certificate.js'
import { type Control, createGate, type Fault, type Gate } from './control.js'
import { Entra, type Identity, TENANT } from './entra.js'

/**
 * A double of Azure Key Vault and of the part of Microsoft Entra that it needs: HTTPS after the published reference,
 * strict where it says so. It is what we believe of the service; no server of Microsoft's can be had.
 */
export interface AzureDouble extends Control {
  /** For AZURE_KEYVAULT_URL and for AZURE_AUTHORITY_HOST. */
  readonly url: string
  readonly tenant: string
  readonly admin: Identity
  /** May do nothing. */
  readonly nobody: Identity
  readonly certificate: string
  readonly store: AzureStore
  readonly entra: Entra
  close(): Promise<void>
}

export interface AzureDoubleOptions {
  readonly port?: number
  readonly seed?: number
  readonly identities?: readonly Identity[]
}

const admin: Identity = { client: '00000000-0000-4000-8000-0000000000aa', secret: 'admin-secret' }
const nobody: Identity = { client: '00000000-0000-4000-8000-0000000000ff', secret: 'nobody-secret', actions: [] }

export async function startAzureDouble(options: AzureDoubleOptions = {}): Promise<AzureDouble> {
  const certificate = makeCertificate()
  const store = new AzureStore()
  const gate = createGate(options.seed)
  const entra = new Entra([admin, nobody, ...(options.identities ?? [])])
  const server = createServer({ key: certificate.key, cert: certificate.cert }, (request, response) => {
    void serve(request, response, { store, gate, entra })
  })
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  const url = `https://localhost:${(server.address() as AddressInfo).port}`
  store.base = url
  entra.base = url
  return {
    ...gate,
    url,
    tenant: TENANT,
    admin,
    nobody,
    certificate: certificate.path,
    store,
    entra,
    close: async () => {
      certificate.remove()
      server.closeAllConnections()
      server.close()
    },
  }
}

interface Parts {
  readonly store: AzureStore
  readonly gate: Gate
  readonly entra: Entra
}

async function serve(request: IncomingMessage, response: ServerResponse, parts: Parts): Promise<void> {
  const body = await textOf(request)
  const url = new URL(request.url ?? '/', parts.store.base)
  const token = parts.entra.answer(url.pathname, body)
  if (token !== undefined) return send(response, token)
  const path = url.pathname.split('/').filter(Boolean).map(decodeURIComponent)
  const sent = { method: request.method ?? 'GET', path, query: url.searchParams, body, url }
  try {
    const reply = await answer(request, sent, parts)
    if (reply === 'lost') response.destroy()
    else if (reply !== 'hang') send(response, reply)
  } catch (error) {
    sendError(response, error, parts.entra)
  }
}

async function answer(
  request: IncomingMessage,
  sent: Sent,
  { store, gate, entra }: Parts,
): Promise<Reply | 'lost' | 'hang'> {
  const identity = entra.who(request.headers.authorization)
  if (identity === undefined)
    throw new Refusal(401, 'Unauthorized', 'AKV10000: Request is missing a Bearer or PoP token.')
  if (!/^(?:7\.[0-6]|20\d\d-\d\d-\d\d)$/.test(sent.query.get('api-version') ?? ''))
    throw new Refusal(400, 'BadParameter', 'api-version must be specified')
  const call = callOf(sent)
  const fault = await gate.admit(call.name, sent.path[1] ?? '', call.mutates)
  if (fault !== undefined && fault in before) throw before[fault as keyof typeof before](call.action)
  if (identity.actions?.includes(call.action) === false) throw before.forbidden(call.action)
  if (fault === 'hang') return 'hang'
  const reply = call.run(store)
  if (fault === 'lost-reply') return 'lost'
  return fault === 'damaged' ? damaged(reply) : reply
}

const before = {
  throttled: () => new Refusal(429, 'Throttled', 'Request was not processed because too many requests were received.'),
  unavailable: () => new Refusal(503, 'ServiceUnavailable', 'The service is temporarily unavailable.'),
  unauthenticated: () => new Refusal(401, 'Unauthorized', 'AKV10032: Invalid issuer.'),
  /** As the service says it, with RBAC. */
  forbidden: (action: string) =>
    new Refusal(
      403,
      'Forbidden',
      `Caller is not authorized to perform action on resource.\r\nAction: 'Microsoft.KeyVault/vaults/secrets/${action}'\r\n`,
      'ForbiddenByRbac',
    ),
} as const satisfies Partial<Record<Fault, (action: string) => Refusal>>

/** One bit of the value is another one. */
function damaged(reply: Reply): Reply {
  const { value } = (reply.body ?? {}) as { value?: unknown }
  if (typeof value !== 'string' || value === '') return reply
  const flipped = String.fromCharCode(value.charCodeAt(0) ^ 1) + value.slice(1)
  return { ...reply, body: { ...reply.body, value: flipped } }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

function send(response: ServerResponse, { status, body }: Reply, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
  response.end(body === undefined ? '' : JSON.stringify(body))
}

/** learn.microsoft.com/rest/api/keyvault: `{"error":{"code","message","innererror":{"code"}}}` */
function sendError(response: ServerResponse, error: unknown, entra: Entra): void {
  const refusal = error instanceof Refusal ? error : new Refusal(500, 'InternalError', String(error))
  const inner = refusal.inner === undefined ? {} : { innererror: { code: refusal.inner } }
  const headers = {
    ...(refusal.status === 401 && { 'www-authenticate': entra.challenge() }),
    ...(refusal.status === 429 && { 'retry-after': '1' }),
  }
  send(
    response,
    { status: refusal.status, body: { error: { code: refusal.code, message: refusal.message, ...inner } } },
    headers,
  )
}
