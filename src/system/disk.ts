import type { Clock } from '../core/ports.js'
import { makeFolder, readBytes, realPath, replaceFile, statFile, sweepTemps } from './files.js'
import type { Host } from './host.js'
import { lockFile } from './lock.js'

/** The disk and its locks as the local store asks for them (`src/providers/local/disk.ts`). */
export function systemDisk({ clock, host }: { readonly clock: Clock; readonly host: Host }) {
  return {
    read: (path: string): Promise<Uint8Array | undefined> => readBytes(path),
    stamp: async (path: string): Promise<string | undefined> => (await statFile(path))?.stamp,
    replace: (path: string, bytes: Uint8Array): Promise<void> => replaceFile(path, bytes),
    async sweep(path: string): Promise<void> {
      await sweepTemps(path)
    },
    makeFolder,
    realPath,
    lock: (path: string, wait: { readonly owner: string; readonly waitMs: number }): Promise<() => Promise<void>> =>
      lockFile(path, { ...wait, clock, pid: host.pid, host: host.name, boot: host.boot }),
  }
}
