import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import {
  CreateBucketCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { cleanEnv, run } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'
import { killedAt } from './support/backup-killed.js'
import { type BackupProxy, openBackupProxy } from './support/backup-proxy.js'
import { server } from './support/env.js'
import { raw } from './vault-api.js'

const WAIT = 600_000

describe('kill -9 while a backup goes into a bucket', () => {
  const folder = tempFolder('killed-s3')
  const bucket = `killed-${randomBytes(6).toString('hex')}`
  const place = `s3://${bucket}/production/`
  const spool = join(folder, '.local/state/vibesecrets/spool')
  let proxy: BackupProxy
  let env: Record<string, string>
  let s3: S3Client
  let recipient = ''
  const vibesecrets = (args: readonly string[], stdin = '') => run(args, { cwd: folder, env, stdin })
  const args = (): string[] => ['backup', 'local', '-r', recipient, '--out', place, '--json']
  const names = async (): Promise<string[]> => {
    const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket: bucket }))
    return Versions.map(({ Key = '' }) => Key)
  }

  beforeAll(async () => {
    proxy = await openBackupProxy(server('TEST_S3'))
    const credentials = { accessKeyId: server('TEST_S3_KEY'), secretAccessKey: server('TEST_S3_SECRET') }
    s3 = new S3Client({ endpoint: server('TEST_S3'), region: 'us-east-1', forcePathStyle: true, credentials })
    env = {
      ...cleanEnv(folder),
      AWS_ENDPOINT_URL_S3: proxy.url,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_REGION: 'us-east-1',
    }
    await s3.send(new CreateBucketCommand({ Bucket: bucket }))
    await s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' } }))
    // large enough for a body of many packets
    await vibesecrets(['set', 'large-value', 'local', '--yes'], 'x'.repeat(900_000))
    recipient = (await vibesecrets(['backup', 'keygen', '--output', 'key.txt'])).stdout.trim()
  }, WAIT)
  afterAll(() => proxy.close(), WAIT)

  test.each([
    ['before the bucket has it', 'before', 0],
    ['when the bucket has half of it', 'half', 0],
    ['when the bucket has it, and its answer is lost', 'after', 1],
  ] as const)(
    '%s: no part under a final name, no upload left open, and the next run is whole',
    async (_, how, objects) => {
      const before = await names()
      proxy.hold(({ method }) => (method === 'PUT' ? how : 'pass'))
      expect(await killedAt(proxy, args(), { cwd: folder, env })).toBe(true)
      await new Promise((go) => setTimeout(go, 1_000))
      expect((await names()).length).toBe(before.length + objects)
      const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket: bucket }))
      expect(Uploads).toEqual([])
      const again = await vibesecrets(args())
      expect([again.code, (await names()).length]).toEqual([0, before.length + objects + 1])
      const verified = await vibesecrets(['backup', 'verify', place, '--identity', 'key.txt'])
      expect([verified.code, verified.stderr]).toEqual([0, ''])
      expect((await vibesecrets(['restore', place, '--drill', '--identity', 'key.txt'])).code).toBe(0)
    },
    WAIT,
  )

  test('what a killed run left on this machine is private and sealed', () => {
    const left = readdirSync(spool)
    expect(left.length).toBeGreaterThan(0)
    for (const name of left) {
      const bytes = readFileSync(join(spool, name))
      expect(statSync(join(spool, name)).mode & 0o777).toBe(0o600)
      expect(bytes.subarray(0, 21).toString()).toBe('age-encryption.org/v1')
      expect(bytes.includes('xxxxxxxx')).toBe(false)
    }
  })
})

