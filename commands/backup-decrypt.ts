import type { App } from '../src/app.js'
import type { BackupHost } from '../src/backup/host.js'
import { Failure } from '../src/core/failure.js'
import { targetOf } from '../src/flows/backup-place.js'
import { decryptTo } from '../src/flows/backups.js'
import { locate } from '../src/flows/restore-input.js'
import { keysOf } from './backup-shared.js'
import { takeArgs } from './shared.js'

/** The raw payload of any age file: all of it, or nothing. */
export async function run(app: App, args: readonly string[]): Promise<number> {
  const [file = ''] = takeArgs(args, ['a file'], 1, 'backup decrypt')
  const host = await app.backups()
  const keys = await keysOf(app, host)
  const source = await openFile(file, host)
  const { output, dryRun } = app.config.options
  if (output === undefined) {
    await toStdout(source, keys, app)
    return 0
  }
  const { sink, name = '' } = await targetOf(output, host, app.out.raw)
  const draft = await sink.draft()
  try {
    await decryptTo(source, keys, draft.write)
    await draft.finish()
    if (dryRun !== true)
      await sink.publish(draft, name, { replace: app.config.options.yes === true, now: app.clock.now() })
  } finally {
    await draft.discard()
  }
  return 0
}

async function openFile(file: string, host: BackupHost): Promise<AsyncIterable<Uint8Array>> {
  const found = await locate(file, host)
  if (found.kind === 'file') return await found.sink.open(found.name)
  throw new Failure('INPUT_INVALID', {
    doing: 'backup decrypt',
    target: file,
    why: 'it is a folder of plain files: there is nothing to decrypt',
  })
}

/** Held in memory until the end: clear values are not put on the disk on their way. */
async function toStdout(
  source: AsyncIterable<Uint8Array>,
  keys: Parameters<typeof decryptTo>[1],
  app: App,
): Promise<void> {
  const parts: Uint8Array[] = []
  await decryptTo(source, keys, async (bytes) => void parts.push(bytes))
  for (const part of parts) await app.out.raw(part)
}
