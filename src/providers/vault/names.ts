import { type SecretName, secretName } from '../../core/names.js'
import { parallel } from '../parallel.js'
import { type Caller, parsed } from './client.js'
import { encodePath, folderOf, trimSlashes } from './paths.js'

/** Folders that are listed at a time. */
const WIDTH = 16

/**
 * All names that start with `prefix`, sorted. LIST tells one folder, so a folder costs a request. `root` is the
 * path that lists: `secret/metadata` on KV v2, `secret` on v1.
 */
export async function namesBelow(caller: Caller, root: string, prefix: string): Promise<SecretName[]> {
  const names: SecretName[] = []
  let folders = [folderOf(prefix)]
  while (folders.length > 0) {
    const found = (await parallel(folders, WIDTH, (folder) => namesIn(caller, root, folder))).flat()
    const wanted = found.filter((path) => path.startsWith(prefix) || (path.endsWith('/') && prefix.startsWith(path)))
    folders = wanted.filter((path) => path.endsWith('/'))
    names.push(...wanted.filter((path) => !path.endsWith('/')).map(secretName))
  }
  return names.sort()
}

async function namesIn(caller: Caller, root: string, folder: string): Promise<string[]> {
  const path = `${root}/${folder}`
  const asked = { doing: 'listing', capability: 'list', path } as const
  const reply = await caller.call(asked, 'LIST', encodePath(trimSlashes(path)))
  const keys = (parsed(reply) as { data?: { keys?: string[] } }).data?.keys ?? []
  return keys.map((key) => `${folder}${key}`)
}
