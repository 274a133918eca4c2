import { dirname } from 'node:path'
import { Failure } from '../core/failure.js'
import type { Random } from '../core/ports.js'
import { createFile, makeFolder, readBytes, statFile } from './files.js'
import { userId } from './host.js'
import type { RootKey } from './keys.js'

export const KEY_BYTES = 32

export interface KeyFile {
  readonly path: string
  readonly create: boolean
  /** The folder is the program's own, so it is made with the key. A folder that the operator named has to be there. */
  readonly ownFolder: boolean
}

/** The key in a file: 32 bytes for the owner only. One that is there is never replaced, whatever is wrong with it. */
export async function keyFromFile(file: KeyFile, random: Random): Promise<RootKey> {
  const there = await readKey(file.path)
  if (there !== undefined) return { key: there, source: file.path }
  if (!file.create) throw missing(file.path)
  if (file.ownFolder) await makeFolder(dirname(file.path))
  const key = random(KEY_BYTES)
  // Two first uses at once: the one that made the file wins, and both use its key.
  const made = await createFile(file.path, key, { mode: 0o600 })
  return { key: made ? key : await readAgain(file.path), source: file.path }
}

async function readAgain(path: string): Promise<Uint8Array> {
  const key = await readKey(path)
  if (key === undefined) throw missing(path)
  return key
}

async function readKey(path: string): Promise<Uint8Array | undefined> {
  const facts = await statFile(path)
  if (facts === undefined) return undefined
  if (facts.kind !== 'file') throw unfit('DAMAGED', path, 'it is not a regular file')
  checkPrivate(path, facts)
  const key = await readBytes(path, { limit: KEY_BYTES + 4096 })
  if (key !== undefined && key.byteLength !== KEY_BYTES) {
    throw unfit('DAMAGED', path, `it holds ${key.byteLength} bytes, a key has ${KEY_BYTES}`)
  }
  return key
}

function checkPrivate(path: string, { uid, mode }: { uid: number; mode: number }): void {
  const me = userId()
  if (me === undefined) return
  if (uid !== me && uid !== 0) throw unfit('INSECURE', path, `it belongs to another user (uid ${uid})`)
  if ((mode & 0o077) !== 0) {
    const octal = mode.toString(8).padStart(4, '0')
    const hints = [{ what: 'close it to others', command: `chmod 600 '${path}'` }]
    throw unfit('INSECURE', path, `other users may open it (mode ${octal})`).with({ hints })
  }
}

function unfit(code: 'DAMAGED' | 'INSECURE', target: string, why: string): Failure {
  return new Failure(code, { doing: 'opening the key file', target, why })
}

function missing(path: string): Failure {
  const hints = [
    { what: `put the key back to ${path}, from a backup or from the machine that made it` },
    { what: 'or name the file it is in now', command: 'export VIBESECRETS_KEY_FILE=<file>' },
  ]
  return new Failure('KEY_MISSING', {
    doing: 'opening the key file',
    target: path,
    why: 'there is no such file',
    hints,
  })
}
