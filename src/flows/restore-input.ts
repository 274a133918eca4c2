import { type AgeKeys, looksLikeAge, openAge } from '../backup/age.js'
import { startOf } from '../backup/age-head.js'
import type { Header } from '../backup/entry.js'
import { mismatch } from '../backup/file-name.js'
import type { BackupHost } from '../backup/host.js'
import { damaged } from '../backup/lines.js'
import { gpgDecrypt, looksLikeGpg } from '../backup/old/gpg.js'
import { collected, isGzip, type OldFile, oldName, readArchive } from '../backup/old/layout.js'
import { readPayload } from '../backup/reader.js'
import { isBucket, splitBucket } from '../backup/sinks/place.js'
import type { Sink } from '../backup/sinks/sink.js'
import { Failure } from '../core/failure.js'
import type { SecretName } from '../core/names.js'
import type { Labels } from '../core/ports.js'
import { SecretValue } from '../core/secret.js'
import { newestIn } from './backups.js'

/** One secret of a backup, its versions from oldest to newest; the last one is the current value. */
export interface Saved {
  readonly name: SecretName
  readonly values: readonly [SecretValue, ...SecretValue[]]
  readonly labels: Labels
  readonly description: string | null
}

/** A backup that was read to its end and found whole. */
export interface Loaded {
  /** For messages. */
  readonly shown: string
  /** `undefined` for the old recipe's files, which say nothing of themselves. */
  readonly header?: Header
  readonly secrets: readonly Saved[]
  /** Different names and versions that the file holds, wanted or not. */
  readonly held: { readonly secrets: number; readonly versions: number }
}

export interface LoadRequest {
  /** A file, a folder of backups (its newest), an object or place of a bucket, or a folder of the old layout. */
  readonly what: string
  readonly keys: AgeKeys
  readonly wants: (name: SecretName) => boolean
  readonly allVersions: boolean
}

/** Reads a backup of any kind, whole, before anything else is done. */
export async function loadBackup(request: LoadRequest, host: BackupHost): Promise<Loaded> {
  const { what } = request
  const place = await locate(what, host)
  if (place.kind === 'old-folder') return fromOld(what, await oldFolder(place.folder, host), request)
  const { start, rest } = await startOf(await place.sink.open(place.name), 64, (bytes) => bytes.byteLength >= 64)
  const shown = `${place.sink.shown}${place.sink.shown.endsWith('/') ? '' : '/'}${place.name}`
  if (looksLikeAge(start) || place.name.endsWith('.age')) return await fromAge(shown, place.name, rest, request)
  return fromOld(shown, await oldFile(start, rest, host), request)
}

type Located =
  | { readonly kind: 'old-folder'; readonly folder: string }
  | { readonly kind: 'file'; readonly sink: Sink; readonly name: string }

/** A folder or a bucket's place stands for the newest backup in it. */
export async function locate(what: string, host: BackupHost): Promise<Located> {
  if (isBucket(what)) {
    const { place, name } = splitBucket(what)
    const sink = await host.sink(place)
    return { kind: 'file', sink, name: name === '' ? await newestIn(sink) : name }
  }
  const path = host.pathOf(what)
  const facts = await host.files.stat(path)
  if (facts === undefined)
    throw new Failure('INPUT_MISSING', {
      doing: 'opening the backup',
      target: what,
      why: 'there is no such file',
      hints: [{ what: 'see the backups there are', command: 'vibesecrets backup list <dir|s3://…>' }],
    })
  if (facts.kind === 'file') {
    const cut = what.lastIndexOf('/')
    return { kind: 'file', sink: await host.sink(cut < 0 ? '.' : what.slice(0, cut + 1)), name: what.slice(cut + 1) }
  }
  const names = await host.files.list(path)
  if (names.some((name) => oldName(name) !== undefined)) return { kind: 'old-folder', folder: path }
  const sink = await host.sink(what)
  return { kind: 'file', sink, name: await newestIn(sink) }
}

async function fromAge(
  shown: string,
  name: string,
  source: AsyncIterable<Uint8Array>,
  request: LoadRequest,
): Promise<Loaded> {
  const secrets = new Map<SecretName, SecretValue[]>()
  const beside = new Map<SecretName, Pick<Saved, 'labels' | 'description'>>()
  const {
    header,
    trailer,
    secrets: count,
  } = await readPayload(await openAge(source, request.keys), (entry) => {
    if (!request.wants(entry.name) || !(entry.current || request.allVersions)) return
    secrets.set(entry.name, [...(secrets.get(entry.name) ?? []), SecretValue.fromBytes(entry.bytes)])
    beside.set(entry.name, { labels: entry.labels, description: entry.description })
  })
  const wrong = mismatch(name, header)
  if (wrong !== undefined) throw renamed(shown, wrong)
  const saved = [...secrets].map(([each, values]) => savedOf(each, values, beside.get(each)))
  return { shown, header, secrets: saved, held: { secrets: count, versions: trailer.count } }
}

const renamed = (target: string, why: string): Failure =>
  new Failure('DAMAGED', {
    doing: 'reading the backup',
    target,
    why: `${why}: somebody put it in the place of another one`,
    hints: [{ what: 'look for the backup that belongs there, or give this one a name of your own and restore it' }],
  })

function savedOf(
  name: SecretName,
  [first, ...rest]: readonly SecretValue[],
  beside: Pick<Saved, 'labels' | 'description'> | undefined,
): Saved {
  if (first === undefined) throw new Error('a name without a value')
  return { name, values: [first, ...rest], labels: beside?.labels ?? {}, description: beside?.description ?? null }
}

const OLD_LIMIT = 256 * 1024 * 1024

async function oldFile(start: Buffer, rest: AsyncIterable<Uint8Array>, host: BackupHost): Promise<readonly OldFile[]> {
  const bytes = await wholeOf(rest)
  if (isGzip(start) || bytes.subarray(257, 262).toString('latin1') === 'ustar') return readArchive(bytes)
  if (looksLikeGpg(start)) return readArchive(Buffer.from(await gpgDecrypt(bytes, host.run)))
  throw damaged('it is neither an age file, nor a tar archive, nor for gpg; or its first bytes were changed')
}

async function wholeOf(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of source) {
    length += part.byteLength
    if (length > OLD_LIMIT)
      throw new Failure('INPUT_INVALID', {
        doing: 'reading the backup',
        why: `larger than ${OLD_LIMIT} bytes, which no backup of that kind is`,
      })
    parts.push(part)
  }
  return Buffer.concat(parts)
}

async function oldFolder(folder: string, host: BackupHost): Promise<readonly OldFile[]> {
  const found = []
  for (const name of await host.files.list(folder)) {
    const bytes = oldName(name) === undefined ? undefined : await host.files.readAll(`${folder}/${name}`, OLD_LIMIT)
    if (bytes !== undefined) found.push({ name, bytes })
  }
  return collected(found)
}

function fromOld(shown: string, files: readonly OldFile[], { wants }: LoadRequest): Loaded {
  const secrets = files
    .filter(({ name }) => wants(name))
    .map(({ name, bytes }) => savedOf(name, [SecretValue.fromBytes(bytes)], undefined))
  return { shown, secrets, held: { secrets: files.length, versions: files.length } }
}
