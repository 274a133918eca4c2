import { basename, dirname, join, resolve } from 'node:path'
import { Failure, isFailure } from '../core/failure.js'
import type { EnvSource } from '../flows/env-input.js'
import type { Io } from '../main.js'
import { isErrno } from '../system/errno.js'
import * as files from '../system/files.js'

/** The files that a command reads and writes by the names that were typed. */
export interface FileCalls {
  readonly pathOf: (shown: string) => string
  /** The real path of a file. One that will be rewritten is behind a symbolic link only when `follow` says so. */
  readonly resolveFile: (shown: string, follow: boolean) => Promise<string>
  readonly readFile: (path: string) => Promise<Uint8Array | undefined>
  /** Names of the files in the folder of `path`. */
  readonly namesBeside: (path: string) => Promise<readonly string[]>
  readonly readBeside: (path: string, name: string) => Promise<string | undefined>
  /** 0600, durable. */
  readonly writeNew: (path: string, text: string) => Promise<void>
  /** The original in clear beside the file, 0600; one that is there stays. Returns its path. */
  readonly plainBackup: (source: EnvSource, run: string) => Promise<string | undefined>
}

const MAX_INPUT_BYTES = 64 * 1024 * 1024

export function fileCalls(io: Io): FileCalls {
  const pathOf = (shown: string): string => resolve(io.cwd, shown)
  return {
    pathOf,
    readFile: (path) => readInput(path, MAX_INPUT_BYTES),
    async resolveFile(shown, follow) {
      const path = pathOf(shown)
      if ((await files.statFile(path)) === undefined) return path
      const real = await files.realPath(path)
      if (follow || real === join(await files.realPath(dirname(path)), basename(path))) return real
      throw isLink(shown)
    },
    namesBeside: (path) => files.listFolder(dirname(path)),
    readBeside: async (path, name) => {
      const bytes = await readInput(join(dirname(path), name), 1024 * 1024).catch(nothingWhenRefused)
      return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8')
    },
    writeNew: async (path, text) => await files.replaceFile(pathOf(path), Buffer.from(text), { mode: 0o600 }),
    plainBackup,
  }
}

const isLink = (shown: string): Failure =>
  new Failure('INPUT_INVALID', {
    doing: 'reading',
    target: shown,
    why: 'it is a symbolic link, and the file behind it would be rewritten',
    hints: [{ what: 'say that this is meant', command: 'vibesecrets migrate --follow-symlinks' }],
  })

/** What cannot be opened is the input's fault, not the disk's. */
async function readInput(path: string, limit: number): Promise<Uint8Array | undefined> {
  try {
    return await files.readBytes(path, { limit })
  } catch (error) {
    if (isFailure(error, 'IO') && isErrno(error.cause, 'EACCES', 'EPERM', 'EISDIR', 'ELOOP', 'ENAMETOOLONG'))
      throw new Failure('INPUT_MISSING', error.details, { cause: error.cause })
    throw error
  }
}

/** A neighbour that cannot be read tells nothing; the command does not need it. */
function nothingWhenRefused(error: unknown): undefined {
  if (!(error instanceof Failure)) throw error
  return undefined
}

async function plainBackup({ path, bytes }: EnvSource, run: string): Promise<string | undefined> {
  if (path === undefined) return undefined
  for (const name of [`${path}.backup`, `${path}.backup-${run}`])
    if (await files.createFile(name, bytes, { mode: 0o600 })) return name
  throw new Failure('IO', { doing: 'writing', target: `${path}.backup-${run}`, why: 'it is there already' })
}
