import { type AgeKeys, looksLikeAge, openAge } from '../backup/age.js'
import { peekHead, startOf } from '../backup/age-head.js'
import type { Header } from '../backup/entry.js'
import { mismatch, type Named, newestFirst, parseFileName } from '../backup/file-name.js'
import type { BackupHost } from '../backup/host.js'
import { chosen, isEmptyKeep, type Keep, type Kept } from '../backup/keep.js'
import { damaged } from '../backup/lines.js'
import { gpgDecrypt, looksLikeGpg } from '../backup/old/gpg.js'
import { readArchive } from '../backup/old/layout.js'
import { readPayload } from '../backup/reader.js'
import type { Sink, Stored } from '../backup/sinks/sink.js'
import { Failure, type FailureCode, isFailure } from '../core/failure.js'

/** A file of a place for backups, as its name and size tell. */
export interface Listed extends Stored {
  readonly named?: Named
}

const OTHER = /\.(?:age|tar\.gz|tar\.gz\.gpg)$/

/** The backups of a place, newest first. Other files are left out. */
export async function listBackups(sink: Sink): Promise<Listed[]> {
  const found = (await sink.list())
    .filter(({ name }) => OTHER.test(name))
    .map((stored): Listed => {
      const named = parseFileName(stored.name)
      return { ...stored, ...(named === undefined ? {} : { named }) }
    })
  return found.sort((a, b) => timeOf(b) - timeOf(a) || (b.named?.counter ?? 0) - (a.named?.counter ?? 0))
}

const timeOf = ({ named, modifiedAt }: Listed): number => (named?.time ?? modifiedAt).getTime()

/** The name of the newest backup of a place. More than one source there: nobody can know which is meant. */
export async function newestIn(sink: Sink): Promise<string> {
  const named = (await listBackups(sink)).flatMap((each) => (each.named === undefined ? [] : [each.named]))
  const labels = new Set(named.map(({ label }) => label))
  const [newest] = named.sort(newestFirst)
  if (newest === undefined)
    throw new Failure('INPUT_MISSING', {
      doing: 'opening the backup',
      target: sink.shown,
      why: 'there is no backup in that place',
    })
  if (labels.size === 1) return newest.name
  throw new Failure('INPUT_AMBIGUOUS', {
    doing: 'opening the backup',
    target: sink.shown,
    names: [...labels],
    why: `backups of ${labels.size} sources are there: name the file`,
    hints: [{ what: 'see them', command: `vibesecrets backup list ${sink.shown}` }],
  })
}

export interface Verified {
  readonly name: string
  readonly state: 'good' | 'damaged' | 'wrong-key' | 'unreadable'
  readonly header?: Header
  readonly secrets?: number
  readonly versions?: number
  /** What is wrong with it, or with its place in the chain. */
  readonly why?: string
}

/** Reads files whole; one that is bad hides none of the others. */
export async function verifyAll(
  sink: Sink,
  names: readonly string[],
  keys: AgeKeys,
  host: BackupHost,
): Promise<Verified[]> {
  const rows: Verified[] = []
  for (const name of names) rows.push(await verifyOne(sink, name, keys, host))
  return rows
}

async function verifyOne(sink: Sink, name: string, keys: AgeKeys, host: BackupHost): Promise<Verified> {
  try {
    const { start, rest } = await startOf(await sink.open(name), 64, (bytes) => bytes.byteLength >= 64)
    if (!looksLikeAge(start) && !name.endsWith('.age'))
      return { name, state: 'good', ...(await countOld(start, rest, host)) }
    const { header, secrets, trailer } = await readPayload(await openAge(rest, keys), () => undefined)
    const why = mismatch(name, header)
    return {
      name,
      state: why === undefined ? 'good' : 'damaged',
      header,
      secrets,
      versions: trailer.count,
      ...(why === undefined ? {} : { why }),
    }
  } catch (error) {
    if (!isFailure(error) || ENDS_ALL.has(error.code)) throw error
    return { name, state: stateOf(error), why: error.details.why ?? '' }
  }
}

/** What is not about one file. */
const ENDS_ALL: ReadonlySet<FailureCode> = new Set([
  'KEY_MISSING',
  'UNSUPPORTED',
  'UNAVAILABLE',
  'UNAUTHENTICATED',
  'INTERRUPTED',
  'TERMINATED',
])

async function countOld(
  start: Buffer,
  rest: AsyncIterable<Uint8Array>,
  host: BackupHost,
): Promise<Pick<Verified, 'secrets' | 'versions'>> {
  const parts: Uint8Array[] = []
  for await (const part of rest) parts.push(part)
  const whole = Buffer.concat(parts)
  const files = readArchive(looksLikeGpg(start) ? Buffer.from(await gpgDecrypt(whole, host.run)) : whole)
  return { secrets: files.length, versions: files.length }
}

