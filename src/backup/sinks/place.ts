import { Failure } from '../../core/failure.js'

/** A bucket, the beginning of the keys, and how objects are encrypted there. */
export interface BucketPlace {
  readonly bucket: string
  /** Empty, or ends in `/`. */
  readonly prefix: string
  /** The service's own encryption, on top of ours. */
  readonly sse: 'AES256' | 'aws:kms' | undefined
  readonly kmsKey?: string
  readonly shown: string
}

const SCHEME = 's3://'
export const isBucket = (place: string): boolean => place.startsWith(SCHEME)

/** `s3://bucket/prefix/`, with `?sse=aws:kms&kms-key=<id>` or `?sse=none` where AES256 is not meant. */
export function parseBucket(text: string): BucketPlace {
  const [path = '', query = ''] = text.slice(SCHEME.length).split('?')
  const slash = path.indexOf('/')
  const bucket = slash < 0 ? path : path.slice(0, slash)
  if (!/^[a-z0-9][a-z0-9.-]{1,62}$/.test(bucket)) throw unfit('the name of the bucket does not fit')
  const options = new URLSearchParams(query)
  const key = options.get('kms-key') ?? undefined
  const prefix = slash < 0 ? '' : path.slice(slash + 1)
  return {
    bucket,
    prefix,
    sse: sseOf(options.get('sse') ?? (key === undefined ? 'AES256' : 'aws:kms')),
    ...(key === undefined ? {} : { kmsKey: key }),
    shown: `${SCHEME}${bucket}/${prefix}`,
  }
}

function sseOf(word: string): BucketPlace['sse'] {
  if (word === 'none') return undefined
  if (word === 'AES256') return 'AES256'
  if (word === 'aws:kms' || word === 'kms') return 'aws:kms'
  throw unfit('sse is AES256, aws:kms or none')
}

const unfit = (why: string): Failure =>
  new Failure('USAGE', {
    doing: 'backup',
    why,
    hints: [{ what: 'for example', command: 'vibesecrets backup --out s3://my-backups/production/' }],
  })

/** `s3://bucket/a/b.age` → the place `s3://bucket/a/` and the name `b.age`; the name is empty for a place. */
export function splitBucket(text: string): { readonly place: string; readonly name: string } {
  const cut = text.indexOf('?')
  const path = cut < 0 ? text : text.slice(0, cut)
  const slash = path.lastIndexOf('/')
  if (slash < SCHEME.length) return { place: text, name: '' }
  return { place: path.slice(0, slash + 1) + (cut < 0 ? '' : text.slice(cut)), name: path.slice(slash + 1) }
}
