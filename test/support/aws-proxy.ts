import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { MAX_TAGS, type Refusal, refuse, tooManyTags } from './aws-proxy-rules.js'
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
type Json = Record<string, unknown>

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

interface Answer {
  readonly status: number
  readonly body: Json
}
interface Server {
  /** Names whose stages were moved in this run. */
  readonly moved: Set<string>
  ask(action: string, body: Json): Promise<Answer>
}

const refused = ({ type, message }: Refusal): Answer => ({ status: 400, body: { __type: type, message } })
const refusedAs = (type: string, message: string): Answer => refused({ type, message })
const DELETED = refusedAs(
  'InvalidRequestException',
  "You can't perform this operation on the secret because it was marked for deletion.",
)

/** One request, by the rules of AWS. */
async function serve(server: Server, action: string, body: Json): Promise<Answer> {
  const wrong = refuse(action, body)
  if (wrong !== undefined) return refused(wrong)
  const rule = rules[action]
  return rule === undefined ? server.ask(action, body) : rule(server, body)
}

type Rule = (server: Server, body: Json) => Promise<Answer>

const rules: Readonly<Record<string, Rule>> = {
  CreateSecret: create,
  PutSecretValue: put,
  UpdateSecret: unlessDeleted('UpdateSecret'),
  UntagResource: unlessDeleted('UntagResource'),
  TagResource: tag,
  UpdateSecretVersionStage: moveStage,
  BatchGetSecretValue: batch,
  GetSecretValue: (server, body) =>
    server.ask('GetSecretValue', body.VersionId || body.VersionStage ? body : { ...body, VersionStage: 'AWSCURRENT' }),
}

/** API_CreateSecret: the same token with the same value is ignored; a deleted name is an InvalidRequestException. */
async function create(server: Server, body: Json): Promise<Answer> {
  const made = await server.ask('CreateSecret', body)
  const facts = made.status === 200 ? undefined : await describe(server, body.Name)
  if (facts === undefined) return made
  if (facts.DeletedDate)
    return refusedAs(
      'InvalidRequestException',
      "You can't create this secret because a secret with this name is already scheduled for deletion.",
    )
  const known = await sameVersion(server, body.Name, body)
  if (known === 'same')
    return { status: 200, body: { ARN: facts.ARN, Name: facts.Name, VersionId: body.ClientRequestToken } }
  return refusedAs('ResourceExistsException', 'The operation failed because the secret already exists.')
}

/** API_PutSecretValue: refused on a deleted name; a token that is known is ignored or refused. */
async function put(server: Server, body: Json): Promise<Answer> {
  const facts = await describe(server, body.SecretId)
  if (facts?.DeletedDate) return DELETED
  if (facts === undefined) return server.ask('PutSecretValue', body)
  const known = await sameVersion(server, body.SecretId, body)
  if (known === 'same')
    return { status: 200, body: { ARN: facts.ARN, Name: facts.Name, VersionId: body.ClientRequestToken } }
  if (known === 'other')
    return refusedAs('ResourceExistsException', 'That ClientRequestToken is in use for another value.')
  const stages = (body.VersionStages as string[] | undefined) ?? ['AWSCURRENT']
  const current = holderOf(facts, 'AWSCURRENT')
  if (!stages.includes('AWSCURRENT') || current === undefined) return server.ask('PutSecretValue', body)
  // moto loses track of which version was current once a stage was moved: the same in two requests is right everywhere.
  server.moved.add(String(body.SecretId))
  const aside = await server.ask('PutSecretValue', {
    ...body,
    VersionStages: [...stages.filter((one) => one !== 'AWSCURRENT'), 'PROXY'],
  })
  if (aside.status !== 200) return aside
  await server.ask('UpdateSecretVersionStage', {
    SecretId: body.SecretId,
    VersionStage: 'AWSCURRENT',
    MoveToVersionId: body.ClientRequestToken,
    RemoveFromVersionId: current,
  })
  return aside
}

/** API_UpdateSecretVersionStage: a label that is attached moves only with the right RemoveFromVersionId. */
async function moveStage(server: Server, body: Json): Promise<Answer> {
  server.moved.add(String(body.SecretId))
  const facts = await describe(server, body.SecretId)
  if (facts?.DeletedDate) return DELETED
  if (facts === undefined) return server.ask('UpdateSecretVersionStage', body)
  const holder = holderOf(facts, String(body.VersionStage))
  const from = body.RemoveFromVersionId
  if (
    (holder !== undefined && from !== holder && body.MoveToVersionId !== holder) ||
    (from !== undefined && from !== holder)
  )
    return refusedAs(
      'InvalidParameterException',
      `The staging label is attached to ${holder}, name it in RemoveFromVersionId.`,
    )
  if (holder !== undefined && body.MoveToVersionId === holder)
    return { status: 200, body: { ARN: facts.ARN, Name: facts.Name } }
  const { MoveToVersionId: to, SecretId } = body
  // Both servers take the label away before they find that the version to give it to is missing.
  if (to !== undefined && (await server.ask('GetSecretValue', { SecretId, VersionId: to })).status !== 200)
    return refusedAs('ResourceNotFoundException', "Secrets Manager can't find the specified secret version.")
  return server.ask('UpdateSecretVersionStage', body)
}

async function tag(server: Server, body: Json): Promise<Answer> {
  const facts = await describe(server, body.SecretId)
  if (facts?.DeletedDate) return DELETED
  const now = ((facts?.Tags as { Key: string }[] | undefined) ?? []).map(({ Key }) => Key)
  const all = new Set([...now, ...(body.Tags as { Key: string }[]).map(({ Key }) => Key)])
  return all.size > MAX_TAGS ? refused(tooManyTags) : server.ask('TagResource', body)
}

function unlessDeleted(action: string): Rule {
  return async (server, body) =>
    (await describe(server, body.SecretId))?.DeletedDate ? DELETED : server.ask(action, body)
}

/** moto's own batch reads a version that was current once: where a stage was moved, it is asked for by stage. */
async function batch(server: Server, body: Json): Promise<Answer> {
  const answer = await server.ask('BatchGetSecretValue', body)
  const values = (answer.body.SecretValues as Json[] | undefined) ?? []
  const mended = values.map(async (value) => {
    if (!server.moved.has(String(value.Name))) return value
    const one = await server.ask('GetSecretValue', { SecretId: value.Name, VersionStage: 'AWSCURRENT' })
    return one.status === 200 ? one.body : value
  })
  return { ...answer, body: { ...answer.body, SecretValues: await Promise.all(mended) } }
}

async function describe(server: Server, id: unknown): Promise<Json | undefined> {
  const { status, body } = await server.ask('DescribeSecret', { SecretId: id })
  return status === 200 ? body : undefined
}

async function sameVersion(server: Server, id: unknown, body: Json): Promise<'same' | 'other' | 'none'> {
  const found = await server.ask('GetSecretValue', { SecretId: id, VersionId: body.ClientRequestToken })
  if (found.status !== 200) return 'none'
  return found.body.SecretString === body.SecretString && found.body.SecretBinary === body.SecretBinary
    ? 'same'
    : 'other'
}

function holderOf(facts: Json, stage: string): string | undefined {
  const versions = Object.entries((facts.VersionIdsToStages ?? {}) as Record<string, string[]>)
  return versions.find(([, stages]) => stages.includes(stage))?.[0]
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
