import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { tempFolder } from './temp.js'

export interface RunOptions {
  /** The whole environment beside PATH, HOME and the like; nothing of the developer's own reaches the program. */
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string | Uint8Array
  readonly cwd?: string
  /** A program that hangs is killed, and its test fails, after this time. */
  readonly timeoutMs?: number
}

export interface RawResult {
  readonly stdout: Buffer
  readonly stderr: Buffer
  readonly code: number
}

export interface RunResult {
  readonly stdout: string
  readonly stderr: string
  readonly code: number
}

const built = fileURLToPath(new URL('../../dist/vibesecrets.cjs', import.meta.url))

/** As the shebang starts it: without the dashes Node looks for its own options among those of the program. */
export function builtProgram(): readonly string[] {
  if (!existsSync(built)) throw new Error('dist/vibesecrets.cjs is not there: npm run build')
  return [process.execPath, '--', built]
}

/** The built program, once, in an environment of its own. */
export async function run(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const cwd = options.cwd ?? tempFolder('run')
  const env = { ...cleanEnv(cwd), ...options.env }
  const result = await execute([...builtProgram(), ...args], { ...options, cwd, env })
  return { ...result, stdout: result.stdout.toString(), stderr: result.stderr.toString() }
}

/** What a program needs to start, with every folder that it might write to below `home`. */
export function cleanEnv(home: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    XDG_CONFIG_HOME: `${home}/.config`,
    XDG_STATE_HOME: `${home}/.local/state`,
    XDG_CACHE_HOME: `${home}/.cache`,
    XDG_DATA_HOME: `${home}/.local/share`,
    LANG: 'C.UTF-8',
    TZ: 'UTC',
  }
}

/** Any program; a signal shows as 128 and its number, as in a shell. `env` is the whole environment. */
export function execute(command: readonly string[], options: RunOptions): Promise<RawResult> {
  const [program = '', ...args] = command
  return new Promise((done, failed) => {
    const child = spawn(program, args, { cwd: options.cwd, env: options.env ?? {}, stdio: 'pipe' })
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    const limit = options.timeoutMs ?? 120_000
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      failed(new Error(`still running after ${limit / 1000} s: ${command.join(' ')}`))
    }, limit)
    child.stdout.on('data', (bytes: Buffer) => stdout.push(bytes))
    child.stderr.on('data', (bytes: Buffer) => stderr.push(bytes))
    child.stdin.on('error', ignoreClosedPipe)
    child.on('error', failed)
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      const status = code ?? 128 + (signalNumbers[signal ?? 'SIGKILL'] ?? 9)
      done({ stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr), code: status })
    })
    child.stdin.end(options.stdin ?? '')
  })
}

const signalNumbers: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGPIPE: 13, SIGTERM: 15 }

/** A program may end without reading its input. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') throw error
}
