import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { Failure } from '../../../src/core/failure.js'
import type { Clock } from '../../../src/core/ports.js'
import { hostFacts, pidSpace, processState } from '../../../src/system/host.js'
import { lockFile } from '../../../src/system/lock.js'
import { tempFolder } from '../../support/temp.js'

const host = await hostFacts(process.pid)
const space = await pidSpace()

/** Counts sleeps instead of sleeping, but lets others run. */
function quickClock(onSleep: (count: number) => void | Promise<void> = () => undefined): Clock & { sleeps: number } {
  const clock = {
    sleeps: 0,
    now: () => new Date('2026-01-02T03:04:05Z'),
    async sleep() {
      clock.sleeps++
      await onSleep(clock.sleeps)
    },
  }
  return clock
}

const take = (path: string, waitMs = 0, clock: Clock = quickClock()) =>
  lockFile(path, { owner: 'test', waitMs, clock, pid: process.pid, host: host.name, boot: host.boot })

/** A lock as another process would have left it. */
function plant(path: string, owner: Record<string, unknown>, ageMs = 0): void {
  mkdirSync(path)
  const facts = { owner: 'old', pid: 1, start: '', host: host.name, boot: host.boot, space, since: 'then', token: 't' }
  const mark = join(path, 't')
  writeFileSync(mark, JSON.stringify({ ...facts, ...owner }))
  const then = new Date(Date.now() - ageMs)
  utimesSync(mark, then, then)
}

/** The number of a process that has ended. */
function deadPid(): number {
  return spawnSync(process.execPath, ['-e', '0']).pid
}

describe('lockFile', () => {
  test('is held until it is given back, and leaves nothing behind', async () => {
    const folder = tempFolder()
    const release = await take(join(folder, 'lock'))
    await expect(take(join(folder, 'lock'))).rejects.toMatchObject({ code: 'LOCKED' })
    await release()
    await release()
    expect(readdirSync(folder)).toEqual([])
    await (await take(join(folder, 'lock')))()
  })

  test('names the holder, what it does and since when', async () => {
    const path = join(tempFolder(), 'lock')
    const release = await take(path)
    const error: unknown = await take(path).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(Failure)
    expect((error as Failure).details).toMatchObject({
      target: path,
      why: `held by process ${process.pid} on ${host.name} (test) since 2026-01-02T03:04:05.000Z`,
    })
    await release()
  })

  test('waits for a live holder and takes over when it is done', async () => {
    const path = join(tempFolder(), 'lock')
    const release = await take(path)
    const clock = quickClock((count) => (count === 3 ? release() : undefined))
    await (await take(path, 60_000, clock))()
    expect(clock.sleeps).toBe(3)
  })

  test('a wait that is interrupted throws what the clock throws', async () => {
    const path = join(tempFolder(), 'lock')
    const release = await take(path)
    const clock = quickClock(() => Promise.reject(new Failure('INTERRUPTED')))
    await expect(take(path, 60_000, clock)).rejects.toMatchObject({ code: 'INTERRUPTED' })
    await release()
    expect(readdirSync(join(path, '..'))).toEqual([])
  })

  const dead: [string, () => Record<string, unknown>][] = [
    ['a process that has ended', () => ({ pid: deadPid() })],
    ['a process whose number another one has now', () => ({ pid: process.pid, start: '1' })],
    ['a process of before the last start of this machine', () => ({ boot: 'another boot' })],
  ]
  test.each(dead)('replaces %s at once', async (_, owner) => {
    const path = join(tempFolder(), 'lock')
    plant(path, owner())
    const clock = quickClock()
    await (await take(path, 0, clock))()
    expect(clock.sleeps).toBe(0)
  })

  test.each([
    ['a process of another host', { host: 'elsewhere', boot: 'another boot' }],
    ['a process of another container', { pid: 999_999_999, space: 'pid:[1]' }],
  ])('never robs %s while its mark is fresh, and does so when it is old', async (_, owner) => {
    const path = join(tempFolder(), 'lock')
    plant(path, owner, 5 * 60_000)
    await expect(take(path, 100)).rejects.toMatchObject({ code: 'LOCKED' })
    const stale = join(tempFolder(), 'lock')
    plant(stale, owner, 15 * 60_000)
    await (await take(stale))()
  })

  function leave(path: string, content: string | Uint8Array): void {
    mkdirSync(path)
    writeFileSync(join(path, 't'), content)
  }
  test.each([
    ['an empty owner file (power was lost)', (path: string) => leave(path, '')],
    ['a torn owner file', (path: string) => leave(path, '{"pid":')],
    ['an owner file of zeros', (path: string) => leave(path, Buffer.alloc(64))],
    ['an empty lock', (path: string) => mkdirSync(path)],
    ['a file under the name', (path: string) => writeFileSync(path, '{"pid":1}')],
  ])('heals %s without waiting', async (_, make) => {
    const path = join(tempFolder(), 'lock')
    make(path)
    const clock = quickClock()
    await (await take(path, 0, clock))()
    expect(clock.sleeps).toBe(0)
  })

  test('giving back a lock that somebody else has now leaves theirs alone', async () => {
    const path = join(tempFolder(), 'lock')
    const release = await take(path)
    const [mine] = readdirSync(path)
    writeFileSync(join(path, 'theirs'), '{"pid":1}')
    await release()
    expect(readdirSync(path)).toEqual(['theirs'])
    expect(mine).not.toBe('theirs')
  })

  test('clears up what dead processes made ready, and leaves what live ones did', async () => {
    const folder = tempFolder()
    const path = join(folder, 'lock')
    const tokens = { dead: 'a'.repeat(24), live: 'b'.repeat(24), empty: 'c'.repeat(24) }
    for (const [kind, token] of Object.entries(tokens)) {
      mkdirSync(`${path}.${token}.tmp`)
      const pid = kind === 'dead' ? deadPid() : process.pid
      const owner = { owner: '', pid, start: '', host: host.name, boot: host.boot, space, since: '', token }
      if (kind !== 'empty') writeFileSync(join(`${path}.${token}.tmp`, token), JSON.stringify(owner))
    }
    await (await take(path))()
    expect(readdirSync(folder)).toEqual([`lock.${tokens.live}.tmp`])
  })

  test('says IO when the folder is missing', async () => {
    await expect(take(join(tempFolder(), 'none', 'lock'))).rejects.toMatchObject({ code: 'IO' })
  })
})

describe('host facts', () => {
  test('this process is alive and began once; an ended one is dead', async () => {
    const one = await processState(process.pid)
    expect(one).toEqual(await processState(process.pid))
    expect(one.alive).toBe(true)
    expect(await processState(deadPid())).toEqual({ alive: false })
  })

  test('the boot id is the kernel’s', () => {
    expect(host.boot).toBe(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim())
    expect(host).toMatchObject({ pid: process.pid })
  })
})
