import { randomBytes } from 'node:crypto'
import { type BigIntStats, constants } from 'node:fs'
import { type FileHandle, link, lstat, open, readdir, rename, stat, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Failure } from '../core/failure.js'
import { takeAttributes } from './attributes.js'
import { isErrno, saying, tolerating } from './errno.js'
import { syncFolder } from './folders.js'

export { type Appender, openAppend } from './append.js'
export { listFolder, makeFolder, realPath } from './folders.js'

const MiB = 1024 * 1024
const GONE = ['ENOENT', 'ENOTDIR']

/** A file's bytes; `undefined` only when there is no such file. More than `limit` bytes (256 MiB) is INPUT_INVALID. */
export async function readBytes(
  path: string,
  options: { readonly limit?: number } = {},
): Promise<Uint8Array | undefined> {
  return saying('reading', path, async () => {
    const file = await tolerating(GONE, undefined, () => open(path, constants.O_RDONLY))
    if (file === undefined) return undefined
    try {
      return await readAll(file, options.limit ?? 256 * MiB, path)
    } finally {
      await file.close()
    }
  })
}

/** Reads to the end and not by the size: a pipe has none, and /dev/zero has no end. */
async function readAll(file: FileHandle, limit: number, path: string): Promise<Uint8Array> {
  const { size } = await file.stat()
  const chunks: Uint8Array[] = []
  let total = 0
  for (let room = Math.min(size, limit) + 1; ; room = 64 * 1024) {
    const chunk = Buffer.allocUnsafe(room)
    const { bytesRead } = await file.read(chunk, 0, room, null)
    if (bytesRead === 0) return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, total)
    total += bytesRead
    if (total > limit) throw new Failure('INPUT_INVALID', { place: { file: path }, why: `larger than ${limit} bytes` })
    chunks.push(chunk.subarray(0, bytesRead))
  }
}

export interface ReplaceOptions {
  /** Mode of the file (0600). */
  readonly mode?: number
  /**
   * Mode, owner and extended attributes stay those of the file that is there, where the system allows it. This is a
   * user's file, in a folder of the user's: what a killed process left beside it, in clear, is removed first. A writer
   * that lives and loses its temporary file so fails, as it would have to: the file is no longer what it read.
   */
  readonly like?: 'existing'
  /** What the file has to hold at the last moment, after everything slow has been done: otherwise CONFLICT. */
  readonly expect?: Uint8Array
}

/**
 * Puts `bytes` in the place of a file, whole or not at all, and on the disk before it returns. Refuses a symbolic link:
 * whoever wants to follow one resolves it first.
 */
export async function replaceFile(path: string, bytes: Uint8Array, options: ReplaceOptions = {}): Promise<void> {
  await saying('writing', path, async () => {
    const existing = await tolerating(['ENOENT'], undefined, () => lstat(path))
    if (existing !== undefined && !existing.isFile()) throw notAFile(path, existing.isSymbolicLink())
    if (options.like === 'existing') await sweepTemps(path)
    const temp = await writeTemp(path, bytes, async (file, name) => {
      if (options.like === 'existing' && existing !== undefined) await takeAttributes(file, name, path, existing)
      else await file.chmod(options.mode ?? 0o600)
    })
    await orRemove(temp, async () => {
      if (options.expect !== undefined) await refuseChanged(path, options.expect)
      await rename(temp, path)
    })
    await syncFolder(dirname(path))
  })
}

async function refuseChanged(path: string, expect: Uint8Array): Promise<void> {
  const now = await readBytes(path)
  if (now !== undefined && Buffer.from(now).equals(expect)) return
  throw new Failure('CONFLICT', { doing: 'writing', target: path, why: 'the file was changed in the meantime' })
}

function notAFile(path: string, isLink: boolean): Failure {
  const why = isLink ? 'it is a symbolic link, which is not followed' : 'it is not a regular file'
  return new Failure('INSECURE', { doing: 'writing', target: path, why })
}

/**
 * Makes a file that is not there yet: the whole file or none, on the disk before it returns. `false` when the name is
 * taken, and then nothing changed. (On a file system without hard links two makers in one instant are not told apart.)
 */
