import type { Random } from '../core/ports.js'
import type { SecretValue } from '../core/secret.js'
import type { Sink } from './sinks/sink.js'

/** A file that grows under a hidden name: see `src/system/draft.ts`. */
export interface Draft {
  write(bytes: Uint8Array): Promise<void>
  /** On the disk after it; nothing can be written any more. */
  finish(): Promise<void>
  /** What the disk holds, from the start. */
  read(): AsyncIterable<Uint8Array>
  /** `false` when the name is taken and may not be replaced. */
  publish(name: string, options: { readonly replace: boolean }): Promise<boolean>
  discard(): Promise<void>
}

/** The disk, as sinks and old formats ask for it. Paths are absolute. */
export interface BackupFiles {
  draft(folder: string): Promise<Draft>
  sweep(folder: string, before: Date): Promise<number>
  read(path: string): AsyncIterable<Uint8Array>
  readAll(path: string, limit: number): Promise<Uint8Array | undefined>
  stat(
    path: string,
  ): Promise<
    { readonly kind: 'file' | 'folder' | 'other'; readonly size: number; readonly modifiedAt: Date } | undefined
  >
  list(folder: string): Promise<readonly string[]>
  makeFolder(path: string): Promise<void>
  /** Exact bytes, 0600, durable; `false` when the name is taken. */
  create(path: string, bytes: Uint8Array): Promise<boolean>
  replace(path: string, bytes: Uint8Array): Promise<void>
  remove(path: string): Promise<boolean>
}

export interface Ran {
  readonly code: number | undefined
  readonly stdout: Uint8Array
  readonly stderr: Uint8Array
}

/** Starts a program without a shell and waits for its end. */
export type Run = (
  argv: readonly [string, ...string[]],
  options: { readonly input?: Uint8Array; readonly timeoutMs: number; readonly limit: number },
) => Promise<Ran>

/** Small files of the state folder. */
export interface StateFolder {
  read(path: string): Promise<Uint8Array | undefined>
  replace(path: string, bytes: Uint8Array): Promise<void>
}

/** The machine behind backup and restore. */
export interface BackupHost {
  readonly files: BackupFiles
  readonly state: StateFolder
  readonly run: Run
  readonly random: Random
  /** The absolute path of what was typed. */
  readonly pathOf: (shown: string) => string
  /** A draft in the state folder, for what must be whole before it goes elsewhere. */
  readonly spool: () => Promise<Draft>
  /** Where backups can be: a folder or `s3://bucket/prefix/`. Connects on first use. */
  readonly sink: (place: string) => Promise<Sink>
  /** From VIBESECRETS_PASSPHRASE_FILE (its first line) or VIBESECRETS_PASSPHRASE. */
  readonly passphrase: () => Promise<SecretValue | undefined>
}
