import { PassThrough } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, test } from '@jest/globals'
import { Failure } from '../../../src/core/failure.js'
import { SecretValue } from '../../../src/core/secret.js'
import { createPrompt, type PromptOptions } from '../../../src/ui/prompt.js'

/** A terminal in memory: what is typed, what is drawn, whether it is raw. */
function terminal(more: Partial<PromptOptions> = {}) {
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    isRaw: false,
    setRawMode(on: boolean) {
      stdin.isRaw = on
      return stdin
    },
  })
  const stderr = Object.assign(new PassThrough(), { isTTY: true, columns: 80, rows: 24 })
  // As the process's own streams, which cannot be ended.
  stderr.end = () => stderr
  let drawn = ''
  stderr.on('data', (chunk: Buffer) => {
    drawn += chunk.toString()
  })
  const prompt = createPrompt({ stdin, stderr, ...more })
  async function shows(text: string): Promise<void> {
    for (let i = 0; i < 3000 && !drawn.includes(text); i++) await wait(10)
    expect(drawn).toContain(text)
  }
  async function type(keys: string): Promise<void> {
    await wait(20)
    stdin.write(keys)
  }
  return { prompt, stdin, type, shows, drawn: () => drawn }
}

const CTRL_C = '\u0003'
const CTRL_D = '\u0004'
const ENTER = '\r'
const DOWN = '\u001b[B'
const SHOW_CURSOR = '\u001b[?25h'
let opened: ReturnType<typeof terminal> | undefined
const open = (more: Partial<PromptOptions> = {}): ReturnType<typeof terminal> => {
  opened = terminal(more)
  return opened
}

