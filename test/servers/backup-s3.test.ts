import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { cleanEnv, run } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'
import { server } from './support/env.js'

const folder = tempFolder('s3')
const bucket = `backup-${randomBytes(6).toString('hex')}`
const place = `s3://${bucket}/production/`
const env = {
  ...cleanEnv(folder),
  AWS_ENDPOINT_URL_S3: server('TEST_S3'),
  AWS_ACCESS_KEY_ID: server('TEST_S3_KEY'),
  AWS_SECRET_ACCESS_KEY: server('TEST_S3_SECRET'),
  AWS_REGION: 'us-east-1',
}
const credentials = { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY }
const s3 = new S3Client({ endpoint: env.AWS_ENDPOINT_URL_S3, region: 'us-east-1', forcePathStyle: true, credentials })
const vibesecrets = (args: readonly string[], more: { stdin?: string; env?: Record<string, string> } = {}) =>
  run(args, { cwd: folder, env: { ...env, ...more.env }, ...(more.stdin === undefined ? {} : { stdin: more.stdin }) })

let recipient = ''
beforeAll(async () => {
  await s3.send(new CreateBucketCommand({ Bucket: bucket }))
  await s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' } }))
  await vibesecrets(['set', 'api-key', 'local', '--yes'], { stdin: 'value-in-the-bucket' })
  recipient = (await vibesecrets(['backup', 'keygen', '--output', 'key.txt'])).stdout.trim()
}, 120_000)

const backup = (out: string, more: readonly string[] = []) =>
  vibesecrets(['backup', 'local', '-r', recipient, '--out', out, '--json', ...more])
const objects = async () =>
  (await s3.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: 'production/' }))).Versions ?? []

describe('backups in a bucket', () => {
  test('are put there whole, listed, verified, drilled, restored and pruned', async () => {
    const one = JSON.parse((await backup(place)).stdout) as { file: string; counter: number }
    const two = JSON.parse((await backup(place)).stdout) as { file: string; counter: number }
    expect([one.counter, two.counter]).toEqual([1, 2])
    const list = await vibesecrets(['backup', 'list', place, '--json'])
    expect((JSON.parse(list.stdout) as { items: { name: string }[] }).items.map(({ name }) => name)).toEqual([
      two.file,
      one.file,
    ])
    expect((await vibesecrets(['backup', 'verify', place, '--identity', 'key.txt'])).code).toBe(0)
    expect((await vibesecrets(['restore', place, '--drill', '--identity', 'key.txt'])).code).toBe(0)
    const state = { XDG_STATE_HOME: join(folder, 'other') }
    expect((await vibesecrets(['restore', place, 'local', '--identity', 'key.txt'], { env: state })).code).toBe(0)
    expect((await vibesecrets(['get', 'api-key', 'local'], { env: state })).stdout).toBe('value-in-the-bucket')
    const pruned = await vibesecrets(['backup', 'prune', place, '--keep-last', '1', '--identity', 'key.txt', '--yes'])
    expect([pruned.code, pruned.stdout.includes('1 backup removed, 1 kept')]).toEqual([0, true])
    // a versioned bucket keeps what was pruned, under a marker
    expect((await objects()).map(({ Key }) => Key)).toContain(`production/${one.file}`)
  }, 180_000)

  test('under a name of their own are not replaced unless that is said', async () => {
    expect((await backup(`${place}own.age`)).code).toBe(0)
    const again = await backup(`${place}own.age`)
    expect([again.code, again.stdout.includes('CONFLICT')]).toEqual([4, true])
    expect((await backup(`${place}own.age`, ['--yes'])).code).toBe(0)
  }, 120_000)

  test('that somebody changed are refused', async () => {
    await backup(`${place}changed.age`)
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'production/changed.age' }))
    const bytes = Buffer.from((await Body?.transformToByteArray()) ?? [])
    bytes[bytes.byteLength - 5] = (bytes[bytes.byteLength - 5] ?? 0) ^ 1
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'production/changed.age', Body: bytes }))
    expect((await vibesecrets(['restore', `${place}changed.age`, 'local', '--identity', 'key.txt'])).code).toBe(65)
  }, 120_000)

  test('hold what was verified, encrypted by the service too, and leave nothing on this machine', async () => {
    await backup(`${place}same.age`)
    const { Body, ServerSideEncryption } = await s3.send(
      new GetObjectCommand({ Bucket: bucket, Key: 'production/same.age' }),
    )
    const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array()
    expect(createHash('sha256').update(bytes).digest('hex')).toHaveLength(64)
    expect(['AES256', undefined]).toContain(ServerSideEncryption)
    expect(readdirSync(join(folder, '.local/state/vibesecrets/spool'))).toEqual([])
    expect(readFileSync(join(folder, 'key.txt'), 'utf8')).toContain(recipient)
  }, 120_000)

  test.each<[string, string, Record<string, string>, number]>([
    ['a bucket that is not there', `s3://no-${bucket}/x/`, {}, 66],
    ['a wrong key', place, { AWS_SECRET_ACCESS_KEY: 'wrong' }, 77],
    ['a server that does not answer', place, { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9' }, 69],
  ])(
    '%s',
    async (_, out, more, code) => {
      const before = (await objects()).length
      const { code: found } = await vibesecrets(['backup', 'local', '-r', recipient, '--out', out], { env: more })
      expect([found, (await objects()).length]).toEqual([code, before])
      expect(readdirSync(join(folder, '.local/state/vibesecrets/spool'))).toEqual([])
    },
    120_000,
  )
})
