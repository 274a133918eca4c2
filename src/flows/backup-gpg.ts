import { type Entry, sha256 } from '../backup/entry.js'
import { stamp } from '../backup/file-name.js'
import type { BackupHost } from '../backup/host.js'
import { damaged } from '../backup/lines.js'
import { gpgDecrypt, gpgEncrypt } from '../backup/old/gpg.js'
import { type OldFile, readArchive, writeArchive } from '../backup/old/layout.js'
import { isFailure } from '../core/failure.js'
import type { BackupRequest } from './backup.js'
import { readingOf } from './backup-read.js'
import type { Context } from './context.js'

export interface GpgReport {
  readonly name: string
  readonly secrets: number
  /** Whether gpg could open it here, so that the values were compared once more. */
  readonly opened: boolean
}

/** What gpg users expect: a tar.gz of `backup-<name>.txt`, encrypted by gpg. Current values only. */
export async function gpgBackup(
  recipients: readonly string[],
  request: Omit<BackupRequest, 'to'>,
  context: Context,
  host: BackupHost,
): Promise<GpgReport> {
  const now = context.clock.now()
  const files = await currentFiles(request, context)
  const plain = writeArchive(files, now)
  const sealed = await gpgEncrypt(plain, recipients, host.run)
  const draft = await request.sink.draft()
  try {
    await draft.write(sealed)
    await draft.finish()
    const opened = await check(draft.read(), sealed, files, host)
    const name = request.name ?? `secrets-backup-${stamp(now.toISOString())}.tar.gz.gpg`
    await request.sink.publish(draft, name, { replace: request.replace, now })
    return { name, secrets: files.length, opened }
  } catch (error) {
    await draft.discard()
    throw error
  }
}

/** Read, then looked at again: what changed meanwhile takes the place of what was read. */
async function currentFiles(
  { wants }: Pick<BackupRequest, 'wants'>,
  { provider, concurrency, sink }: Context,
): Promise<OldFile[]> {
  const found = new Map<string, OldFile>()
  const put = ({ name, value }: Entry): void => void found.set(name, { name, bytes: value.revealBytes() })
  const progress = (done: number, total: number) => sink.emit({ type: 'progress', what: 'read', done, total })
  const reading = await readingOf({ provider, wants, allVersions: false, concurrency, progress })
  for await (const entry of reading.entries()) put(entry)
  for (const [name, entries] of await reading.changes()) {
    found.delete(name)
    for (const entry of entries) put(entry)
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** The bytes on the disk always; what is in them where gpg holds a key for it. */
async function check(
  source: AsyncIterable<Uint8Array>,
  sealed: Uint8Array,
  files: readonly OldFile[],
  host: BackupHost,
): Promise<boolean> {
  const parts: Uint8Array[] = []
  for await (const part of source) parts.push(part)
  const bytes = Buffer.concat(parts)
  if (sha256(bytes) !== sha256(sealed)) throw damaged('the disk holds other bytes than gpg wrote')
  try {
    const read = readArchive(Buffer.from(await gpgDecrypt(bytes, host.run)))
    const isSame =
      read.length === files.length &&
      read.every(({ name, bytes: value }, at) => files[at]?.name === name && Buffer.from(value).equals(files[at].bytes))
    if (!isSame) throw damaged('gpg gives back other values than were written')
    return true
  } catch (error) {
    if (isFailure(error, 'KEY_WRONG')) return false
    throw error
  }
}
