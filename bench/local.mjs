// The local store with 10,000 secrets: what list and migrate take, from start to end of the program.
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const MANY = 10_000
const ROUNDS = 3

const program = fileURLToPath(new URL('../dist/vibesecrets.cjs', import.meta.url))
if (!existsSync(program)) throw new Error('dist/vibesecrets.cjs is not there: npm run build')

const folder = mkdtempSync(join(tmpdir(), 'vibesecrets-bench-'))
const env = {
  PATH: process.env.PATH,
  HOME: folder,
  XDG_CONFIG_HOME: join(folder, 'config'),
  XDG_STATE_HOME: join(folder, 'state'),
}

try {
  const few = fileURLToPath(new URL('../fixtures/vibebox.env', import.meta.url))
  measure('migrate 46 keys into an empty store', () => {
    fresh()
    copyFileSync(few, join(folder, '.env'))
    return run('migrate', 'local', '--all', '--yes')
  })
  measure(`migrate ${MANY} keys into an empty store`, () => {
    fresh()
    writeMany('.env')
    return run('migrate', 'local', '--all', '--yes')
  })
  measure(`list ${MANY} secrets`, () => run('list', 'local'))
  measure(`get one of ${MANY}`, () => run('get', 'local', 'key-77-token'))
  measure(`migrate ${MANY} keys again: nothing to do`, () => {
    writeMany('.env')
    return run('migrate', 'local', '--all', '--yes', '--no-rewrite')
  })
  measure(`migrate 46 keys into a store of ${MANY}`, () => {
    copyFileSync(few, join(folder, '.env'))
    const took = run('migrate', 'local', '--all', '--yes')
    run('rollback', 'local', '--yes')
    return took
  })
  const { size } = statSync(join(folder, 'state/vibesecrets/store/secrets.jsonl'))
  console.log(`the store of ${MANY} has ${(size / 1024 / 1024).toFixed(1)} MiB`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function fresh() {
  rmSync(join(folder, 'state'), { recursive: true, force: true })
}

function writeMany(name) {
  const lines = Array.from({ length: MANY }, (_, n) => `KEY_${n}_TOKEN=${`value-${n}-`.padEnd(40, 'x')}`)
  writeFileSync(join(folder, name), `${lines.join('\n')}\n`)
}

function measure(what, once) {
  const least = Math.min(...Array.from({ length: ROUNDS }, once))
  console.log(`${what.padEnd(44)} ${least.toFixed(0).padStart(6)} ms`)
}

function run(...args) {
  const began = performance.now()
  const { status, stderr } = spawnSync(process.execPath, ['--', program, ...args], {
    cwd: folder,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const took = performance.now() - began
  if (status !== 0) throw new Error(`vibesecrets ${args[0]} ended with ${status}: ${stderr}`)
  return took
}
