import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, rmdir, stat, unlink, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Failure } from '../core/failure.js'
import type { Clock } from '../core/ports.js'
import { isErrno, saying, tolerating } from './errno.js'
import { pidSpace, processState } from './host.js'
import { encodeOwner, isDead, type Owner, parseOwner } from './lock-owner.js'

/*
 * A lock is a folder with one file in it, whose name is unique to its holder. Each way in and out is one atomic act:
 * - taking: a folder that is ready, owner's file inside, is renamed to the lock's name, which fails unless that name is
 *   free or an empty folder. So a lock is never half written, whatever the disk says while it is made.
 * - ending, one's own or a dead holder's: unlink of the holder's file by its unique name. It cannot hit the lock of
 *   somebody who came in between, because theirs has another name.
 */

export interface LockOptions {
  /** What the holder is doing, for those who wait: "migrate", for example. */
  readonly owner: string
  readonly waitMs: number
  readonly clock: Clock
  readonly pid: number
  readonly host: string
  readonly boot: string
}

/** Gives the lock back. A second call does nothing. */
export type Release = () => Promise<void>

const POLL_MS = 50
/** A holder in another container or on another host cannot be seen: it is alive while its mark is renewed. */
const RENEW_MS = 30_000
/** Rounds in which the lock was free and yet not taken: more can only be a file system that does not keep its word. */
const MAX_FREE_ROUNDS = 1000

/**
 * Takes the lock at `path`, in a folder that exists. A dead holder is replaced, a live one never; after `waitMs` it
 * throws LOCKED, which names the holder and since when.
 */
export async function lockFile(path: string, options: LockOptions): Promise<Release> {
  const me = await ownerOf(options)
  return saying('locking', path, async () => {
    await sweep(path, me)
    let waited = 0
    for (let freeRounds = 0; freeRounds < MAX_FREE_ROUNDS; ) {
      if (await take(path, me)) return releaser(path, me)
      const holder = await clearDead(path, me)
      if (holder === 'free') {
        freeRounds++
        continue
      }
      if (waited >= options.waitMs) throw locked(path, holder)
      await options.clock.sleep(POLL_MS)
      waited += POLL_MS
    }
    throw new Failure('IO', { doing: 'locking', target: path, why: 'the file system does not let the lock be taken' })
  })
}

async function ownerOf({ owner, pid, host, boot, clock }: LockOptions): Promise<Owner> {
  const state = await processState(pid)
  const start = state.alive ? state.start : ''
  const token = randomBytes(12).toString('hex')
  return { owner, pid, start, host, boot, space: await pidSpace(), since: clock.now().toISOString(), token }
}

function locked(path: string, { owner, pid, host, since }: Owner): Failure {
  const why = `held by process ${pid} on ${host} (${owner}) since ${since}`
  return new Failure('LOCKED', { doing: 'locking', target: path, why })
}

/** Whether the lock is ours now. When it throws it leaves no lock behind. */
async function take(path: string, me: Owner): Promise<boolean> {
  const ready = `${path}.${me.token}.tmp`
  try {
    await mkdir(ready, { mode: 0o700 })
    // Somebody may have cleared up the empty folder as a dead process's: then another round makes another.
    const written = await tolerating(['ENOENT'], false, () => writeOwner(join(ready, me.token), me))
    if (written && (await takeName(ready, path))) return true
    await rm(ready, { recursive: true, force: true })
    return false
  } catch (error) {
    // The reason of the failure is worth more than the failure to clear up: what stays is not a lock.
    await rm(ready, { recursive: true, force: true }).catch(() => undefined)
    throw error
  }
}

async function writeOwner(path: string, me: Owner): Promise<boolean> {
  await writeFile(path, encodeOwner(me), { flag: 'wx', mode: 0o600 })
  return true
}

