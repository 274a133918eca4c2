import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** The system calls that change what is on the disk, or wait until it is there; all but openings and writes. */
export const DURABLE = [
  ...['fsync', 'fdatasync', 'sync_file_range', 'rename', 'renameat', 'renameat2', 'link', 'linkat', 'symlink'],
  ...['unlink', 'unlinkat', 'rmdir', 'mkdir', 'mkdirat', 'fchmod', 'chmod', 'ftruncate', 'truncate'],
]
const OPENINGS = ['open', 'openat', 'creat']
const WRITES = ['write', 'pwrite64', 'writev', 'pwritev', 'pwritev2']

/** One call of a trace. */
export interface Call {
  readonly thread: string
  readonly name: string
  readonly text: string
}

const FOLLOW = ['strace', '-f', '-qq', '-y', '-s', '8']
/** Stops the program at the traced calls only. A signal at the n-th call is not delivered then (strace 6.1). */
const FAST = '--seccomp-bpf'

/** Traces everything that a program does to files. */
export const tracing = (log: string): readonly string[] => [
  ...FOLLOW,
  FAST,
  '-o',
  log,
  '-e',
  `trace=${[...DURABLE, ...OPENINGS, ...WRITES].join()}`,
]

/** Lets the `nth` call of that name, in each thread, end in a kill or an error. */
export const injecting = (log: string, name: string, nth: number, how: string): readonly string[] => {
  const [fault, fast] = how === 'kill' ? ['signal=SIGKILL', []] : [`error=${how}`, [FAST]]
  return [...FOLLOW, ...fast, '-o', log, '-e', `trace=${name}`, '-e', `inject=${name}:${fault}:when=${nth}`]
}

/** The calls of a trace, in order. */
export function callsIn(log: string): readonly Call[] {
  return readFileSync(log, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, thread, text, name] = /^(\d+) +((\w+)\(.*)$/.exec(line) ?? []
      return thread === undefined || text === undefined || name === undefined ? [] : [{ thread, name, text }]
    })
}

/** A call that was refused anyway, such as making a folder that is there, is no place to die at. */
export const isDurable = ({ name, text }: Call): boolean => DURABLE.includes(name) && !/ = -1 E/.test(text)

export const isOpening = ({ name, text }: Call): boolean =>
  OPENINGS.includes(name) && /O_WRONLY|O_RDWR|O_CREAT/.test(text) && !/ENOENT|\/dev\//.test(text)

export const isWriteTo =
  (folder: string) =>
  ({ name, text }: Call): boolean =>
    WRITES.includes(name) && text.includes(`<${folder}/`)

/** Why strace cannot be used here, in words; `undefined` when it can. */
export function straceTrouble(): string | undefined {
  const { error, status, stderr } = spawnSync('strace', ['-f', '-o', '/dev/null', 'true'], { encoding: 'utf8' })
  if (error !== undefined) return 'strace is not installed. Install it with: apt-get install strace'
  return status === 0 ? undefined : `strace may not trace here (ptrace is forbidden?): ${stderr.trim()}`
}
