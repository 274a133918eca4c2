import { gunzipSync, gzipSync } from 'node:zlib'
import { isFailure } from '../../core/failure.js'
import { type SecretName, secretName } from '../../core/names.js'
import { damaged, hostile } from '../lines.js'
import { type TarFile, tar, untar } from './tar.js'

/** `backup-<name>.txt` and its bytes. */
export interface OldFile {
  readonly name: SecretName
  readonly bytes: Uint8Array
}

const PATTERN = /^backup-(.+)\.txt$/s
const MAX_UNPACKED = 256 * 1024 * 1024
const MAX_FILES = 100_000

/** The secret that a file of the old layout holds; `undefined` for another file. */
export function oldName(file: string): SecretName | undefined {
  const base = file.slice(file.lastIndexOf('/') + 1)
  const found = PATTERN.exec(base)?.[1]
  if (found === undefined) return undefined
  try {
    return secretName(found.replaceAll(/%2F/gi, '/').replaceAll('%25', '%'))
  } catch (error) {
    if (isFailure(error, 'NAME_INVALID'))
      throw damaged(`the name of a file in it: ${error.details.why ?? 'does not fit'}`)
    throw error
  }
}

export const oldFileName = (name: string): string => `backup-${name.replaceAll('%', '%25').replaceAll('/', '%2F')}.txt`

/** Every secret of a tar or tar.gz, each name once. */
export function readArchive(bytes: Buffer): OldFile[] {
  return collected([...untar(isGzip(bytes) ? gunzipped(bytes) : bytes)])
}

export function collected(files: readonly TarFile[]): OldFile[] {
  if (files.length > MAX_FILES) throw hostile(`${files.length} files`)
  const found = new Map<SecretName, Uint8Array>()
  for (const { name: file, bytes } of files) {
    const name = oldName(file)
    if (name === undefined) continue
    if (found.has(name)) throw damaged(`it holds ${name} twice`)
    found.set(name, bytes)
  }
  if (found.size === 0) throw damaged('it holds no backup-<name>.txt')
  return [...found].map(([name, bytes]) => ({ name, bytes })).sort((a, b) => (a.name < b.name ? -1 : 1))
}

export const isGzip = (bytes: Buffer): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b

/** A gzip bomb ends at the limit. */
function gunzipped(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_UNPACKED })
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
    if (code === 'ERR_BUFFER_TOO_LARGE') throw hostile(`more than ${MAX_UNPACKED} bytes when unpacked`)
    if (code.startsWith('Z_')) throw damaged('it cannot be unpacked')
    throw error
  }
}

export function writeArchive(files: Iterable<OldFile>, madeAt: Date): Buffer {
  const named = [...files].map(({ name, bytes }) => ({ name: oldFileName(name), bytes }))
  return gzipSync(tar(named, madeAt), { level: 9 })
}
