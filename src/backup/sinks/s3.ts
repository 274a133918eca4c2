import { createHash } from 'node:crypto'
import type { GetObjectCommandOutput, S3ClientConfig } from '@aws-sdk/client-s3'
import { Failure } from '../../core/failure.js'
import type { Draft } from '../host.js'
import { taken } from './file.js'
import type { BucketPlace } from './place.js'
import { s3Failure, statusOf } from './s3-classify.js'
import type { PublishOptions, Sink, Stored } from './sink.js'

export interface S3Settings {
  /** Region, endpoint and credentials come from where the SDK looks for them; these are given beside. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** A file that grows on this machine until it is verified. */
  readonly spool: () => Promise<Draft>
}

/** Backups in a bucket. The SDK loads here, and only here. */
export async function s3Sink(place: BucketPlace, settings: S3Settings): Promise<Sink> {
  const s3 = await import('@aws-sdk/client-s3')
  const client = new s3.S3Client(clientOptions(settings.env))
  const { bucket: Bucket, prefix } = place
  const at = (name: string) => ({ Bucket, Key: prefix + name })
  const shown = (name: string): string => `s3://${Bucket}/${prefix}${name}`
  const said = async <T>(doing: string, target: string, act: () => Promise<T>): Promise<T> => {
    try {
      return await act()
    } catch (error) {
      throw s3Failure(error, doing, target)
    }
  }

  async function open(name: string, version?: string): Promise<AsyncIterable<Uint8Array>> {
    const command = new s3.GetObjectCommand({ ...at(name), ...(version === undefined ? {} : { VersionId: version }) })
    const { Body } = await said<GetObjectCommandOutput>('reading the backup', shown(name), () => client.send(command))
    return bodyOf(Body, (error) => s3Failure(error, 'reading the backup', shown(name)))
  }

  /** Where the answer to a write was lost, the object that is there may be ours: its bytes tell. */
  async function put(name: string, body: Buffer, { replace, now }: PublishOptions): Promise<string | undefined> {
    const command = new s3.PutObjectCommand({
      ...at(name),
      Body: body,
      ContentLength: body.byteLength,
      ContentType: 'application/octet-stream',
      ChecksumSHA256: createHash('sha256').update(body).digest('base64'),
      ...(replace ? {} : { IfNoneMatch: '*' }),
      ...protection(place, now),
    })
    try {
      return (await client.send(command)).VersionId
    } catch (error) {
      if (statusOf(error) === 412) {
        if (await holds(name, body)) return undefined
        throw taken(shown(name))
      }
      throw s3Failure(error, 'writing the backup', shown(name))
    }
  }

  async function holds(name: string, body: Buffer, version?: string): Promise<boolean> {
    const hash = createHash('sha256')
    for await (const part of await open(name, version)) hash.update(part)
    return hash.digest().equals(createHash('sha256').update(body).digest())
  }

  /** Exactly the version that was written, so that nobody's older one goes with it. */
  async function takeBack(name: string, version: string | undefined): Promise<void> {
    const command = new s3.DeleteObjectCommand({
      ...at(name),
      ...(version === undefined ? {} : { VersionId: version }),
    })
    await said('taking back a backup that could not be verified', shown(name), () => client.send(command))
  }

  return {
    shown: place.shown,
    async list() {
      const found: Stored[] = []
      for (let token: string | undefined, more = true; more; ) {
        const command = new s3.ListObjectsV2Command({
          Bucket,
          Prefix: prefix,
          Delimiter: '/',
          ...(token === undefined ? {} : { ContinuationToken: token }),
        })
        const page = await said('listing', place.shown, () => client.send(command))
        for (const { Key = '', Size = 0, LastModified } of page.Contents ?? [])
          if (Key !== prefix && LastModified !== undefined)
            found.push({ name: Key.slice(prefix.length), size: Size, modifiedAt: LastModified })
        token = page.NextContinuationToken
        more = page.IsTruncated === true && token !== undefined
      }
      return found
    },
    open: (name) => open(name),
    draft: settings.spool,
    async publish(draft, name, options) {
      const body = await wholeOf(draft)
      const version = await put(name, body, options)
      try {
        if (!(await holds(name, body, version)))
          throw new Failure('DAMAGED', {
            doing: 'reading the backup again',
            target: shown(name),
            why: 'the bucket holds other bytes than were sent',
          })
      } catch (error) {
        await takeBack(name, version)
        throw error
      }
      await draft.discard()
    },
    async remove(name) {
      await said('removing', shown(name), () => client.send(new s3.DeleteObjectCommand(at(name))))
      return true
    },
  }
}

/** Encryption and lock as the place asks for them. What it does not say is the bucket's own default. */
function protection({ sse, kmsKey, lock }: BucketPlace, now: Date) {
  return {
    ...(sse === undefined ? {} : { ServerSideEncryption: sse }),
    ...(kmsKey === undefined ? {} : { SSEKMSKeyId: kmsKey }),
    ...(lock === undefined
      ? {}
      : { ObjectLockMode: lock.mode, ObjectLockRetainUntilDate: new Date(now.getTime() + lock.days * DAY_MS) }),
  }
}
const DAY_MS = 86_400_000

/** One request sends it, so it is held whole: backups are small. */
async function wholeOf(draft: Draft): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of draft.read()) parts.push(part)
  return Buffer.concat(parts)
}

async function* bodyOf(
  body: GetObjectCommandOutput['Body'],
  failure: (error: unknown) => unknown,
): AsyncGenerator<Uint8Array> {
  try {
    if (body !== undefined) yield* body as AsyncIterable<Uint8Array>
  } catch (error) {
    throw failure(error)
  }
}

/** A server of one's own has no hosts named after its buckets. */
function clientOptions(env: S3Settings['env']): S3ClientConfig {
  const endpoint = env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL']
  const region = env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? env['AWS_SECRET_MANAGER_REGION']
  return {
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    ...(region === undefined ? (endpoint === undefined ? {} : { region: 'us-east-1' }) : { region }),
    maxAttempts: 4,
    requestHandler: { connectionTimeout: 10_000, requestTimeout: 120_000 },
  }
}
