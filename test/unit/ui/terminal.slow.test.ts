import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { buildSync } from 'esbuild'
import { open, type Terminal } from '../../support/pty.js'

/** A program of four lines on a real terminal: asks, shows a moving line, writes beside it. */
const SOURCE = `
  import { createOutput } from './src/ui/output.js'
  import { createPrompt } from './src/ui/prompt.js'
  import { setTimeout as wait } from 'node:timers/promises'
  const stop = new AbortController()
  process.on('SIGTERM', () => stop.abort())
  const { stdin, stdout, stderr, env, argv } = process
  const out = createOutput({ stdout, stderr, env })
  const prompt = createPrompt({ stdin, stderr, signal: stop.signal })
  async function main() {
    if (argv[2] === 'progress') {
      out.progress.show('working')
      await wait(Number(argv[3]))
      await out.note('a note')
      await out.result('the answer')
      await wait(Number(argv[3]))
    } else {
      const value = await prompt[argv[2]]('question?', [{ value: 1, label: 'one' }])
      await out.result('answered ' + (typeof value === 'object' ? value.byteLength ?? value.length : value))
    }
  }
  main().catch(async (error) => { process.exitCode = await out.error(error) }).finally(() => out.flush())
`

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vibesecrets-ui-'))
  const stdin = { contents: SOURCE, resolveDir: join(import.meta.dirname, '../../..'), loader: 'ts' as const }
  const banner = { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)" }
  buildSync({
    stdin,
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner,
    outfile: join(folder, 'ask.mjs'),
    logLevel: 'error',
  })
}, 120_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const run = (...args: string[]): Terminal =>
  open(
    [
      'sh',
      '-c',
      `stty -a > before; ${process.execPath} ask.mjs ${args.join(' ')}; code=$?; stty -a > after; echo "exit $code"; cat`,
    ],
    {
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '' },
    },
  )

/** Echo, line mode, everything. */
function expectRestored(terminal: Terminal): void {
  expect(readFileSync(join(folder, 'after'), 'utf8')).toBe(readFileSync(join(folder, 'before'), 'utf8'))
  const output = terminal.transcript()
  expect(output.lastIndexOf('\u001b[?25h')).toBeGreaterThanOrEqual(output.lastIndexOf('\u001b[?25l'))
}

async function ended(terminal: Terminal, code: number): Promise<void> {
  await terminal.expect(new RegExp(`exit ${code}\\b`))
  // The shell echoes what comes after it only when echo is on again.
  terminal.send('echo-is-on\r')
  await terminal.expect(/echo-is-on/)
  expectRestored(terminal)
  terminal.kill()
}

describe.each(['confirm', 'choose', 'pick', 'ask', 'askHidden'])('%s on a real terminal', (kind) => {
  test('Ctrl-C leaves it as it was, exit 130', async () => {
    const terminal = run(kind)
    await terminal.expect(/question\?/)
    terminal.send('x\u0003')
    await ended(terminal, 130)
  }, 120_000)
})

test('a hidden answer is not on the screen, nor anywhere in the output', async () => {
  const terminal = run('askHidden')
  await terminal.expect(/question\?/)
  terminal.send('c4nary-value\r')
  await terminal.expect(/answered 12/)
  expect(terminal.transcript()).not.toContain('c4nary')
  await ended(terminal, 0)
}, 120_000)

test('Ctrl-D ends a question, exit 130', async () => {
  const terminal = run('askHidden')
  await terminal.expect(/question\?/)
  terminal.send('\u0004')
  await ended(terminal, 130)
}, 120_000)

test('the moving line leaves nothing behind, and does not tear what is written beside it', async () => {
  const terminal = run('progress', '2000')
  await terminal.shows(/working/)
  await terminal.expect(/the answer/)
  await terminal.expect(/exit 0/)
  const shown = terminal
    .screen()
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
  expect(shown).toEqual(['a note', 'the answer', 'exit 0'])
  expectRestored(terminal)
  terminal.kill()
}, 120_000)
