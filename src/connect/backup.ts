import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { BackupHost } from '../backup/host.js'
import { fileSink } from '../backup/sinks/file.js'
import { isBucket, parseBucket } from '../backup/sinks/place.js'
import type { Clock, Sink } from '../core/ports.js'
import { SecretValue } from '../core/secret.js'
import { createRuns } from '../engine/runs.js'
import { folderAt } from '../engine/store.js'
import type { Context } from '../flows/context.js'
import type { Io } from '../main.js'
import { connect } from '../providers/local/connect.js'
import { systemDisk } from '../system/disk.js'
import { openDraft, readChunks, sweepDrafts } from '../system/draft.js'
import { saying } from '../system/errno.js'
import * as files from '../system/files.js'
import { hostFacts } from '../system/host.js'
import { firstLine, passingKeys } from '../system/keys.js'
import { systemRandom } from '../system/random.js'
import { run } from '../system/spawn.js'

export interface BackupSurroundings {
  readonly io: Io
  readonly stateDir: string
  readonly clock: Clock
  readonly sink: Sink
  readonly signal: AbortSignal
}

/** A place to restore into for trial: a local store of its own, with a key that ends with the process. */
export interface Scratch {
  readonly context: Context
  readonly remove: () => Promise<void>
}

/** The machine behind backup and restore. */
export interface Backups extends BackupHost {
  readonly scratch: () => Promise<Scratch>
}

export function backupsOf(surroundings: BackupSurroundings): Backups {
  const { io, stateDir, clock, signal } = surroundings
  const pathOf = (shown: string): string => resolve(io.cwd, shown)
  const spool = async () => {
    const folder = join(stateDir, 'spool')
    await files.makeFolder(folder)
    // What a killed run left here is sealed, and nobody else would clear it up.
    await sweepDrafts(folder, new Date(clock.now().getTime() - STALE_MS))
    return await openDraft(folder)
  }
  return {
    files: backupFiles,
    state: folderAt(stateDir, files),
    random: systemRandom,
    pathOf,
    spool,
    run: (argv, options) => run(argv, { ...options, env: defined(io.env), signal }),
    async sink(place) {
      if (!isBucket(place)) return fileSink({ folder: pathOf(place), shown: place }, backupFiles, () => clock.now())
      const { s3Sink } = await import('../backup/sinks/s3.js')
      return await s3Sink(parseBucket(place), { env: io.env, spool })
    },
    async passphrase() {
      const file = io.env['VIBESECRETS_PASSPHRASE_FILE']
      if (file !== undefined && file !== '') return await firstLine(pathOf(file))
      const text = io.env['VIBESECRETS_PASSPHRASE']
      return text === undefined || text === '' ? undefined : SecretValue.fromText(text)
    },
    scratch: () => scratchOf(surroundings),
  }
}

/** A draft of this age has no writer any more. */
const STALE_MS = 24 * 3_600_000

const backupFiles: BackupHost['files'] = {
  draft: openDraft,
  sweep: sweepDrafts,
  read: readChunks,
  readAll: (path, limit) => files.readBytes(path, { limit }),
  stat: files.statFile,
  list: files.listFolder,
  makeFolder: files.makeFolder,
  create: (path, bytes) => files.createFile(path, bytes, { mode: 0o600 }),
  replace: (path, bytes) => files.replaceFile(path, bytes, { mode: 0o600 }),
  remove: files.removeFile,
}

const defined = (env: Io['env']): Record<string, string> =>
  Object.fromEntries(Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined))

async function scratchOf({ io, clock, sink, signal }: BackupSurroundings): Promise<Scratch> {
  const root = await saying('making a folder for the drill in', tmpdir(), () =>
    mkdtemp(join(io.env['TMPDIR'] ?? tmpdir(), 'vibesecrets-drill-')),
  )
  const keys = passingKeys(systemRandom)
  const disk = systemDisk({ clock, host: await hostFacts(io.pid) })
  const provider = await connect(
    { folder: join(root, 'store'), keepVersions: MANY },
    { clock, random: systemRandom, keys: async () => keys, disk },
  )
  const context: Context = {
    provider,
    identity: await provider.identity(),
    prefix: '',
    fingerprintKey: keys.key('fingerprint'),
    clock,
    random: systemRandom,
    sink,
    files: { read: (path) => files.readBytes(path), replace: (path, bytes) => files.replaceFile(path, bytes) },
    runs: createRuns(folderAt(join(root, 'state'), files), async () => keys.key('bundle'), systemRandom),
    concurrency: 16,
    locked: async (work) => await work(),
    signal,
  }
  return {
    context,
    async remove() {
      await provider.close()
      await saying('removing the folder of the drill', root, () => rm(root, { recursive: true, force: true }))
    },
  }
}
const MANY = 1_000_000
