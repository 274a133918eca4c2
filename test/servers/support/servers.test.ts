import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, test } from '@jest/globals'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { server } from './env.js'

const run = promisify(execFile)
const PATIENCE_MS = 60_000

async function status(url: string, init: RequestInit = {}): Promise<number> {
  const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) })
  await answer.arrayBuffer()
  return answer.status
}

describe('the servers that the tests need answer', () => {
  test('moto and LocalStack', async () => {
    expect(await status(`${server('TEST_AWS_MOTO')}/moto-api/data.json`)).toBe(200)
    expect(await status(`${server('TEST_AWS_LOCALSTACK')}/_localstack/health`)).toBe(200)
  }, 60_000)

  test('S3 checks who asks', async () => {
    expect(await status(`${server('TEST_S3')}/health`)).toBe(200)
    expect(await status(`${server('TEST_S3')}`)).toBe(403)
  }, 60_000)

  test('toxiproxy', async () => expect(await status(`${server('TEST_TOXIPROXY')}/version`)).toBe(200), 60_000)

  test('PostgreSQL and MariaDB let the administrator in and refuse another password', async () => {
    const wrong = new URL(server('TEST_POSTGRES'))
    wrong.password = 'wrong'
    const client = new pg.Client({ connectionString: server('TEST_POSTGRES') })
    await client.connect()
    await client.end()
    await expect(new pg.Client({ connectionString: wrong.href }).connect()).rejects.toMatchObject({ code: '28P01' })
    const connection = await mysql.createConnection(server('TEST_MARIADB'))
    await connection.end()
  }, 60_000)
})

describe('Vault', () => {
  const at = (path: string) => `${server('TEST_VAULT_ADDR')}/v1/${path}`
  const as = (token: string, method = 'GET', body?: object) => ({
    method,
    headers: { 'X-Vault-Token': token },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })

  test('has KV of both versions', async () => {
    const root = server('TEST_VAULT_TOKEN')
    expect(await status(at('secret/data/support/a'), as(root, 'POST', { data: { value: 'x' } }))).toBe(200)
    expect(await status(at('kv1/support/a'), as(root, 'POST', { value: 'x' }))).toBe(204)
    expect(await status(at('kv1/support/a'), as(root))).toBe(200)
  }, 60_000)

  test('gives AppRole a token that writes below vibebox/ and nowhere else', async () => {
    const login = { role_id: server('TEST_VAULT_ROLE_ID'), secret_id: server('TEST_VAULT_SECRET_ID') }
    const answer = await fetch(at('auth/approle/login'), { method: 'POST', body: JSON.stringify(login) })
    const { auth } = (await answer.json()) as { auth: { client_token: string } }
    const write = as(auth.client_token, 'POST', { data: { value: 'x' } })
    expect(await status(at('secret/data/vibebox/support/a'), write)).toBe(200)
    expect(await status(at('secret/data/other/a'), write)).toBe(403)
  }, 60_000)

  test('keeps a token that may only read from writing', async () => {
    const token = server('TEST_VAULT_READ_TOKEN')
    expect(await status(at('secret/data/vibebox/readable/none'), as(token))).toBe(404)
    expect(await status(at('secret/data/vibebox/readable/a'), as(token, 'POST', { data: { value: 'x' } }))).toBe(403)
  }, 60_000)
})

describe('Kubernetes', () => {
  const kubectl = (...args: string[]) =>
    run(server('TEST_KUBECTL'), ['--kubeconfig', server('TEST_KUBECONFIG'), ...args], { timeout: PATIENCE_MS })

  test('lets the administrator do anything and the limited user read one Secret', async () => {
    expect((await kubectl('auth', 'can-i', 'delete', 'secrets')).stdout).toBe('yes\n')
    const limited = (...args: string[]) => kubectl('--context', 'limited', 'auth', 'can-i', ...args)
    expect((await limited('get', 'secrets/vibebox-secrets')).stdout).toBe('yes\n')
    await expect(limited('list', 'secrets')).rejects.toMatchObject({ stdout: 'no\n' })
  }, 60_000)
})
