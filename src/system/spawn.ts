import { type ChildProcess, spawn } from 'node:child_process'
import { Failure } from '../core/failure.js'
import { ioFailure, isErrno } from './errno.js'

export interface SpawnOptions {
  /** The child's whole environment: nothing of ours is added. */
  readonly env: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Given to the child's standard input, which is closed after it. */
  readonly input?: Uint8Array
  /** Bytes kept of stdout and of stderr, each (1 MiB); more ends the child. */
  readonly limit?: number
  readonly timeoutMs: number
  /** Ends the child when the run is asked to stop. */
  readonly signal?: AbortSignal
}

export interface SpawnResult {
  /** Exit status; `undefined` when a signal ended it. */
  readonly code: number | undefined
  readonly signal: string | undefined
  readonly stdout: Uint8Array
  readonly stderr: Uint8Array
}

/**
 * Runs a program without a shell: what stands in `argv` is one argument each, whatever it holds. Throws TIMEOUT after
 * `timeoutMs`, IO when it cannot be started or says too much; its exit status is for the caller to judge.
 */
export async function run(argv: readonly [string, ...string[]], options: SpawnOptions): Promise<SpawnResult> {
  const [program, ...args] = argv
  const child = spawn(program, args, {
    env: { ...options.env },
    shell: false,
    stdio: ['pipe', 'pipe', 'pipe'],
    windowsHide: true,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  })
  const guard = guarded(child, program, options)
  try {
    const [stdout, stderr, ended] = await Promise.race([collectAll(child, program, options), guard.stopped])
    return { ...ended, stdout, stderr }
  } finally {
    guard.release()
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
  }
}

type Ended = Pick<SpawnResult, 'code' | 'signal'>

async function collectAll(child: ChildProcess, program: string, options: SpawnOptions) {
  const limit = options.limit ?? 1024 * 1024
  const output = Promise.all([
    collect(child.stdout, limit, program),
    collect(child.stderr, limit, program),
    ending(child, program),
  ])
  feed(child, options.input)
  return output
}

async function collect(stream: ChildProcess['stdout'], limit: number, program: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let total = 0
  for await (const chunk of stream ?? []) {
    total += chunk.byteLength
    if (total > limit) throw new Failure('IO', { target: program, why: `it printed more than ${limit} bytes` })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, total)
}

function ending(child: ChildProcess, program: string): Promise<Ended> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(ioFailure(error, 'running', program)))
    child.once('close', (code, signal) => resolve({ code: code ?? undefined, signal: signal ?? undefined }))
  })
}

/** A child that reads none of its input closes the pipe: its status tells what became of it. */
function feed(child: ChildProcess, input: Uint8Array | undefined): void {
  child.stdin?.on('error', (error) => {
    if (!isErrno(error, 'EPIPE', 'ECONNRESET', 'EOF')) child.emit('error', error)
  })
  child.stdin?.end(input ?? '')
}

/** Rejects at the deadline or when the run is asked to stop. */
function guarded(child: ChildProcess, program: string, options: SpawnOptions) {
  const { signal, timeoutMs } = options
  let release = (): void => undefined
  const stopped = new Promise<never>((_, reject) => {
    const stop = (failure: Failure): void => {
      child.kill('SIGKILL')
      reject(failure)
    }
    const interrupt = (): void => stop(signal?.reason instanceof Failure ? signal.reason : new Failure('INTERRUPTED'))
    const late = { target: program, why: `no end after ${timeoutMs} ms` }
    const timer = setTimeout(() => stop(new Failure('TIMEOUT', late)), timeoutMs)
    signal?.addEventListener('abort', interrupt, { once: true })
    if (signal?.aborted === true) interrupt()
    release = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', interrupt)
    }
  })
  return { stopped, release: () => release() }
}
