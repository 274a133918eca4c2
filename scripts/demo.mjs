// Moves a real .env file into a store and back, in a throw-away copy: nothing outside it is read or written.
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const original = join(root, 'fixtures/vibebox.env')
const folder = mkdtempSync(join(tmpdir(), 'vibesecrets-demo-'))
const file = join(folder, '.env')
const env = {
  PATH: process.env.PATH,
  TERM: process.env.TERM ?? 'dumb',
  HOME: folder,
  XDG_CONFIG_HOME: join(folder, 'config'),
  XDG_STATE_HOME: join(folder, 'state'),
  ...(process.env.NO_COLOR === undefined ? {} : { NO_COLOR: process.env.NO_COLOR }),
}

try {
  copyFileSync(original, file)
  say('the plan', 'a copy of fixtures/vibebox.env, looked at: nothing is written')
  vibesecrets('migrate', 'local', '--dry-run')
  say('the move', 'the secrets go into the encrypted store, then the file is rewritten')
  vibesecrets('migrate', 'local', '--yes')
  say('the proof', 'file and store are compared')
  vibesecrets('validate', 'local')
  say('the way back', 'file and store become what they were')
  vibesecrets('rollback', 'local', '--yes')
  if (!readFileSync(file).equals(readFileSync(original))) fail('the file is not what it was')
  console.log('\nthe file is byte for byte what it was; the copy is removed')
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function say(title, text) {
  console.log(`\n── ${title}: ${text}`)
}

function vibesecrets(...args) {
  console.log(`$ vibesecrets ${args.join(' ')}`)
  const program = [join(root, 'dist/vibesecrets.cjs'), ...args]
  const { status, error } = spawnSync(process.execPath, ['--', ...program], {
    cwd: folder,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (error !== undefined) throw error
  if (status !== 0) fail(`vibesecrets ${args[0]} ended with ${status}`)
}

function fail(message) {
  rmSync(folder, { recursive: true, force: true })
  console.error(`error: ${message}`)
  process.exit(1)
}
