import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { builtProgram, cleanEnv, execute, type RunResult } from '../../support/cli.js'

const preload = fileURLToPath(new URL('./faults.cjs', import.meta.url))

/** A machine of its own: a home and a working folder, always under the same path, that can be put back. */
export interface Lane {
  /** Where all of it is. */
  readonly folder: string
  readonly home: string
  readonly work: string
  /** Beside it: for traces. */
  readonly log: string
  readonly state: string
  /** Keeps everything as it is now, for `restore`. */
  keep(): void
  restore(): void
  run(args: readonly string[], how?: RunHow): Promise<RunResult>
}

export interface RunHow {
  readonly stdin?: string
  /** Put before the program: strace and its options. */
  readonly under?: readonly string[]
  /** Faults of openings and writes; see faults.cjs. */
  readonly faults?: Readonly<Record<string, string>>
}

export function openLane(root: string): Lane {
  const folder = `${root}/lane`
  const [home, work, log, kept] = [`${folder}/home`, `${folder}/work`, `${root}/log`, `${root}/kept`]
  mkdirSync(home, { recursive: true })
  mkdirSync(work)
  return {
    folder,
    home,
    work,
    log,
    state: `${home}/.local/state/vibesecrets`,
    keep: () => copyTree(folder, kept),
    restore: () => copyTree(kept, folder),
    async run(args, { stdin = '', under = [], faults } = {}) {
      const [node = '', ...program] = builtProgram()
      const command = [...under, node, ...(faults === undefined ? [] : ['--require', preload]), ...program, ...args]
      const isFaulty = under.length > 0 || faults !== undefined
      // One thread for all file calls of the program: then the n-th call is the same one each time.
      const threads = isFaulty ? { UV_THREADPOOL_SIZE: '1' } : {}
      const result = await execute(command, { cwd: work, env: { ...cleanEnv(home), ...threads, ...faults }, stdin })
      return { stdout: result.stdout.toString(), stderr: result.stderr.toString(), code: result.code }
    },
  }
}

function copyTree(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true, maxRetries: 5 })
  cpSync(from, to, { recursive: true, preserveTimestamps: true })
}

/** The program as it is, which must succeed. */
export async function must(lane: Lane, args: readonly string[], how: RunHow = {}): Promise<RunResult> {
  const result = await lane.run(args, how)
  if (result.code !== 0) throw new Error(`${args.join(' ')} ended with ${result.code}\n${result.stderr}`)
  return result
}