export async function createFile(
  path: string,
  bytes: Uint8Array,
  options: { readonly mode?: number } = {},
): Promise<boolean> {
  return saying('making', path, async () => {
    if (await isTaken(path)) return false
    const temp = await writeTemp(path, bytes, (file) => file.chmod(options.mode ?? 0o600))
    const made = await orRemove(temp, () => takeName(temp, path))
    await syncFolder(dirname(path))
    return made
  })
}

async function isTaken(path: string): Promise<boolean> {
  return (await tolerating(['ENOENT'], undefined, () => lstat(path))) !== undefined
}

/** `link` refuses a name that is taken, where `rename` would replace it. */
async function takeName(temp: string, path: string): Promise<boolean> {
  try {
    await link(temp, path)
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) return renameIfFree(temp, path, error)
    await unlink(temp)
    return false
  }
  await unlink(temp)
  return true
}

async function renameIfFree(temp: string, path: string, refusal: unknown): Promise<boolean> {
  if (!isErrno(refusal, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK')) throw refusal
  const taken = await isTaken(path)
  await (taken ? unlink(temp) : rename(temp, path))
  return !taken
}

/** Removes a file durably. `false` when it was not there. */
export async function removeFile(path: string): Promise<boolean> {
  return saying('removing', path, async () => {
    const removed = await tolerating(GONE, false, () => unlink(path).then(() => true))
    if (removed) await syncFolder(dirname(path))
    return removed
  })
}

/**
 * Removes what a killed process left of its writing to `path`; returns how many. The caller holds the lock under which
 * all writers of that file work: otherwise a writer that lives loses its temporary file.
 */
export async function sweepTemps(path: string): Promise<number> {
  return saying('clearing up beside', path, async () => {
    const start = tempStart(path)
    const names = await tolerating(GONE, [], () => readdir(dirname(path)))
    const left = names.filter((name) => name.startsWith(start) && TEMP_END.test(name.slice(start.length)))
    for (const name of left) await tolerating(['ENOENT'], undefined, () => unlink(join(dirname(path), name)))
    return left.length
  })
}

const TEMP_END = /^[0-9a-f]{24}\.tmp$/
/** Hidden, beside the file, and short enough that any file's name fits. */
const tempStart = (path: string): string =>
  `.${Buffer.from(basename(path))
    .subarray(0, 160)
    .toString('latin1')
    .replaceAll(/[^\w.-]/g, '_')}.`

/** A durable file of its own beside `path`, for the owner only until `finish` says otherwise. */
async function writeTemp(
  path: string,
  bytes: Uint8Array,
  finish: (file: FileHandle, temp: string) => Promise<void>,
): Promise<string> {
  const temp = join(dirname(path), `${tempStart(path)}${randomBytes(12).toString('hex')}.tmp`)
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
  const file = await open(temp, flags, 0o600)
  await orRemove(temp, async () => {
    try {
      await finish(file, temp)
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
  })
  return temp
}

/** The reason of a failure is worth more than the failure to clear up after it. */
async function orRemove<T>(temp: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    await unlink(temp).catch(() => undefined)
    throw error
  }
}

export interface FileFacts {
  readonly kind: 'file' | 'folder' | 'other'
  readonly size: number
  readonly mode: number
  readonly uid: number
  readonly modifiedAt: Date
  /** Changes whenever the file is replaced or written to: for caches within one process. */
  readonly stamp: string
}

/** Facts about what `path` leads to (symbolic links are followed); `undefined` when nothing is there. */
export async function statFile(path: string): Promise<FileFacts | undefined> {
  const facts = await saying('looking at', path, () =>
    tolerating<BigIntStats | undefined>(GONE, undefined, () => stat(path, { bigint: true })),
  )
  return facts && factsOf(facts)
}

function factsOf(facts: BigIntStats): FileFacts {
  return {
    kind: facts.isFile() ? 'file' : facts.isDirectory() ? 'folder' : 'other',
    size: Number(facts.size),
    mode: Number(facts.mode & 0o7777n),
    uid: Number(facts.uid),
    modifiedAt: facts.mtime,
    stamp: [facts.dev, facts.ino, facts.size, facts.mtimeNs, facts.ctimeNs].join('-'),
  }
}
