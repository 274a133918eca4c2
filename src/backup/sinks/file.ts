import { join } from 'node:path'
import { Failure } from '../../core/failure.js'
import type { BackupFiles } from '../host.js'
import { type Sink, STALE_MS, type Stored } from './sink.js'

export interface FolderPlace {
  /** Absolute. */
  readonly folder: string
  readonly shown: string
}

/** Backups in a folder: it is made, private, with the first of them. */
export function fileSink({ folder, shown }: FolderPlace, files: BackupFiles, now: () => Date): Sink {
  return {
    shown,
    async list() {
      const found: Stored[] = []
      for (const name of await files.list(folder)) {
        const facts = await files.stat(join(folder, name))
        if (facts?.kind === 'file' && !name.startsWith('.'))
          found.push({ name, size: facts.size, modifiedAt: facts.modifiedAt })
      }
      return found
    },
    async open(name) {
      const path = join(folder, name)
      if ((await files.stat(path))?.kind === 'file') return files.read(path)
      throw new Failure('INPUT_MISSING', {
        doing: 'opening the backup',
        target: join(shown, name),
        why: 'there is no such file',
      })
    },
    async draft() {
      if ((await files.stat(folder)) === undefined) await files.makeFolder(folder)
      await files.sweep(folder, new Date(now().getTime() - STALE_MS))
      return await files.draft(folder)
    },
    async publish(draft, name, options) {
      if (await draft.publish(name, options)) return
      throw taken(join(shown, name))
    },
    remove: (name) => files.remove(join(folder, name)),
  }
}

export const taken = (target: string): Failure =>
  new Failure('CONFLICT', {
    doing: 'writing the backup',
    target,
    why: 'there is a file of that name already, and it was left as it is',
    hints: [
      { what: 'name a folder, and each backup gets its own name', command: 'vibesecrets backup --out backups/' },
      { what: 'or replace the file', command: 'vibesecrets backup --out <file> --yes' },
    ],
  })
