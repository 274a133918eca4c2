import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { build } from 'esbuild'
import { tempFolder } from '../../support/temp.js'

/** Takes the lock again and again; writes down when it has it and when it gives it back; may die while it has it. */
const WORKER = `
import { appendFileSync } from 'node:fs'
import { lockFile } from './src/system/lock.js'
import { hostFacts } from './src/system/host.js'
import { systemClock } from './src/system/clock.js'

const [lock, log, rounds, deathRate] = process.argv.slice(2)
const host = await hostFacts(process.pid)
const facts = { owner: 'worker', pid: process.pid, host: host.name, boot: host.boot }
for (let round = 0; round < Number(rounds); round++) {
  const release = await lockFile(lock, { ...facts, waitMs: 60_000, clock: systemClock() })
  appendFileSync(log, process.pid + ' begin\\n')
  await new Promise((done) => setImmediate(done))
  appendFileSync(log, process.pid + ' end\\n')
  if (Math.random() < Number(deathRate)) process.kill(process.pid, 'SIGKILL')
  await release()
}
`

async function workerFile(folder: string): Promise<string> {
  const outfile = join(folder, 'worker.mjs')
  const stdin = { contents: WORKER, resolveDir: process.cwd(), loader: 'ts' as const }
  await build({ stdin, outfile, bundle: true, platform: 'node', format: 'esm' })
  return outfile
}

const ended = (child: ChildProcess): Promise<unknown> => new Promise((done) => child.once('close', done))

/** Begin and end of one holder always stand together: anything else means two holders. */
function overlaps(log: string): number {
  const lines = log.trimEnd().split('\n')
  let found = 0
  for (let i = 0; i < lines.length; i += 2) {
    const pid = lines[i]?.split(' ')[0]
    if (lines[i] !== `${pid} begin` || lines[i + 1] !== `${pid} end`) found++
  }
  return found
}

async function race(processes: number, rounds: number, deathRate: number) {
  const folder = tempFolder()
  const [lock, log, worker] = [join(folder, 'lock'), join(folder, 'log'), await workerFile(folder)]
  writeFileSync(log, '')
  const start = () =>
    spawn(process.execPath, [worker, lock, log, String(rounds), String(deathRate)], { stdio: 'inherit' })
  await Promise.all(Array.from({ length: processes }, () => ended(start())))
  const text = readFileSync(log, 'utf8')
  return { overlaps: overlaps(text), turns: text.split('\n').length / 2, left: readdirSync(folder) }
}

test('two processes with 200 rounds each never hold the lock together', async () => {
  const { overlaps, turns, left } = await race(2, 200, 0)
  expect([overlaps, Math.floor(turns)]).toEqual([0, 400])
  expect(left.sort()).toEqual(['log', 'worker.mjs'])
}, 120_000)

test('holders that die are replaced and never by two at once', async () => {
  const rounds = await Promise.all([race(6, 40, 0.15), race(6, 40, 0.15)])
  for (const { overlaps, turns } of rounds) {
    expect(overlaps).toBe(0)
    expect(turns).toBeGreaterThan(6)
  }
}, 120_000)
