import { randomBytes } from 'node:crypto'
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectRetentionCommand,
  ListObjectVersionsCommand,
  PutObjectLockConfigurationCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { cleanEnv, run } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'
import { type BackupProxy, openBackupProxy, type Seen } from './support/backup-proxy.js'
import { server } from './support/env.js'

const WAIT = 180_000
const DAY = 86_400_000
const folder = tempFolder('s3-lock')
const [locked, plain] = [`locked-${randomBytes(5).toString('hex')}`, `plain-${randomBytes(5).toString('hex')}`]
const credentials = { accessKeyId: server('TEST_S3_KEY'), secretAccessKey: server('TEST_S3_SECRET') }
const s3 = new S3Client({ endpoint: server('TEST_S3'), region: 'us-east-1', forcePathStyle: true, credentials })
let proxy: BackupProxy
let recipient = ''
const vibesecrets = (args: readonly string[], stdin = '') =>
  run(args, {
    cwd: folder,
    stdin,
    env: {
      ...cleanEnv(folder),
      AWS_ENDPOINT_URL_S3: proxy.url,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_REGION: 'us-east-1',
    },
  })
const backup = (out: string) => vibesecrets(['backup', 'local', '-r', recipient, '--out', out, '--json'])

beforeAll(async () => {
  proxy = await openBackupProxy(server('TEST_S3'))
  await s3.send(new CreateBucketCommand({ Bucket: plain }))
  await s3.send(new CreateBucketCommand({ Bucket: locked, ObjectLockEnabledForBucket: true }))
  await vibesecrets(['set', 'api-key', 'local', '--yes'], 'value-in-the-bucket')
  recipient = (await vibesecrets(['backup', 'keygen', '--output', 'key.txt'])).stdout.trim()
}, WAIT)
afterAll(() => proxy.close(), WAIT)

/** The headers of the request that wrote the backup. */
async function headersOf(query: string): Promise<Seen['headers']> {
  const before = proxy.seen.length
  // what the test server does not know of these it may refuse: what was asked for is what counts
  await backup(`s3://${plain}/${randomBytes(4).toString('hex')}/${query}`)
  const put = proxy.seen.slice(before).find(({ method }) => method === 'PUT')
  if (put === undefined) throw new Error('nothing was put')
  return put.headers
}

describe('what a place says of encryption and locks is asked of the bucket', () => {
  test.each<[string, Record<string, string | undefined>]>([
    ['', { 'x-amz-server-side-encryption': 'AES256', 'x-amz-object-lock-mode': undefined }],
    ['?sse=none', { 'x-amz-server-side-encryption': undefined }],
    [
      '?sse=aws:kms',
      { 'x-amz-server-side-encryption': 'aws:kms', 'x-amz-server-side-encryption-aws-kms-key-id': undefined },
    ],
    [
      '?kms-key=alias/vibebox',
      {
        'x-amz-server-side-encryption': 'aws:kms',
        'x-amz-server-side-encryption-aws-kms-key-id': 'alias/vibebox',
      },
    ],
    ['?lock=governance&lock-days=30', { 'x-amz-object-lock-mode': 'GOVERNANCE' }],
    ['?lock=compliance&lock-days=1', { 'x-amz-object-lock-mode': 'COMPLIANCE' }],
  ])(
    '%j',
    async (query, wanted) => {
      const headers = await headersOf(query)
      for (const [name, value] of Object.entries(wanted)) expect([name, headers[name]]).toEqual([name, value])
      // a bucket with a lock takes nothing without a checksum, and none is replaced by surprise
      expect(headers['x-amz-checksum-sha256']).toMatch(/^[A-Za-z0-9+/]{43}=$/)
      expect(headers['if-none-match']).toBe('*')
    },
    WAIT,
  )
  test(
    'a lock ends so many days from now',
    async () => {
      const until = Date.parse(
        String((await headersOf('?lock=governance&lock-days=30'))['x-amz-object-lock-retain-until-date']),
      )
      expect(Math.abs(until - Date.now() - 30 * DAY)).toBeLessThan(DAY / 24)
    },
    WAIT,
  )
  test.each([
    ['?lock=governance', 'lock-days'],
    ['?lock-days=3', 'governance or compliance'],
    ['?lock=forever&lock-days=3', 'governance or compliance'],
    ['?kms-key=a&sse=AES256', 'kms-key'],
    ['?retention=3', 'no option retention'],
  ])(
    '%j is refused before anything is read',
    async (query, why) => {
      const { code, stdout, stderr } = await backup(`s3://${plain}/x/${query}`)
      expect([code, (stdout + stderr).includes(why)]).toEqual([2, true])
    },
    WAIT,
  )
})

describe('in a bucket with an object lock', () => {
  const place = `s3://${locked}/production/`
  const versions = async () => (await s3.send(new ListObjectVersionsCommand({ Bucket: locked }))).Versions ?? []
  const retention = async (Key: string) =>
    (await s3.send(new GetObjectRetentionCommand({ Bucket: locked, Key }))).Retention
  const deleted = (Key: string, VersionId: string) =>
    s3.send(new DeleteObjectCommand({ Bucket: locked, Key, VersionId })).then(
      () => 'deleted',
      () => 'refused',
    )

  test(
    'the lock of the place holds its object, whoever deletes it',
    async () => {
      const made = await backup(`${place}?lock=compliance&lock-days=2`)
      expect([made.code, made.code === 0 ? '' : made.stderr]).toEqual([0, ''])
      const [one] = await versions()
      expect(await retention(one?.Key ?? '')).toMatchObject({ Mode: 'COMPLIANCE' })
      expect(await deleted(one?.Key ?? '', one?.VersionId ?? '')).toBe('refused')
    },
    WAIT,
  )
  test(
    'the default of the bucket holds where the place says nothing; prune hides, and the object stays',
    async () => {
      await s3.send(
        new PutObjectLockConfigurationCommand({
          Bucket: locked,
          ObjectLockConfiguration: {
            ObjectLockEnabled: 'Enabled',
            Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: 1 } },
          },
        }),
      )
      const { file } = JSON.parse((await backup(place)).stdout) as { file: string }
      expect((await backup(place)).code).toBe(0)
      const before = (await versions()).map(({ Key }) => Key)
      expect(before).toContain(`production/${file}`)
      const pruned = await vibesecrets(['backup', 'prune', place, '--keep-last', '1', '--identity', 'key.txt', '--yes'])
      // the service hides it under a marker, or refuses: either way nothing of it is lost
      expect([0, 77]).toContain(pruned.code)
      expect((await versions()).map(({ Key }) => Key).sort()).toEqual([...before].sort())
      expect((await vibesecrets(['backup', 'verify', place, '--identity', 'key.txt'])).code).toBe(0)
    },
    WAIT,
  )
})