describe('kill -9 while a restore writes to Vault', () => {
  const folder = tempFolder('killed-vault')
  const golden = join(folder, 'b.age')
  const values: Readonly<Record<string, readonly string[]>> = {
    'a-plain': ['a-value\n'],
    'b-history': ['first', 'second\r\n', 'third'],
    'c-plain': ['c-value'],
  }
  const WRITES = 5
  let proxy: BackupProxy
  let env: Record<string, string>
  const vibesecrets = (args: readonly string[], more: Record<string, string> = {}, stdin = '') =>
    run(args, { cwd: folder, env: { ...env, ...more }, stdin })
  const isWrite = ({ method, path }: { method: string; path: string }): boolean =>
    method !== 'GET' && /^\/v1\/secret\/(?:data|metadata)\//.test(path) && !path.includes('list=true')

  beforeAll(async () => {
    proxy = await openBackupProxy(server('TEST_VAULT_ADDR'))
    env = { ...cleanEnv(folder), VAULT_ADDR: proxy.url, VAULT_TOKEN: server('TEST_VAULT_TOKEN') }
    for (const [name, all] of Object.entries(values))
      for (const value of all) await vibesecrets(['set', name, 'local', '--yes'], {}, value)
    const recipient = (await vibesecrets(['backup', 'keygen', '--output', 'key.txt'])).stdout.trim()
    await vibesecrets(['backup', 'local', '-r', recipient, '--all-versions', '--out', 'b.age'])
    expect(existsSync(golden)).toBe(true)
  }, WAIT)
  afterAll(() => proxy.close(), WAIT)

  /** All versions that Vault keeps, oldest first, by its own interface. */
  async function kept(prefix: string): Promise<Record<string, readonly string[]>> {
    const found: Record<string, string[]> = {}
    for (const name of Object.keys(values)) {
      const { status, json } = await raw('GET', `secret/metadata/${prefix}${name}`)
      if (status !== 200) continue
      found[name] = []
      for (const version of Object.keys(json.data.versions).sort((a, b) => Number(a) - Number(b))) {
        const answer = await fetch(`${server('TEST_VAULT_ADDR')}/v1/secret/data/${prefix}${name}?version=${version}`, {
          headers: { 'X-Vault-Token': server('TEST_VAULT_TOKEN') },
        })
        found[name]?.push(((await answer.json()) as { data: { data: { value: string } } }).data.data.value)
      }
    }
    return found
  }

  const points = Array.from({ length: WRITES }, (_, at) => at + 1).flatMap((nth) =>
    (['before', 'after'] as const).map((how) => [nth, how] as const),
  )
  test.each(points)(
    'at write %i, %s it takes effect: recover makes each version once, in order, and a second restore finds nothing to do',
    async (nth, how) => {
      const prefix = `killed-${randomBytes(4).toString('hex')}/`
      const restore = ['restore', 'b.age', 'vault', '--identity', 'key.txt', '--all-versions', '--yes']
      const scoped = [...restore, '--prefix', prefix, '--concurrency', '1']
      let writes = 0
      proxy.hold((one) => (isWrite(one) && ++writes === nth ? how : 'pass'))
      expect(await killedAt(proxy, scoped, { cwd: folder, env })).toBe(true)
      const half = await kept(prefix)
      for (const [name, all] of Object.entries(half)) expect(values[name]?.slice(0, all.length)).toEqual(all)
      expect((await vibesecrets(['recover'])).code).toBe(0)
      expect(await kept(prefix)).toEqual(values)
      const again = await vibesecrets(scoped)
      expect([again.code, again.stdout.includes('nothing to do')]).toEqual([0, true])
      expect(await kept(prefix)).toEqual(values)
      const status = await vibesecrets(['status'])
      expect(status.stdout).toContain('nothing is unfinished')
    },
    WAIT,
  )

  test(
    'there are no other writes than those where it was killed',
    async () => {
      const before = proxy.seen.length
      const prefix = `killed-${randomBytes(4).toString('hex')}/`
      const args = ['restore', 'b.age', 'vault', '--identity', 'key.txt', '--all-versions', '--yes']
      expect((await vibesecrets([...args, '--prefix', prefix, '--concurrency', '1'])).code).toBe(0)
      expect(proxy.seen.slice(before).filter(isWrite)).toHaveLength(WRITES)
    },
    WAIT,
  )
})
