import { constants, mkdir, open, readdir, realpath, stat } from 'node:fs/promises'
import { platform } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { Failure } from '../core/failure.js'
import { saying, tolerating } from './errno.js'
import { userId } from './host.js'

/** Some file systems (network, FUSE) have no fsync for a folder and say so in these ways; then there is nothing to wait for. */
const CANNOT_SYNC = ['EINVAL', 'ENOTSUP', 'EOPNOTSUPP']

/** Makes the names in a folder durable. Throws the system's own error. */
export async function syncFolder(path: string): Promise<void> {
  if (platform() === 'win32') return
  const folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    await tolerating(CANNOT_SYNC, undefined, () => folder.sync())
  } finally {
    await folder.close()
  }
}

/**
 * Makes a private folder (0700, with its parents) durably, or takes the one that is there. Throws INSECURE when it
 * belongs to somebody else or others may write to it.
 */
export async function makeFolder(path: string): Promise<void> {
  await saying('making the folder', path, async () => {
    const first = await mkdir(path, { recursive: true, mode: 0o700 })
    if (first !== undefined) await syncUpwards(resolve(path), dirname(resolve(first)))
  })
  await checkPrivate(path)
}

async function syncUpwards(from: string, to: string): Promise<void> {
  for (let folder = dirname(from); ; folder = dirname(folder)) {
    await syncFolder(folder)
    if (folder === to || folder === dirname(folder)) return
  }
}

/** Throws INSECURE when the folder belongs to somebody else (root excepted) or others may write to it. */
async function checkPrivate(path: string): Promise<void> {
  const { uid, mode } = await saying('looking at the folder', path, () => stat(path))
  const me = userId()
  if (me === undefined) return
  if (uid !== me && uid !== 0) {
    throw new Failure('INSECURE', { target: path, why: `the folder belongs to another user (uid ${uid})` })
  }
  if ((mode & 0o022) !== 0) {
    const why = `other users may write to the folder (mode ${(mode & 0o7777).toString(8).padStart(4, '0')})`
    const hints = [{ what: 'close it to others', command: `chmod 700 '${path}'` }]
    throw new Failure('INSECURE', { target: path, why, hints })
  }
}

/** The names in a folder, sorted; none when there is no such folder. */
export async function listFolder(path: string): Promise<string[]> {
  return saying('listing the folder', path, async () => {
    const names = await tolerating(['ENOENT'], [], () => readdir(path))
    return names.sort()
  })
}

/** The absolute path without symbolic links. What does not exist yet stays as it is below the part that does. */
export async function realPath(path: string): Promise<string> {
  const absolute = resolve(path)
  return saying('resolving the path', absolute, () => resolveExisting(absolute))
}

async function resolveExisting(path: string): Promise<string> {
  const found = await tolerating(['ENOENT', 'ENOTDIR'], undefined, () => realpath(path))
  if (found !== undefined || path === dirname(path)) return found ?? path
  return join(await resolveExisting(dirname(path)), basename(path))
}
