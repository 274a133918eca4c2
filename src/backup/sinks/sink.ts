import type { Draft } from '../host.js'

/** A file in a place for backups. */
export interface Stored {
  readonly name: string
  readonly size: number
  readonly modifiedAt: Date
}

export interface PublishOptions {
  readonly replace: boolean
  /** From when on a lock of the place counts. */
  readonly now: Date
}

/** A place where backups are kept. A further one is a file beside these with the same six members. */
export interface Sink {
  /** For messages: `backups/`, `s3://bucket/production/`. */
  readonly shown: string
  /** All files that stand directly in it. */
  list(): Promise<readonly Stored[]>
  /** INPUT_MISSING where there is no such file. */
  open(name: string): Promise<AsyncIterable<Uint8Array>>
  /** A file that grows where `publish` can take it. */
  draft(): Promise<Draft>
  /**
   * Gives a finished, verified draft its name there: whole and durable when it returns, and proved where it lies.
   * CONFLICT when the name is taken and `replace` was not said. On failure nothing stays under that name.
   */
  publish(draft: Draft, name: string, options: PublishOptions): Promise<void>
  /** In the softest way the place has. `false` when it was not there. */
  remove(name: string): Promise<boolean>
}

/** How long a draft that nobody works on any more is left alone. */
export const STALE_MS = 3_600_000
