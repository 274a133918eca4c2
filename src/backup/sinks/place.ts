import { Failure } from '../../core/failure.js'

/** A bucket, the beginning of the keys, and how objects are encrypted there. */
export interface BucketPlace {
  readonly bucket: string
  /** Empty, or ends in `/`. */
  readonly prefix: string
  /** The service's own encryption, on top of ours. */
  readonly sse: 'AES256' | 'aws:kms' | undefined
  readonly kmsKey?: string
  /** Nobody, or nobody without a special right, can take an object away so long. The bucket's own default applies too. */
  readonly lock?: { readonly mode: 'GOVERNANCE' | 'COMPLIANCE'; readonly days: number }
  readonly shown: string
}

const SCHEME = 's3://'
export const isBucket = (place: string): boolean => place.startsWith(SCHEME)

const OPTIONS: ReadonlySet<string> = new Set(['sse', 'kms-key', 'lock', 'lock-days'])

/**
 * `s3://bucket/prefix/`, with `?sse=aws:kms&kms-key=<id>` or `?sse=none` where AES256 is not meant, and
 * `?lock=governance&lock-days=30` (or `compliance`) for an object lock.
 */
export function parseBucket(text: string): BucketPlace {
  const [path = '', query = ''] = text.slice(SCHEME.length).split('?')
  const slash = path.indexOf('/')
  const bucket = slash < 0 ? path : path.slice(0, slash)
  if (!/^[a-z0-9][a-z0-9.-]{1,62}$/.test(bucket)) throw unfit('the name of the bucket does not fit')
  const options = new URLSearchParams(query)
  const unknown = [...options.keys()].filter((name) => !OPTIONS.has(name))
  if (unknown.length > 0) throw unfit(`a bucket has no option ${unknown.join(', ')}: ${[...OPTIONS].join(', ')}`)
  const key = options.get('kms-key') ?? undefined
  const sse = sseOf(options.get('sse') ?? (key === undefined ? 'AES256' : 'aws:kms'))
  if (key !== undefined && sse !== 'aws:kms') throw unfit(`kms-key goes with sse=aws:kms, not with ${sse ?? 'none'}`)
  const lock = lockOf(options.get('lock'), options.get('lock-days'))
  const prefix = slash < 0 ? '' : path.slice(slash + 1)
  return {
    bucket,
    prefix,
    sse,
    ...(key === undefined ? {} : { kmsKey: key }),
    ...(lock === undefined ? {} : { lock }),
    shown: `${SCHEME}${bucket}/${prefix}`,
  }
}

function sseOf(word: string): BucketPlace['sse'] {
  if (word === 'none') return undefined
  if (word === 'AES256') return 'AES256'
  if (word === 'aws:kms' || word === 'kms') return 'aws:kms'
  throw unfit('sse is AES256, aws:kms or none')
}

function lockOf(mode: string | null, days: string | null): BucketPlace['lock'] {
  if (mode === null && days === null) return undefined
  if (mode !== 'governance' && mode !== 'compliance') throw unfit('lock is governance or compliance')
  if (days === null || !/^[1-9]\d{0,4}$/.test(days)) throw unfit('lock-days is a number of days from 1 on')
  return { mode: mode === 'governance' ? 'GOVERNANCE' : 'COMPLIANCE', days: Number(days) }
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
