import { describe, expect, test } from '@jest/globals'
import { Failure } from '../../../src/core/failure.js'
import { systemClock } from '../../../src/system/clock.js'
import { systemRandom } from '../../../src/system/random.js'
import { run, type SpawnOptions } from '../../../src/system/spawn.js'

const node = (script: string, options: Partial<SpawnOptions> = {}, ...args: string[]) =>
  run([process.execPath, '-e', script, '--', ...args], { env: {}, timeoutMs: 60_000, ...options })
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString()

describe('run', () => {
  test('gives arguments as they are: no shell reads them', async () => {
    const hostile = ['$(id)', '`id`', '; id', "'", '"', 'a b', '', '*', '\n']
    const { stdout, code } = await node('console.log(JSON.stringify(process.argv.slice(1)))', {}, ...hostile)
    expect([JSON.parse(text(stdout)), code]).toEqual([hostile, 0])
  })

  test('gives the environment that was asked for and nothing of ours', async () => {
    const { stdout } = await node('console.log(JSON.stringify(process.env))', { env: { ONLY: 'this' } })
    expect(JSON.parse(text(stdout))).toEqual({ ONLY: 'this' })
  })

  test('gives input, and takes output and status apart', async () => {
    const script = 'process.stdin.pipe(process.stdout); process.stderr.write("err"); process.exitCode = 3'
    const result = await node(script, { input: Buffer.from([0, 255, 10]) })
    expect([[...result.stdout], text(result.stderr), result.code]).toEqual([[0, 255, 10], 'err', 3])
  })

  test('a child that reads no input is no failure', async () => {
    expect((await node('0', { input: Buffer.alloc(1_000_000) })).code).toBe(0)
  })

  test('a signal that ended the child is told', async () => {
    const { code, signal } = await node('process.kill(process.pid, "SIGTERM"); setInterval(() => 0, 1000)')
    expect([code, signal]).toEqual([undefined, 'SIGTERM'])
  })

  test('ends a child at the deadline', async () => {
    await expect(node('setInterval(() => 0, 1000)', { timeoutMs: 150 })).rejects.toMatchObject({ code: 'TIMEOUT' })
  })

  test('ends a child that prints too much', async () => {
    const endless = 'const more = () => process.stdout.write("x".repeat(65536), more); more()'
    await expect(node(endless, { limit: 100_000 })).rejects.toMatchObject({ code: 'IO' })
  })

  test('ends a child when the run is asked to stop, before and after its start', async () => {
    const stop = new AbortController()
    const running = node('setInterval(() => 0, 1000)', { signal: stop.signal })
    stop.abort(new Failure('TERMINATED'))
    await expect(running).rejects.toMatchObject({ code: 'TERMINATED' })
    await expect(node('0', { signal: stop.signal })).rejects.toMatchObject({ code: 'TERMINATED' })
  })

  test('names a program that cannot be started', async () => {
    await expect(run(['/nowhere/program'], { env: {}, timeoutMs: 60_000 })).rejects.toMatchObject({
      code: 'IO',
      details: { target: '/nowhere/program', why: 'no such file or folder (ENOENT)' },
    })
  })
})

describe('clock and randomness', () => {
  test('sleep ends after its time, and at once with INTERRUPTED when the run is asked to stop', async () => {
    await systemClock().sleep(1)
    const stop = new AbortController()
    const clock = systemClock(stop.signal)
    await clock.sleep(1)
    const sleeping = clock.sleep(3_600_000)
    stop.abort()
    await expect(sleeping).rejects.toMatchObject({ code: 'INTERRUPTED' })
    await expect(clock.sleep(1)).rejects.toMatchObject({ code: 'INTERRUPTED' })
  })

  test('random bytes have the length asked for and differ', () => {
    expect(systemRandom(32)).toHaveLength(32)
    expect(systemRandom(32)).not.toEqual(systemRandom(32))
  })
})