/** After every way out the terminal is as it was. */
afterEach(() => {
  if (opened === undefined) return
  expect(opened.stdin.isRaw).toBe(false)
  if (opened.drawn() !== '')
    expect(opened.drawn().lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(opened.drawn().lastIndexOf('\u001b[?25l'))
  opened.stdin.destroy()
  opened = undefined
})

describe('answers', () => {
  test('yes and no', async () => {
    const { prompt, type, shows } = open()
    const yes = prompt.confirm('go on?')
    await shows('go on?')
    await type(`y${ENTER}`)
    expect(await yes).toBe(true)
    const no = prompt.confirm('really?')
    await shows('really?')
    await type(ENTER)
    expect(await no).toBe(false)
  })

  test('one of several', async () => {
    const { prompt, type, shows } = open()
    const picked = prompt.pick('which?', [
      { value: 1, label: 'one' },
      { value: 2, label: 'two', note: 'the second' },
    ])
    await shows('which?')
    await type(DOWN)
    await shows('the second')
    await type(ENTER)
    expect(await picked).toBe(2)
  })

  test('any number of several', async () => {
    const { prompt, type, shows } = open()
    const chosen = prompt.choose('which?', [
      { value: 'A', label: 'A', checked: true },
      { value: 'B', label: 'B' },
      { value: 'C', label: 'C' },
    ])
    await shows('which?')
    await type(DOWN)
    await type(' ')
    await type(ENTER)
    expect(await chosen).toEqual(['A', 'B'])
  })

  test('text, checked, with a default', async () => {
    const { prompt, type, shows } = open()
    const asked = prompt.ask('name?', {
      default: 'usual',
      check: (name) => (name === 'bad' ? 'not that one' : undefined),
    })
    await shows('name?')
    await type(`bad${ENTER}`)
    await shows('not that one')
    await type(`\u007f\u007f\u007fgood${ENTER}`)
    expect(await asked).toBe('good')
    const usual = prompt.ask('again?', { default: 'usual' })
    await shows('again?')
    await type(ENTER)
    expect(await usual).toBe('usual')
  })
})

describe('a hidden answer', () => {
  test('is a value that was never drawn, not even on Ctrl-T', async () => {
    const { prompt, type, shows, drawn } = open()
    const asked = prompt.askHidden('value of db-url')
    await shows('value of db-url')
    await type('c4nary-hidden')
    await type('\u0014')
    await type(ENTER)
    const value = await asked
    expect(value).toBeInstanceOf(SecretValue)
    expect(value.equals(SecretValue.fromText('c4nary-hidden'))).toBe(true)
    expect(drawn()).not.toMatch(/c4nary|hidden/)
  })

  test('that is asked twice has to be the same', async () => {
    const { prompt, type, shows } = open()
    const asked = prompt.askHidden('passphrase', { again: true })
    const failed = expect(asked).rejects.toMatchObject({ code: 'USAGE' })
    await shows('passphrase')
    await type(`one${ENTER}`)
    await shows('(again)')
    await type(`two${ENTER}`)
    await failed
  })
})

describe('ways out', () => {
  const questions = {
    confirm: (prompt: ReturnType<typeof createPrompt>) => prompt.confirm('q?'),
    choose: (prompt: ReturnType<typeof createPrompt>) => prompt.choose('q?', [{ value: 1, label: 'a' }]),
    pick: (prompt: ReturnType<typeof createPrompt>) => prompt.pick('q?', [{ value: 1, label: 'a' }]),
    ask: (prompt: ReturnType<typeof createPrompt>) => prompt.ask('q?'),
    askHidden: (prompt: ReturnType<typeof createPrompt>) => prompt.askHidden('q?'),
  }
  const kinds = Object.entries(questions)

  test.each(kinds)('Ctrl-C ends %s as INTERRUPTED', async (_kind, ask) => {
    const { prompt, type, shows } = open()
    const failed = expect(ask(prompt)).rejects.toMatchObject({ code: 'INTERRUPTED' })
    await shows('q?')
    await type(`x${CTRL_C}`)
    await failed
  })

  test.each(kinds)('Ctrl-D ends %s as INTERRUPTED', async (_kind, ask) => {
    const { prompt, type, shows } = open()
    const failed = expect(ask(prompt)).rejects.toMatchObject({ code: 'INTERRUPTED' })
    await shows('q?')
    await type(CTRL_D)
    await failed
  })

  test.each(kinds)('the end of input ends %s', async (_kind, ask) => {
    const { prompt, stdin, shows } = open()
    const failed = expect(ask(prompt)).rejects.toMatchObject({ code: 'INTERRUPTED' })
    await shows('q?')
    stdin.end()
    await failed
  })

  test.each(kinds)('a signal ends %s with the signal’s failure', async (_kind, ask) => {
    const stop = new AbortController()
    const { prompt, shows } = open({ signal: stop.signal })
    const failed = expect(ask(prompt)).rejects.toMatchObject({ code: 'TERMINATED', details: { doing: 'migrate' } })
    await shows('q?')
    stop.abort(new Failure('TERMINATED', { doing: 'migrate' }))
    await failed
  })

  test('a signal that came before is not waited for', async () => {
    const { prompt } = open({ signal: AbortSignal.abort() })
    await expect(prompt.confirm('q?')).rejects.toMatchObject({ code: 'TERMINATED' })
  })

  test.each(kinds)('without a terminal %s fails at once, and names what was to be asked', async (_kind, ask) => {
    const { prompt } = open({ stdin: new PassThrough() })
    expect(prompt.isPossible).toBe(false)
    await expect(ask(prompt)).rejects.toMatchObject({ code: 'NO_TERMINAL', details: { doing: 'asking: q?' } })
  })
})

test('questions and labels are redacted and shown as they are', async () => {
  const { prompt, type, shows, drawn } = open({ redact: (text) => text.replaceAll('c4nary', '[secret]') })
  const picked = prompt.pick('c4nary\u001b[2J?', [{ value: 1, label: 'a\u202eb c4nary' }])
  await shows('a\\u{202e}b [secret]')
  await shows('[secret]\\x1b[2J?')
  await type(ENTER)
  expect(await picked).toBe(1)
  expect(drawn()).not.toMatch(/c4nary|\u202e/)
})
