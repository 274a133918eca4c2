import { readFile, readlink } from 'node:fs/promises'
import { hostname, userInfo } from 'node:os'
import { getuid, kill } from 'node:process'
import { isErrno, tolerating } from './errno.js'

/** Where and who this process is: for locks and for the audit log. */
export interface Host {
  readonly name: string
  readonly user: string
  readonly pid: number
  /** Another after each start of the machine; empty where the system has none. */
  readonly boot: string
}

/** Facts about the machine and the process `pid`, which is this one. */
export async function hostFacts(pid: number): Promise<Host> {
  return { name: hostname(), user: userName(), pid, boot: await bootId() }
}

/** This user's number; `undefined` where users have none (Windows). */
export function userId(): number | undefined {
  return getuid?.()
}

/** A container may run as a number that has no name: then the number stands for it. */
function userName(): string {
  try {
    return userInfo().username
  } catch (error) {
    if (!(typeof error === 'object' && error !== null && 'syscall' in error)) throw error
    return `uid ${userId() ?? 'unknown'}`
  }
}

/** The kernel's name for its current run; empty where there is none. */
async function bootId(): Promise<string> {
  const text = await tolerating(['ENOENT', 'ENOTDIR', 'EACCES'], '', () =>
    readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
  )
  return text.trim()
}

/** Which process numbers this process sees: containers on one machine have the same boot and other numbers. */
export async function pidSpace(): Promise<string> {
  return tolerating(['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM'], '', () => readlink('/proc/self/ns/pid'))
}

/** When a process began, in the kernel's own ticks: tells it from a later one with its number. */
export type ProcessState = { readonly alive: true; readonly start: string } | { readonly alive: false }

/** Whether the process is there now. A zombie is dead: it holds nothing any more. */
export async function processState(pid: number): Promise<ProcessState> {
  const text = await tolerating(['ENOENT', 'ESRCH', 'ENOTDIR'], undefined, () => readFile(`/proc/${pid}/stat`, 'utf8'))
  if (text === undefined) return answersSignals(pid) ? { alive: true, start: '' } : { alive: false }
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [state] = fields
  return state === 'Z' || state === 'X' ? { alive: false } : { alive: true, start: fields[19] ?? '' }
}

/** Signal 0 is not sent, only checked; a refusal means that the process is there and somebody else's. */
function answersSignals(pid: number): boolean {
  try {
    return kill(pid, 0)
  } catch (error) {
    if (isErrno(error, 'ESRCH')) return false
    if (isErrno(error, 'EPERM')) return true
    throw error
  }
}
