import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { build } from 'esbuild'
import { isFailure } from '../../../src/core/failure.js'
import type { Write } from '../../../src/core/ports.js'
import type { Disk } from '../../../src/providers/local/disk.js'
import { fixedKey, held, localWorld, name, put, text } from '../../support/local-store.js'
import { tempFolder } from '../../support/temp.js'

const golden = readFileSync('fixtures/local/v1/secrets.jsonl')

/** What reading says of a store of these bytes: a code, or `read` when it says nothing. */
async function judge(): Promise<(bytes: Uint8Array) => Promise<string>> {
  const { open, disk } = await localWorld('/nowhere/store')
  let content: Uint8Array = golden
  const inMemory: Disk = { ...disk, read: async () => content, stamp: async () => undefined }
  const provider = await open({}, { disk: inMemory, keys: fixedKey(7) })
  return async (bytes) => {
    content = bytes
    return provider.readMany([name('database-url')]).then(
      () => 'read',
      (error: unknown) => (isFailure(error) ? error.code : `not a Failure: ${String(error)}`),
    )
  }
}

describe('damage', () => {
  test('every bit flipped is refused', async () => {
    const verdict = await judge()
    expect(await verdict(golden)).toBe('read')
    const verdicts = new Map<string, number>()
    for (let bit = 0; bit < golden.length * 8; bit++) {
      const bytes = Buffer.from(golden)
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      const said = await verdict(bytes)
      verdicts.set(said, (verdicts.get(said) ?? 0) + 1)
    }
    expect([...verdicts.keys()].filter((said) => said !== 'DAMAGED' && said !== 'FORMAT_NEWER')).toEqual([])
    expect(verdicts.get('DAMAGED')).toBeGreaterThan(golden.length * 8 - 10)
  }, 60_000)

  test('every shorter file is refused', async () => {
    const verdict = await judge()
    for (let length = 0; length < golden.length; length++) {
      expect([length, await verdict(golden.subarray(0, length))]).toEqual([length, 'DAMAGED'])
    }
  }, 60_000)
})

describe('10,000 secrets', () => {
  test('are written, listed, read and overwritten', async () => {
    const { open } = await localWorld()
    const names = Array.from({ length: 10_000 }, (_, index) => name(`app/secret-${index}`))
    const writes = (expect: (at: number) => Write['expect'], value: string): Write[] =>
      names.map((each, at) => ({ name: each, value: text(`${value} ${at}`), expect: expect(at), token: value }))
    const provider = await open()
    const written = await provider.writeMany?.(writes(() => 'absent', 'first'))
    expect(written?.size).toBe(10_000)
    let listed = 0
    for await (const listing of (await open()).list()) if (listing.state === 'present') listed++
    const found = await (await open()).readMany(names)
    const right = names.filter((each, at) => {
      const lookup = found.get(each)
      return lookup?.state === 'present' && lookup.value.reveal() === `first ${at}`
    })
    expect([listed, right.length]).toEqual([10_000, 10_000])
    await provider.writeMany?.(writes((at) => written?.get(names[at] ?? name('none')) ?? 'absent', 'second'))
    expect(await held(await open(), 'app/secret-9999')).toBe('second 9999')
  }, 60_000)
})

/** Adds one to a counter in the store again and again; may be killed at any moment. */
const WORKER = `
import { connect } from './src/providers/local/connect.js'
import { SecretValue } from './src/core/secret.js'
import { systemClock } from './src/system/clock.js'
import { systemDisk } from './src/system/disk.js'
import { hostFacts } from './src/system/host.js'
import { systemRandom } from './src/system/random.js'

const [folder, rounds] = process.argv.slice(2)
const clock = systemClock()
const disk = systemDisk({ clock, host: await hostFacts(process.pid) })
const keys = async () => ({ key: () => new Uint8Array(32).fill(1) })
const provider = await connect({ folder, lockWaitMs: 60_000 }, { clock, disk, keys, random: systemRandom })
for (let done = 0; done < Number(rounds); ) {
  const found = await provider.read('counter')
  const value = SecretValue.fromText(String(Number(found.value.reveal()) + 1))
  const token = process.pid + '-' + done + '-' + Math.random()
  try {
    await provider.write('counter', value, { expect: found.version, token })
    done++
    process.stdout.write('+')
  } catch (error) {
    if (error.code !== 'CONFLICT') throw error
  }
}
`

async function workerFile(folder: string): Promise<string> {
  const outfile = join(folder, 'worker.mjs')
  const stdin = { contents: WORKER, resolveDir: process.cwd(), loader: 'ts' as const }
  await build({ stdin, outfile, bundle: true, platform: 'node', format: 'esm' })
  return outfile
}

function output(child: ChildProcess): Promise<number> {
  let count = 0
  child.stdout?.on('data', (chunk: Uint8Array) => {
    count += chunk.byteLength
  })
  return new Promise((done) => child.once('close', () => done(count)))
}

describe('several processes', () => {
  test('no write of another is lost: each addition counts once', async () => {
    const folder = tempFolder()
    const { open } = await localWorld(join(folder, 'store'))
    await put(await open(), 'counter', '0')
    const worker = await workerFile(folder)
    const children = [1, 2, 3].map(() => spawn(process.execPath, [worker, join(folder, 'store'), '20']))
    expect(await Promise.all(children.map(output))).toEqual([20, 20, 20])
    expect(await held(await open(), 'counter')).toBe('60')
  }, 120_000)

  test('a writer that is killed leaves a whole store, a lock that is replaced, and no acknowledged write lost', async () => {
    const folder = tempFolder()
    const { open } = await localWorld(join(folder, 'store'))
    await put(await open(), 'counter', '0')
    const worker = await workerFile(folder)
    let least = 0
    for (let round = 0; round < 12; round++) {
      const child = spawn(process.execPath, [worker, join(folder, 'store'), '1000'])
      const ended = output(child)
      await new Promise((begun) => child.stdout?.once('data', begun))
      await new Promise((done) => setTimeout(done, round * 3))
      child.kill('SIGKILL')
      least += await ended
      const counted = Number(await held(await open(), 'counter'))
      expect(counted).toBeGreaterThanOrEqual(least)
      expect(counted).toBeLessThanOrEqual(least + round + 1)
      await put(await open(), 'other', String(round))
    }
  }, 120_000)
})

test('a store cut by a broken disk is refused and not replaced by a new one', async () => {
  const { open, file } = await localWorld()
  await put(await open(), 'a', '1')
  truncateSync(file, 0)
  await expect(put(await open(), 'a', '2')).rejects.toMatchObject({ code: 'DAMAGED' })
  writeFileSync(file, '')
  const writing = (await open()).write(name('a'), text('2'), { expect: 'absent', token: 't' })
  await expect(writing).rejects.toMatchObject({ code: 'DAMAGED' })
})