function stateOf(failure: Failure): Verified['state'] {
  if (isFailure(failure, 'KEY_WRONG')) return 'wrong-key'
  return isFailure(failure, 'DAMAGED', 'INPUT_INVALID', 'FORMAT_NEWER') ? 'damaged' : 'unreadable'
}

/** Gaps and forks of each source's chain, in words. A gap is what pruning leaves; two of one number is not. */
export function chainNotes(rows: readonly Verified[]): string[] {
  const notes: string[] = []
  const headers = rows.flatMap(({ header }) => (header === undefined ? [] : [header]))
  for (const [source, ofSource] of grouped(headers, (each) => each.source)) {
    const chain = ofSource.sort((a, b) => a.counter - b.counter)
    for (const [index, header] of chain.entries()) {
      const before = chain[index - 1]
      if (before === undefined) continue
      if (before.counter === header.counter)
        notes.push(`${source}: two backups have number ${header.counter}: two machines write here, or one was put in`)
      else if (before.counter + 1 < header.counter)
        notes.push(`${source}: ${gap(before.counter + 1, header.counter - 1)} (pruned, or taken away)`)
      else if (header.previous !== null && header.previous !== before.id)
        notes.push(`${source}: backup ${header.counter} does not follow the backup ${before.counter} that is here`)
    }
  }
  return notes
}

const gap = (from: number, to: number): string =>
  from === to ? `backup ${from} is not here` : `backups ${from} to ${to} are not here`

function grouped<T>(items: readonly T[], by: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) groups.set(by(item), [...(groups.get(by(item)) ?? []), item])
  return groups
}

export interface PrunePlan {
  readonly rows: readonly (Kept & { readonly label: string })[]
  readonly remove: readonly string[]
}

/** What a policy keeps, source by source. The newest good backup of each always stays, whatever the policy says. */
export async function planPrune(sink: Sink, keep: Keep, keys: AgeKeys, host: BackupHost): Promise<PrunePlan> {
  if (isEmptyKeep(keep))
    throw new Failure('USAGE', {
      doing: 'backup prune',
      why: 'nothing says what to keep',
      hints: [
        {
          what: 'for example',
          command: 'vibesecrets backup prune --keep-last 3 --keep-daily 7 --keep-weekly 5 --keep-monthly 12 --dry-run',
        },
      ],
    })
  const named = (await listBackups(sink)).flatMap((each) => (each.named === undefined ? [] : [each.named]))
  const rows: (Kept & { label: string })[] = []
  for (const [label, backups] of grouped(named, (each) => each.label)) {
    const good = await newestGood(sink, backups, keys, host)
    for (const one of chosen(backups, keep))
      rows.push({ label, ...one, because: one.named === good ? [...one.because, 'the last good one'] : one.because })
  }
  return { rows, remove: rows.filter(({ because }) => because.length === 0).map(({ named: { name } }) => name) }
}

/** With keys it is read whole; without, its header has to be that of an age file. None good: nothing may go. */
async function newestGood(sink: Sink, backups: readonly Named[], keys: AgeKeys, host: BackupHost): Promise<Named> {
  for (const named of [...backups].sort(newestFirst)) if (await isGood(sink, named, keys, host)) return named
  throw new Failure('DAMAGED', {
    doing: 'backup prune',
    target: sink.shown,
    why: 'none of the backups there is good, so none is removed',
    hints: [
      { what: 'see what is wrong with each', command: `vibesecrets backup verify ${sink.shown}` },
      { what: 'make a new one now', command: 'vibesecrets backup' },
    ],
  })
}

async function isGood(sink: Sink, { name }: Named, keys: AgeKeys, host: BackupHost): Promise<boolean> {
  if (keys.identities.length > 0) return (await verifyOne(sink, name, keys, host)).state === 'good'
  try {
    const { rest } = await peekHead(await sink.open(name))
    let bytes = 0
    for await (const part of rest) bytes += part.byteLength
    return bytes > MAC_AND_MORE
  } catch (error) {
    if (isFailure(error, 'DAMAGED', 'INPUT_INVALID', 'INPUT_MISSING', 'IO')) return false
    throw error
  }
}
const MAC_AND_MORE = 200

/** The raw payload of any age file, into memory or a draft by the caller; whole, or a failure. */
export async function decryptTo(
  source: AsyncIterable<Uint8Array>,
  keys: AgeKeys,
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  const { start, rest } = await startOf(source, 64, (bytes) => bytes.byteLength >= 64)
  if (start.byteLength === 0) throw damaged('it is empty')
  for await (const piece of await openAge(rest, keys)) await write(piece)
}
