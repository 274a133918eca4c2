import { Failure, type FailureDetails } from '../core/failure.js'

const words: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'the operation is not permitted',
  ENOENT: 'no such file or folder',
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'it is a folder',
  EEXIST: 'it is there already',
  ELOOP: 'it is a symbolic link',
  ENOTEMPTY: 'the folder is not empty',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EIO: 'the disk reports an error',
  EXDEV: 'it lies on another file system',
  EMFILE: 'too many open files',
  ENFILE: 'too many open files on this machine',
  ENAMETOOLONG: 'the name is too long',
  EFBIG: 'the file would be too large',
  EBUSY: 'it is in use',
  ESTALE: 'the network file system lost it',
  ETIMEDOUT: 'the file system did not answer in time',
}

/** The system's name of an error, such as `ENOENT`; `undefined` for what the system did not say. */
export function errnoOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  if (typeof error.code !== 'string' || error instanceof Failure) return undefined
  return /^E[A-Z0-9]+$/.test(error.code) ? error.code : undefined
}

/** Whether the system said one of `names`. */
export function isErrno(error: unknown, ...names: string[]): boolean {
  const name = errnoOf(error)
  return name !== undefined && names.includes(name)
}

/** What the system refused, as a Failure with path and reason: DISK_FULL or IO. A Failure or a bug passes as it is. */
export function ioFailure(error: unknown, doing: string, path: string): unknown {
  const name = errnoOf(error)
  if (name === undefined) return error
  const details: FailureDetails = { doing, target: path, why: `${words[name] ?? 'the system refused'} (${name})` }
  return new Failure(name === 'ENOSPC' || name === 'EDQUOT' ? 'DISK_FULL' : 'IO', details, { cause: error })
}

/** Runs `act`; what the system refuses becomes a Failure that says what was being done to which path. */
export async function saying<T>(doing: string, path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw ioFailure(error, doing, path)
  }
}

/** `fallback` where the system says one of `names`; everything else is thrown. */
export async function tolerating<T>(names: readonly string[], fallback: T, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (isErrno(error, ...names)) return fallback
    throw error
  }
}
