import { createOutput, type Output, type OutputOptions } from '../../../src/ui/output.js'

/** A stream that remembers what was written. */
export class Capture {
  text = ''
  readonly chunks: Uint8Array[] = []
  readonly isTTY: boolean
  readonly columns: number
  #fail: { code: string } | undefined
  readonly #listeners: ((error: Error) => void)[] = []

  constructor({ isTTY = false, columns = 80, fail }: { isTTY?: boolean; columns?: number; fail?: string } = {}) {
    this.isTTY = isTTY
    this.columns = columns
    this.#fail = fail === undefined ? undefined : { code: fail }
  }

  write(chunk: string | Uint8Array, done?: (error?: Error | null) => void): boolean {
    if (this.#fail !== undefined) {
      const error = Object.assign(new Error('write failed'), this.#fail)
      for (const listener of this.#listeners) listener(error)
      done?.(error)
      return false
    }
    this.chunks.push(Buffer.from(chunk))
    this.text += Buffer.from(chunk).toString('utf8')
    done?.()
    return true
  }

  on(_event: 'error', listener: (error: Error) => void): this {
    this.#listeners.push(listener)
    return this
  }
}

export interface Captured {
  readonly out: Output
  readonly stdout: Capture
  readonly stderr: Capture
}

/** A writer over two captures. */
export function captured(options: Partial<OutputOptions> & { stdout?: Capture; stderr?: Capture } = {}): Captured {
  const stdout = options.stdout ?? new Capture()
  const stderr = options.stderr ?? new Capture()
  return { out: createOutput({ env: {}, ...options, stdout, stderr }), stdout, stderr }
}
