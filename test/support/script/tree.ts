import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join, relative } from 'node:path'
import { HARNESS_FOLDER } from './session.js'

/** Everything that a program can change in a folder, by path. */
export type Tree = ReadonlyMap<string, string>

/** Folders show by name and mode, files by mode, time and content, links by where they lead. */
export function treeOf(root: string): Tree {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true })
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !relative(root, path).startsWith(HARNESS_FOLDER))
  return new Map(entries.sort().map((path) => [relative(root, path), describe(path)]))
}

function describe(path: string): string {
  const facts = lstatSync(path)
  const mode = (facts.mode & 0o7777).toString(8)
  if (facts.isSymbolicLink()) return `link to ${readlinkSync(path)}`
  if (facts.isFile())
    return `file ${mode} ${facts.mtimeMs} ${createHash('sha256').update(readFileSync(path)).digest('hex')}`
  return `${facts.isDirectory() ? 'folder' : 'special'} ${mode}`
}

/** One line for each path that came, went or changed. */
export function treeChanges(before: Tree, now: Tree): string[] {
  const paths = [...new Set([...before.keys(), ...now.keys()])].sort()
  return paths
    .filter((path) => before.get(path) !== now.get(path))
    .map((path) => `${!before.has(path) ? 'added' : !now.has(path) ? 'removed' : 'changed'} ${path}`)
}
