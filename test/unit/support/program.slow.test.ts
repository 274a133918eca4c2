import { spawn } from 'node:child_process'
import { copyFileSync, mkdirSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { buildSync } from 'esbuild'
import { execute } from '../../support/cli.js'
import { tempFolder } from '../../support/temp.js'

/** bin/vibesecrets.ts around a `main` that does what its first argument says. */
const MAIN = `
import { writeFileSync } from 'node:fs'
export async function main(io) {
  const [how, word] = io.argv
  const lines = (n) => Array.from({ length: n }, (_, i) => 'line ' + i + '\\n').join('')
  if (how === 'code') return Number(word)
  if (how === 'lines') { for (let i = 0; i < 50; i++) io.stdout.write(lines(2000)); return 0 }
  if (how === 'env') { io.stdout.write(JSON.stringify([io.env.DEBUG, process.env.DEBUG ?? null, process.env.GRPC_TRACE ?? null])); return 0 }
  if (how === 'throw') { io.stdout.write('before '); throw new RangeError('hunter2-hunter2') }
  if (how === 'reject') { Promise.reject(new RangeError('hunter2-hunter2')); await new Promise((done) => setTimeout(done, 60_000)) }
  if (how === 'object') throw { password: 'hunter2-hunter2' }
  if (how === 'warn') { process.emitWarning('hunter2-hunter2'); await new Promise((done) => setTimeout(done, 5)); return 0 }
  if (how === 'open') { setInterval(() => undefined, 1000); return 3 }
  if (how === 'signal') {
    const signal = await new Promise((done) => { io.onSignal(done); setInterval(() => undefined, 1000); io.stdout.write('ready') })
    return signal === 'SIGTERM' ? 143 : 130
  }
  if (how === 'off') { io.onSignal(() => undefined)(); io.stdout.write('ready'); await new Promise((done) => setTimeout(done, 60_000)) }
}
`
const folder = tempFolder('bin')
const built = join(folder, 'vibesecrets.cjs')
const run = (args: string[], env: Record<string, string> = {}) =>
  execute([process.execPath, '--', built, ...args], { cwd: folder, env, timeoutMs: 60_000 })

beforeAll(() => {
  mkdirSync(join(folder, 'bin'))
  mkdirSync(join(folder, 'src'))
  writeFileSync(join(folder, 'src/main.js'), MAIN)
  const source = join(folder, 'bin/vibesecrets.ts')
  copyFileSync(fileURLToPath(new URL('../../../bin/vibesecrets.ts', import.meta.url)), source)
  buildSync({ entryPoints: [source], bundle: true, platform: 'node', format: 'cjs', outfile: built })
})

describe('the program ends', () => {
  test('with the code that main gives', async () => expect((await run(['code', '65'])).code).toBe(65))
  test('although a library keeps something open', async () => expect((await run(['open'])).code).toBe(3))
  test('after all of its output is out', async () => {
    const { stdout, code } = await run(['lines'])
    expect([stdout.toString().split('\n').length, code]).toEqual([100_001, 0])
  })
  test('quietly when its reader has gone', async () => {
    const { stdout, stderr, code } = await execute(
      ['/bin/sh', '-c', '"$0" -- "$1" lines | head -1', process.execPath, built],
      {},
    )
    expect([stdout.toString(), stderr.toString(), code]).toEqual(['line 0\n', '', 0])
  })
  test('with 74 when its output cannot be written', async () => {
    const full = openSync('/dev/full', 'w')
    const child = spawn(process.execPath, ['--', built, 'lines'], { stdio: ['ignore', full, 'inherit'] })
    expect(await new Promise((done) => child.on('close', done))).toBe(74)
  })
})

describe('a bug', () => {
  test.each(['throw', 'reject', 'object'])('ends with 1 and tells no message: %s', async (how) => {
    const { stderr, code } = await run([how])
    expect(code).toBe(1)
    expect(stderr.toString()).toContain(`internal error (${how === 'object' ? 'object' : 'RangeError'})`)
    expect(stderr.toString()).not.toContain('hunter2')
  })
})

describe('libraries', () => {
  test('never learn that somebody asked for their logs, but main does', async () => {
    const { stdout } = await run(['env'], { DEBUG: '*', GRPC_TRACE: 'all' })
    expect(JSON.parse(stdout.toString())).toEqual(['*', null, null])
  })
  test('cannot warn past the one writer', async () => expect((await run(['warn'])).stderr.toString()).toBe(''))
})

describe('signals', () => {
  const signalled = (how: string, signal: 'SIGINT' | 'SIGTERM') => {
    const child = spawn(process.execPath, ['--', built, how], { stdio: ['ignore', 'pipe', 'inherit'] })
    child.stdout.once('data', () => child.kill(signal))
    return new Promise((done) => child.on('close', (code, by) => done(code ?? by)))
  }
  test.each(['SIGINT', 'SIGTERM'] as const)('%s reaches main', async (signal) =>
    expect(await signalled('signal', signal)).toBe(signal === 'SIGINT' ? 130 : 143),
  )
  test('the default returns when main no longer listens', async () =>
    expect(await signalled('off', 'SIGTERM')).toBe('SIGTERM'))
})
