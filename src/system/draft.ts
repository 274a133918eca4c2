import { randomBytes } from 'node:crypto'
import { constants, createReadStream } from 'node:fs'
import { type FileHandle, link, lstat, open, readdir, rename, stat, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Failure } from '../core/failure.js'
import { ioFailure, isErrno, saying, tolerating } from './errno.js'
import { syncFolder } from './folders.js'

/** A file that grows under a hidden name and gets its final one when it is whole: for files too large to hold. */
export interface Draft {
  write(bytes: Uint8Array): Promise<void>
  /** On the disk after it; nothing can be written any more. */
  finish(): Promise<void>
  /** What the disk holds, from the start. */
  read(): AsyncIterable<Uint8Array>
  /**
   * Gives it its final name in its own folder, durably. `false` when the name is taken and may not be replaced; then
   * the draft is still there.
   */
  publish(name: string, options: { readonly replace: boolean }): Promise<boolean>
  /** Takes it away; no failure when it is gone already. */
  discard(): Promise<void>
}

const START = '.vibesecrets-backup-'
const DRAFT = /^\.vibesecrets-backup-[0-9a-f]{24}\.tmp$/

/** A new draft in `folder`, for the owner only. */
export async function openDraft(folder: string): Promise<Draft> {
  const path = join(folder, `${START}${randomBytes(12).toString('hex')}.tmp`)
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
  const file = await saying('making a file in', folder, () => open(path, flags, 0o600))
  const draft = draftOver(path, file)
  try {
    await saying('making a file in', folder, () => file.chmod(0o600))
  } catch (error) {
    await draft.discard()
    throw error
  }
  return draft
}

function draftOver(path: string, file: FileHandle): Draft {
  const folder = dirname(path)
  let isOpen = true
  const close = async (): Promise<void> => {
    if (!isOpen) return
    isOpen = false
    await file.close()
  }
  return {
    write: (bytes) => saying('writing in', folder, () => writeAll(file, bytes)),
    finish: () => saying('writing in', folder, () => file.sync().finally(close)),
    read: () => readChunks(path),
    publish: (name, { replace }) =>
      saying('writing', join(folder, name), () => takeName(path, join(folder, name), replace)),
    async discard() {
      await close()
      await saying('clearing up in', folder, () => tolerating(['ENOENT'], undefined, () => unlink(path)))
    },
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.byteLength; ) at += (await file.write(bytes, at)).bytesWritten
}

/** A file's bytes, a piece at a time. */
export async function* readChunks(path: string): AsyncIterable<Uint8Array> {
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) yield chunk as Uint8Array
  } catch (error) {
    throw ioFailure(error, 'reading', path)
  }
}

/** `link` refuses a name that is taken; `rename` replaces it, and is refused for anything but a plain file. */
async function takeName(temp: string, path: string, replace: boolean): Promise<boolean> {
  const there = await tolerating(['ENOENT'], undefined, () => lstat(path))
  if (there !== undefined && !replace) return false
  if (there !== undefined && !there.isFile())
    throw new Failure('INSECURE', { doing: 'writing', target: path, why: 'it is not a regular file' })
  if (replace) await rename(temp, path)
  else if (!(await linked(temp, path))) return false
  await syncFolder(dirname(path))
  return true
}

async function linked(temp: string, path: string): Promise<boolean> {
  try {
    await link(temp, path)
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false
    // a file system without hard links: nobody else is told apart in this instant
    if (!isErrno(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK')) throw error
    await rename(temp, path)
    return true
  }
  await unlink(temp)
  return true
}

/** Removes drafts of processes that were killed, if they are older than `before`. Returns how many. */
export async function sweepDrafts(folder: string, before: Date): Promise<number> {
  return saying('clearing up in', folder, async () => {
    const names = await tolerating(['ENOENT', 'ENOTDIR'], [], () => readdir(folder))
    let swept = 0
    for (const name of names.filter((each) => DRAFT.test(basename(each)))) {
      const facts = await tolerating(['ENOENT'], undefined, () => stat(join(folder, name)))
      if (facts === undefined || facts.mtime >= before) continue
      await tolerating(['ENOENT'], undefined, () => unlink(join(folder, name)))
      swept++
    }
    return swept
  })
}
