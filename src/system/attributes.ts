import { execFile } from 'node:child_process'
import type { FileHandle } from 'node:fs/promises'
import { platform } from 'node:os'
import { isErrno } from './errno.js'

/** What a replaced file hands on. */
export interface Attributes {
  readonly mode: number
  readonly uid: number
  readonly gid: number
}

/**
 * Gives the open file at `temp` the owner, mode and extended attributes of `like`. Only root may give files away:
 * where the group cannot be kept, its rights are not handed to another group.
 */
export async function takeAttributes(file: FileHandle, temp: string, path: string, like: Attributes): Promise<void> {
  await copyExtended(path, temp)
  const kept = await takeOwner(file, like)
  await file.chmod(kept ? like.mode & 0o7777 : like.mode & 0o7707)
}

async function takeOwner(file: FileHandle, like: Attributes): Promise<boolean> {
  const now = await file.stat()
  if (now.uid === like.uid && now.gid === like.gid) return true
  return (await chown(file, like.uid, like.gid)) || (await chown(file, now.uid, like.gid))
}

async function chown(file: FileHandle, uid: number, gid: number): Promise<boolean> {
  try {
    await file.chown(uid, gid)
    return true
  } catch (error) {
    if (isErrno(error, 'EPERM', 'EINVAL', 'ENOTSUP', 'ENOSYS')) return false
    throw error
  }
}

/**
 * Access lists and other extended attributes, which Node cannot read: `cp` of GNU copies them without the content.
 * Kept where possible: no such `cp`, or a file system without attributes, is no reason to stop.
 */
function copyExtended(from: string, to: string): Promise<void> {
  if (platform() !== 'linux') return Promise.resolve()
  const args = ['--attributes-only', '--no-dereference', '--preserve=mode,xattr', '--', from, to]
  return new Promise((done) => {
    execFile('cp', args, { env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' }, timeout: 10_000 }, () => done())
  })
}
