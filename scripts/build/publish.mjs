import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

/** Every file below a folder, sorted; none where the folder does not exist. */
export function filesBelow(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

export function writeFile(file, bytes, mode = 0o644) {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, bytes)
  chmodSync(file, mode)
}

/**
 * Moves a finished build over the one that is there. Parts carry a hash in their name and come first; the files that
 * name them follow, each by one rename: a reader sees the old program or the new one. The parts of the build before
 * stay for the programs that still run.
 */
export function publish(fresh, dist) {
  const made = filesBelow(fresh).map((file) => relative(fresh, file))
  for (const name of [...made.filter(isPart), ...made.filter((name) => !isPart(name))]) {
    mkdirSync(dirname(join(dist, name)), { recursive: true })
    renameSync(join(fresh, name), join(dist, name))
  }
  const manifest = join(dist, '.files')
  const before = existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')) : []
  const keep = new Set([...made, ...before.filter(isPart), '.files', '.stamp'])
  for (const file of filesBelow(dist)) {
    const name = relative(dist, file)
    if (!keep.has(name) && !isBeingBuilt(name)) rmSync(file, { force: true })
  }
  writeFileSync(manifest, JSON.stringify(made))
}

/** Below `.fresh-<process>` of another build that still runs; what a killed one left is removed. */
function isBeingBuilt(name) {
  const builder = /^\.fresh-(\d+)\//.exec(name)?.[1]
  return builder !== undefined && existsSync(`/proc/${builder}`)
}

function isPart(name) {
  return name.startsWith('chunks/') || name.startsWith('lib/chunks/')
}
