import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { run } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'
import { server } from './support/env.js'

const WAIT = 120_000
const later = '2099-01-01T00:00:00Z'
const START = 'https://example.awsapps.com/start'

/** What a double of AWS's token services hands out; the secret store behind it is the real test server. */
const given = (key: string) => ({
  AccessKeyId: key,
  SecretAccessKey: 'given-secret',
  Token: 'given-token',
  SessionToken: 'given-token',
})
const answers: Readonly<Record<string, (request: IncomingMessage) => unknown>> = {
  '/ecs': (request) =>
    request.headers.authorization === 'Bearer of-the-task'
      ? { ...given('ASIAOFTHECONTAINER00'), Expiration: later }
      : undefined,
  '/latest/api/token': (request) => (request.method === 'PUT' ? 'a-session' : undefined),
  '/latest/meta-data/iam/security-credentials/': () => 'the-role',
  '/latest/meta-data/iam/security-credentials/the-role': (request) =>
    request.headers['x-aws-ec2-metadata-token'] === 'a-session'
      ? { ...given('ASIAOFTHEINSTANCE000'), Code: 'Success', Type: 'AWS-HMAC', Expiration: later }
      : undefined,
  '/federation/credentials': (request) =>
    request.headers['x-amz-sso_bearer_token'] === 'a-login'
      ? {
          roleCredentials: {
            accessKeyId: 'ASIAOFTHESSOLOGIN000',
            secretAccessKey: 'given-secret',
            sessionToken: 'given-token',
            expiration: Date.parse(later),
          },
        }
      : undefined,
}

/** Access keys that signed requests to the store. */
const signers: string[] = []
let url = ''

const double = createServer((request, response) => {
  const path = new URL(request.url ?? '/', 'http://double').pathname
  const answer = answers[path]
  if (answer === undefined) return void forward(request, response).catch((error: Error) => response.destroy(error))
  const body = answer(request)
  response.writeHead(body === undefined ? 403 : 200, { 'content-type': 'application/json' })
  response.end(typeof body === 'string' ? body : JSON.stringify(body ?? {}))
})

async function forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const { authorization = '' } = request.headers
  const [, signer] = /Credential=([^/]+)\//.exec(authorization) ?? []
  if (signer !== undefined) signers.push(signer)
  const kept = ['content-type', 'x-amz-target', 'authorization', 'x-amz-date', 'x-amz-security-token']
  const headers = Object.fromEntries(kept.flatMap((name) => [[name, String(request.headers[name] ?? '')]]))
  const upstream = await fetch(new URL(request.url ?? '/', server('TEST_AWS_MOTO')), {
    method: 'POST',
    headers,
    body: Buffer.concat(chunks),
  })
  response.writeHead(upstream.status, { 'content-type': upstream.headers.get('content-type') ?? 'application/json' })
  response.end(Buffer.from(await upstream.arrayBuffer()))
}

beforeAll(async () => {
  await new Promise<void>((resolve) => double.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(double.address() as AddressInfo).port}`
})
afterAll(() => new Promise<void>((resolve) => void double.close(() => resolve())))

/** Lists with this environment alone, and tells who signed. */
async function signerOf(env: Readonly<Record<string, string>>, home = tempFolder('aws-home')): Promise<string[]> {
  signers.length = 0
  const base = { HOME: home, AWS_SECRET_MANAGER_REGION: 'eu-central-1', AWS_ENDPOINT_URL: url }
  const result = await run(['list', 'aws', '--json'], { env: { ...base, ...env }, cwd: home, timeoutMs: WAIT })
  expect({ code: result.code, stderr: result.stderr }).toMatchObject({ code: 0 })
  expect(result.stdout + result.stderr).not.toMatch(/given-secret|given-token|of-the-task|a-login/)
  return [...new Set(signers)]
}

test(
  'a container gets its credentials from the agent that its environment names',
  async () => {
    const env = {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/ecs`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: 'Bearer of-the-task',
    }
    expect(await signerOf(env)).toEqual(['ASIAOFTHECONTAINER00'])
  },
  WAIT,
)

test(
  'an instance gets its credentials from the metadata service, with a session token',
  async () => {
    expect(await signerOf({ AWS_EC2_METADATA_SERVICE_ENDPOINT: url })).toEqual(['ASIAOFTHEINSTANCE000'])
  },
  WAIT,
)

test(
  'a profile of single sign-on uses the login that `aws sso login` left',
  async () => {
    const home = tempFolder('aws-home')
    mkdirSync(join(home, '.aws/sso/cache'), { recursive: true })
    const profile = [`sso_start_url = ${START}`, 'sso_region = eu-central-1', 'sso_account_id = 123456789012']
    writeFileSync(join(home, '.aws/config'), ['[profile sso]', ...profile, 'sso_role_name = reader', ''].join('\n'))
    const name = createHash('sha1').update(START).digest('hex')
    writeFileSync(
      join(home, `.aws/sso/cache/${name}.json`),
      JSON.stringify({ startUrl: START, region: 'eu-central-1', accessToken: 'a-login', expiresAt: later }),
    )
    expect(await signerOf({ AWS_PROFILE: 'sso' }, home)).toEqual(['ASIAOFTHESSOLOGIN000'])
  },
  WAIT,
)

test(
  'a token file is exchanged for the credentials of its role',
  async () => {
    const home = tempFolder('aws-home')
    writeFileSync(join(home, 'token'), 'header.claims.signature')
    const env = {
      AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/reader',
      AWS_WEB_IDENTITY_TOKEN_FILE: join(home, 'token'),
    }
    const [signer, ...others] = await signerOf(env, home)
    expect(signer).toMatch(/^ASIA/)
    expect(signer).not.toMatch(/ASIAOFTHE/)
    expect(others).toEqual([])
  },
  WAIT,
)

test(
  'without any credentials it is refused with what to do, and no request is signed',
  async () => {
    signers.length = 0
    const home = tempFolder('aws-home')
    const env = { HOME: home, AWS_SECRET_MANAGER_REGION: 'eu-central-1', AWS_EC2_METADATA_DISABLED: 'true' }
    const result = await run(['list', 'aws'], { env: { ...env, AWS_ENDPOINT_URL: url }, cwd: home, timeoutMs: WAIT })
    expect(result.code).toBe(77)
    expect(result.stderr).toMatch(/credential/i)
    expect(signers).toEqual([])
  },
  WAIT,
)
