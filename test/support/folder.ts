import type { Folder } from '../../src/engine/store.js'

/** A state folder in memory: what is in `files` is durable. */
export interface MemoryFolder extends Folder {
  readonly files: Map<string, Uint8Array>
}

export function memoryFolder(files = new Map<string, Uint8Array>()): MemoryFolder {
  return {
    files,
    read: async (path) => files.get(path),
    async create(path, bytes) {
      if (files.has(path)) return false
      files.set(path, bytes)
      return true
    },
    async replace(path, bytes) {
      files.set(path, bytes)
    },
    async append(path, bytes) {
      files.set(path, Buffer.concat([files.get(path) ?? new Uint8Array(), bytes]))
    },
    async list(folder) {
      const inside = [...files.keys()].filter((path) => path.startsWith(`${folder}/`))
      return inside.map((path) => path.slice(folder.length + 1)).sort()
    },
    async remove(path) {
      files.delete(path)
    },
  }
}
