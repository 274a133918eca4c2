import type { Recipients } from '../backup/age.js'
import type { Header } from '../backup/entry.js'
import { fileName, labelOf, parseFileName } from '../backup/file-name.js'
import type { BackupHost } from '../backup/host.js'
import { checkRecipients } from '../backup/keys.js'
import { KNOWN_FILE, noted, readKnown, writeKnown } from '../backup/known.js'
import type { Sink } from '../backup/sinks/sink.js'
import { Failure } from '../core/failure.js'
import type { SecretName } from '../core/names.js'
import { type Reading, readingOf } from './backup-read.js'
import { Proof, rewriteDraft, type WriteRequest, type Written, writeDraft } from './backup-write.js'
import type { Context } from './context.js'

export interface BackupRequest {
  readonly to: Recipients
  readonly sink: Sink
  /** The name in the sink; a dated one without it. */
  readonly name?: string
  readonly replace: boolean
  readonly wants: (name: SecretName) => boolean
  readonly include: readonly string[]
  readonly exclude: readonly string[]
  readonly allVersions: boolean
  /** Values that were written may be forgotten. */
  readonly forget?: () => void
}

export interface BackupReport {
  readonly header: Header
  readonly name: string
  readonly secrets: number
  readonly versions: number
  /** Names that changed while they were read, and were read again. */
  readonly again: readonly string[]
  /** Deleted in the provider: not in the backup. */
  readonly deleted: readonly string[]
  /** The version history was asked for, and the provider keeps none. */
  readonly lacksVersions: boolean
}

const ROUNDS = 3

/** A whole, true, proved backup under its final name, or a Failure and no file. */
export async function backup(request: BackupRequest, context: Context, host: BackupHost): Promise<BackupReport> {
  if ('recipients' in request.to) await checkRecipients(request.to.recipients)
  const { sink } = request
  const header = await headerFor(request, context, host)
  const reading = await read(request, context)
  const proof = new Proof(host)
  const write: WriteRequest = { header, to: request.to, sink, host, signal: context.signal }
  let written = await writeDraft(proof.watching(reading.entries()), write)
  try {
    const again = await settle(reading, proof, (change) =>
      rewriteDraft(written, change, write).then((next) => (written = next)),
    )
    request.forget?.()
    const contents = await proof.check(await written.sealed.open(written.draft.read()))
    const name = request.name ?? fileName(header)
    await sink.publish(written.draft, name, { replace: request.replace, now: context.clock.now() })
    await remember(header, `${sink.shown}${sink.shown.endsWith('/') ? '' : '/'}${name}`, host)
    const lacksVersions = request.allVersions && context.provider.versions === undefined
    return {
      header,
      name,
      secrets: contents.secrets,
      versions: contents.trailer.count,
      again,
      deleted: reading.deleted,
      lacksVersions,
    }
  } catch (error) {
    await written.draft.discard()
    throw error
  }
}

function read({ wants, allVersions }: BackupRequest, { provider, concurrency, sink }: Context): Promise<Reading> {
  const progress = (done: number, total: number) => sink.emit({ type: 'progress', what: 'read', done, total })
  return readingOf({ provider, wants, allVersions, concurrency, progress })
}

/** Reads again what changed, until a look finds all as it was read. */
async function settle(
  reading: Reading,
  proof: Proof,
  rewrite: (changes: Awaited<ReturnType<Reading['changes']>>) => Promise<Written>,
): Promise<string[]> {
  const again = new Set<string>()
  for (let round = 1; ; round++) {
    const changes = await reading.changes()
    if (changes.size === 0) return [...again]
    if (round > ROUNDS)
      throw new Failure('FOREIGN_CHANGE', {
        doing: 'backup',
        names: [...changes.keys()],
        why: `they changed again each time they were read (${ROUNDS} times): no file was written`,
        hints: [
          {
            what: 'try again when nobody is writing, or leave them out',
            command: 'vibesecrets backup --exclude <name>',
          },
        ],
      })
    for (const name of changes.keys()) again.add(name)
    proof.replace(changes)
    await rewrite(changes)
  }
}

async function headerFor(request: BackupRequest, context: Context, host: BackupHost): Promise<Header> {
  const before = readKnown(await host.state.read(KNOWN_FILE)).get(context.identity)
  const provider = context.provider.traits.id
  const environment = context.environment ?? null
  const label = labelOf(provider, environment)
  const counters = request.name === undefined ? await countersIn(request.sink, label) : []
  const { include, exclude, allVersions } = request
  return {
    id: Buffer.from(host.random(16)).toString('hex'),
    time: context.clock.now().toISOString(),
    counter: Math.max(before?.counter ?? 0, ...counters) + 1,
    previous: before?.id ?? null,
    provider,
    source: context.identity,
    environment,
    versions: allVersions && context.provider.versions !== undefined ? 'all' : 'current',
    include,
    exclude,
  }
}

/** Other machines write to the same place: the count goes on from the highest that is there. */
async function countersIn(sink: Sink, label: string): Promise<number[]> {
  return (await sink.list()).flatMap(({ name }) => {
    const named = parseFileName(name)
    return named?.label === label ? [named.counter] : []
  })
}

/** The newest backup that this machine knows of, so that an older one is not taken for it. */
export async function remember(header: Header, place: string, host: BackupHost): Promise<void> {
  const known = readKnown(await host.state.read(KNOWN_FILE))
  const next = noted(known, header, place)
  if (next !== known) await host.state.replace(KNOWN_FILE, writeKnown(next))
}

/** For a dry run: how many names a backup would read. */
export async function countNames(request: Pick<BackupRequest, 'wants'>, context: Context): Promise<number> {
  let names = 0
  for await (const { name, state } of context.provider.list()) if (state === 'present' && request.wants(name)) names++
  return names
}
