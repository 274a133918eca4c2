import { MAX_TAGS, type Refusal, refuse, tooManyTags } from './aws-proxy-rules.js'

export type Json = Record<string, unknown>

export interface Answer {
  readonly status: number
  readonly body: Json
}
/** The test server behind the proxy. */
export interface Server {
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
export async function serve(server: Server, action: string, body: Json): Promise<Answer> {
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