async function takeName(ready: string, path: string): Promise<boolean> {
  try {
    await rename(ready, path)
    return true
  } catch (error) {
    if (isErrno(error, 'ENOTEMPTY', 'EEXIST', 'ENOTDIR')) return false
    // Windows refuses to rename over any folder, with EPERM.
    if (isErrno(error, 'EPERM', 'EACCES') && (await isThere(path))) return false
    throw error
  }
}

const isThere = (path: string): Promise<boolean> =>
  tolerating(['ENOENT'], false, async () => (await stat(path)).isDirectory())

/** Who holds the lock; `free` when nobody does or a dead holder was just removed. */
async function clearDead(path: string, me: Owner): Promise<Owner | 'free'> {
  const names = await tolerating(['ENOENT', 'ENOTDIR'], undefined, () => readdir(path))
  if (names === undefined) return removeStray(path)
  const [name] = names
  if (name === undefined) {
    await removeEmpty(path)
    return 'free'
  }
  const holder = await readOwner(join(path, name))
  if (holder === 'gone') return 'free'
  if (holder !== 'torn' && !(await isDead(holder, me, await ageOf(join(path, name))))) return holder
  await tolerating(['ENOENT'], undefined, () => unlink(join(path, name)))
  return 'free'
}

/** Locks are folders: a file under the name is nobody's lock. */
async function removeStray(path: string): Promise<'free'> {
  await tolerating(['ENOENT', 'EISDIR', 'EPERM'], undefined, () => unlink(path))
  return 'free'
}

async function removeEmpty(path: string): Promise<void> {
  await tolerating(['ENOENT', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR'], undefined, () => rmdir(path))
}

async function readOwner(path: string): Promise<Owner | 'gone' | 'torn'> {
  const text = await tolerating(['ENOENT', 'ENOTDIR'], undefined, () => readFile(path, 'utf8'))
  return text === undefined ? 'gone' : (parseOwner(text) ?? 'torn')
}

/**
 * How long ago the mark was renewed, by the file system's own clock: whoever tries to take the lock makes a folder
 * beside it, so the parent's time is now. Where it is older, so much the later is a holder given up.
 */
async function ageOf(mark: string): Promise<number> {
  const now = (await stat(dirname(dirname(mark)))).mtimeMs
  const renewed = await tolerating(['ENOENT', 'ENOTDIR'], now, async () => (await stat(mark)).mtimeMs)
  return now - renewed
}

/** Removes folders that dead processes made ready. An empty one may be a live process's, which then makes another. */
async function sweep(path: string, me: Owner): Promise<void> {
  const start = `${basename(path)}.`
  const names = (await readdir(dirname(path))).filter((name) => name.startsWith(start) && name.endsWith('.tmp'))
  for (const name of names) {
    const ready = join(dirname(path), name)
    const mark = join(ready, name.slice(start.length, -'.tmp'.length))
    const maker = await readOwner(mark)
    if (maker === 'gone') await removeEmpty(ready)
    else if (maker !== 'torn' && (await isDead(maker, me, await ageOf(mark)))) {
      await rm(ready, { recursive: true, force: true })
    }
  }
}

function releaser(path: string, me: Owner): Release {
  const mark = join(path, me.token)
  const timer = setInterval(() => void renew(mark), RENEW_MS)
  timer.unref()
  return () => {
    clearInterval(timer)
    return saying('unlocking', path, async () => {
      const mine = await tolerating(['ENOENT', 'ENOTDIR'], false, () => unlink(mark).then(() => true))
      if (mine) await removeEmpty(path)
    })
  }
}

/** Writing the first byte again lets the file system set the time by its own clock. A miss is made good by the next. */
async function renew(mark: string): Promise<void> {
  try {
    const file = await open(mark, 'r+')
    await file.write('{', 0).finally(() => file.close())
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'EIO', 'ENOSPC', 'EDQUOT', 'ESTALE', 'ENOTDIR', 'EACCES', 'EPERM')) throw error
  }
}
