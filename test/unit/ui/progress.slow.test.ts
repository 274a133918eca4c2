import { PassThrough } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { createOutput } from '../../../src/ui/output.js'
import { createProgress, progressWanted } from '../../../src/ui/progress.js'
import { Capture, captured } from './support.js'

/** A terminal in memory that knows the calls a spinner makes, and what a person would see on its last line. */
function screen() {
  const stream = Object.assign(new PassThrough(), {
    isTTY: true as const,
    columns: 40,
    line: '',
    above: [] as string[],
    hidden: false,
    cursorTo: () => true,
    moveCursor: () => true,
    clearLine: () => {
      stream.line = ''
      return true
    },
  })
  stream.write = ((chunk: string | Uint8Array, ...rest: unknown[]) => {
    draw(Buffer.from(chunk).toString())
    const done = rest.find((each) => typeof each === 'function') as (() => void) | undefined
    done?.()
    return true
  }) as typeof stream.write
  function draw(text: string): void {
    if (text.includes('\u001b[?25l')) stream.hidden = true
    if (text.includes('\u001b[?25h')) stream.hidden = false
    // biome-ignore lint/complexity/useRegexLiterals: the escape is easier to read in a string
    const parts = text.replaceAll(new RegExp('\u001b\\[[?0-9;]*[a-z]', 'gi'), '').split('\n')
    for (const [i, part] of parts.entries()) {
      stream.line += part
      if (i === parts.length - 1) continue
      stream.above.push(stream.line)
      stream.line = ''
    }
  }
  return stream
}

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 3000 && !holds(); i++) await wait(10)
  expect(holds()).toBe(true)
}

test.each([
  [true, {}, true],
  [false, {}, false],
  [true, { TERM: 'dumb' }, false],
  [true, { CI: 'true' }, false],
  [true, { CI: 'false' }, true],
  [true, { CI: '' }, true],
])('with terminal %p and %j a moving line is wanted: %p', (isTTY, env, wanted) => {
  expect(progressWanted({ isTTY, env })).toBe(wanted)
})

test('one line shows what is going on, changes, and leaves nothing behind', async () => {
  const stream = screen()
  const progress = createProgress({ stream, enabled: true, color: false, clean: (text) => text, afterMs: 0 })
  progress.show('writing 1 of 2')
  await until(() => stream.line.includes('writing 1 of 2'))
  expect(stream.hidden).toBe(true)
  progress.show('writing 2 of 2')
  await until(() => stream.line.includes('writing 2 of 2'))
  progress.stop()
  expect([stream.line, stream.above, stream.hidden]).toEqual(['', [], false])
})

test('a line that is written meanwhile is not torn, and the moving line goes on', async () => {
  const stderr = screen()
  const out = createOutput({ stdout: new Capture(), stderr, env: {} })
  out.progress.show('working')
  await until(() => stderr.line.includes('working'))
  await out.note('a note')
  expect(stderr.above).toEqual(['a note'])
  await until(() => stderr.line.includes('working'))
  await out.flush()
  expect([stderr.line, stderr.above, stderr.hidden]).toEqual(['', ['a note'], false])
})

test('its text is one line, redacted, escaped and cut to the terminal', async () => {
  const stderr = screen()
  const out = createOutput({ stdout: new Capture(), stderr, env: { NO_COLOR: '1' } })
  out.progress.show(`a\nb \u001b[2J ${'x'.repeat(100)}`)
  await until(() => stderr.line.includes('a\\x0ab \\x1b[2J xxx'))
  expect(stderr.line.length).toBeLessThanOrEqual(40)
  expect(stderr.line).toMatch(/…$/)
  out.progress.stop()
})

test('what is over soon shows nothing', async () => {
  const stream = screen()
  const progress = createProgress({ stream, enabled: true, color: false, clean: (text) => text, afterMs: 60_000 })
  progress.show('quick')
  progress.stop()
  await wait(50)
  expect([stream.line, stream.above]).toEqual(['', []])
})

test.each([
  ['--quiet', { quiet: true }],
  ['--no-progress', { progress: false }],
  ['CI', { env: { CI: '1' } }],
])('%s: none', async (_name, options) => {
  const { out, stderr } = captured({ ...options, stderr: new Capture({ isTTY: true }) })
  out.progress.show('x')
  await wait(400)
  await out.flush()
  expect(stderr.text).toBe('')
})
