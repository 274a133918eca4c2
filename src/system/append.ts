import { constants, type FileHandle, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Failure } from '../core/failure.js'
import { isErrno, saying, tolerating } from './errno.js'
import { syncFolder } from './folders.js'

/** A file that only grows. */
export interface Appender {
  /** All of `bytes` on the disk before it returns. When it throws, what it wrote of them is cut off again if possible. */
  append(bytes: Uint8Array): Promise<void>
  close(): Promise<void>
}

const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW

/** Opens a file for appending; one that is not there is made, durably, with `mode` (0600). Refuses a symbolic link. */
export async function openAppend(path: string, options: { readonly mode?: number } = {}): Promise<Appender> {
  const file = await saying('opening for appending', path, () => openOrMake(path, options.mode ?? 0o600))
  return {
    append: (bytes) => saying('appending to', path, () => appendAll(file, bytes, path)),
    close: () => saying('closing', path, () => file.close()),
  }
}

async function openOrMake(path: string, mode: number): Promise<FileHandle> {
  const there = await tolerating(['ENOENT'], undefined, () => open(path, APPEND))
  if (there !== undefined) return there
  try {
    const made = await open(path, APPEND | constants.O_CREAT | constants.O_EXCL, mode)
    await made.chmod(mode)
    await syncFolder(dirname(path))
    return made
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return open(path, APPEND)
    throw error
  }
}

async function appendAll(file: FileHandle, bytes: Uint8Array, path: string): Promise<void> {
  const { size } = await file.stat()
  let written = 0
  try {
    while (written < bytes.byteLength) written += await appendSome(file, bytes.subarray(written), path)
    await file.datasync()
  } catch (error) {
    await cutBack(file, size, written)
    throw error
  }
}

async function appendSome(file: FileHandle, bytes: Uint8Array, path: string): Promise<number> {
  const { bytesWritten } = await file.write(bytes)
  if (bytesWritten === 0) throw new Failure('IO', { doing: 'appending to', target: path, why: 'nothing was written' })
  return bytesWritten
}

/** A half line would stand before the next one. Only when nobody else appended after it: theirs is not ours to cut. */
async function cutBack(file: FileHandle, size: number, written: number): Promise<void> {
  try {
    if ((await file.stat()).size === size + written) await file.truncate(size)
  } catch (error) {
    // The failure that brought us here is the one to tell; readers of these files drop a torn last line.
    if (!isErrno(error, 'EIO', 'ENOSPC', 'EDQUOT', 'EPERM', 'EINVAL')) throw error
  }
}
