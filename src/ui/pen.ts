import { Failure } from '../core/failure.js'

/** What the writer needs of a stream: `process.stdout` and `process.stderr` are of this shape. */
export interface Pipe {
  write(chunk: string | Uint8Array, done?: (error?: Error | null) => void): boolean
  on(event: 'error', listener: (error: Error) => void): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

export interface Pen {
  /** In the order of the calls; resolves when the stream has taken it, so that a slow reader slows us. */
  write(chunk: string | Uint8Array): Promise<void>
  /** Waits for all that was written. Throws when something could not be. */
  flush(): Promise<void>
}

/** Called around each write, so that a progress line is out of the way. */
type Aside = (write: () => Promise<void>) => Promise<void>

/** A reader that went away (EPIPE) is no error: what follows is dropped quietly. */
export function createPen(stream: Pipe, what: string, aside: Aside): Pen {
  let queue: Promise<void> = Promise.resolve()
  let gone = false
  let broken: Failure | undefined
  const note = (error: Error): void => {
    gone = true
    if (!isGone(error)) broken ??= failureOf(error, what)
  }
  stream.on('error', note)

  function put(chunk: string | Uint8Array): Promise<void> {
    return gone ? Promise.resolve() : new Promise((resolve) => stream.write(chunk, ended(resolve)))
  }

  const ended =
    (resolve: () => void) =>
    (error?: Error | null): void => {
      if (error) note(error)
      resolve()
    }

  return {
    write(chunk) {
      queue = queue.then(() => aside(() => put(chunk)))
      return queue
    },
    async flush() {
      await queue
      if (broken !== undefined) throw broken
    },
  }
}

const codeOf = (error: Error): string => ('code' in error ? String(error.code) : '')

const isGone = (error: Error): boolean =>
  ['EPIPE', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END'].includes(codeOf(error))

function failureOf(error: Error, what: string): Failure {
  const full = ['ENOSPC', 'EDQUOT'].includes(codeOf(error))
  return new Failure(
    full ? 'DISK_FULL' : 'IO',
    { doing: 'writing', target: what, why: codeOf(error) || error.name },
    { cause: error },
  )
}
