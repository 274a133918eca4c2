/** What the store asks of the machine. `src/system/disk.ts` is it; tests put a failing one in its place. */
export interface Disk {
  /** `undefined` only when there is no such file. */
  read(path: string): Promise<Uint8Array | undefined>
  /** Another one after every change of the file; `undefined` when there is none. */
  stamp(path: string): Promise<string | undefined>
  /** Whole or not at all, durable before it returns, for the owner only. */
  replace(path: string, bytes: Uint8Array): Promise<void>
  /** Removes what killed writers of this file left. Only under the lock. */
  sweep(path: string): Promise<void>
  /** Makes a private folder, or takes the one that is there. */
  makeFolder(path: string): Promise<void>
  /** Absolute and without symbolic links, also for what does not exist yet. */
  realPath(path: string): Promise<string>
  /** One holder at a time; throws LOCKED after `waitMs`. Returns what gives it back. */
  lock(path: string, options: { readonly owner: string; readonly waitMs: number }): Promise<() => Promise<void>>
}
