import { describe, expect, test } from '@jest/globals'
import { Failure } from '../../../src/core/failure.js'
import { SecretValue } from '../../../src/core/secret.js'
import { bad, good } from '../../../src/ui/style.js'
import { Capture, captured } from './support.js'

const tty = (): Capture => new Capture({ isTTY: true })

test('the result goes to stdout, all else to stderr', async () => {
  const { out, stdout, stderr } = captured()
  await out.result('answer')
  await out.note('by the way')
  await out.warn('careful')
  await out.flush()
  expect(stdout.text).toBe('answer\n')
  expect(stderr.text).toBe('by the way\nwarning: careful\n')
})

test.each([
  ['quiet', { quiet: true }, 'warning: w\n'],
  ['normal', {}, 'n\nwarning: w\n'],
  ['verbose', { verbose: true }, 'n\nwarning: w\nd\n'],
  ['LOG_LEVEL=debug', { env: { LOG_LEVEL: 'debug' } }, 'n\nwarning: w\nd\n'],
  ['LOG_LEVEL=error', { env: { LOG_LEVEL: 'error' } }, 'warning: w\n'],
  ['DEBUG=vibebox:secrets', { env: { DEBUG: 'express,vibebox:secrets' } }, 'n\nwarning: w\nd\n'],
  ['DEBUG of others', { env: { DEBUG: 'express' } }, 'n\nwarning: w\n'],
])('%s decides what is said', async (_name, options, expected) => {
  const { out, stderr } = captured(options)
  await out.note('n')
  await out.warn('w')
  await out.debug('d')
  expect(stderr.text).toBe(expected)
})

test('everything is redacted first and escaped then', async () => {
  const { out, stdout, stderr } = captured({ verbose: true })
  out.redactor.add(SecretValue.fromText('line one\nline\u001btwo'))
  await out.result('<line one\nline\u001btwo>')
  await out.note('\u001b[2Jline one')
  await out.debug('d line\\x1btwo')
  await out.json({ a: 'line one\nline\u001btwo', b: ['\u202ex'], long: { 'line one\nline\u001btwo-and-more': 1 } })
  const all = stdout.text + stderr.text
  expect(all).not.toMatch(/line one|two>|\u001b|\u202e/)
  expect(stdout.text).toBe('<[secret]>\n{"a":"[secret]","b":["\\u202ex"],"long":{"[secret]-and-more":1}}\n')
})

test('a value equal to a word of our own JSON does not break it', async () => {
  const { out, stdout } = captured()
  for (const word of ['schema', 'summary', '","a":"', '"items"']) out.redactor.add(SecretValue.fromText(word))
  await out.json({ schema: 'x@1', summary: { a: 1 }, items: ['summary'] })
  expect(JSON.parse(stdout.text)).toEqual({ schema: 'x@1', summary: { a: 1 }, items: ['[secret]'] })
})

test('raw writes exact bytes, and a newline after them only on a terminal', async () => {
  const bytes = Uint8Array.of(0, 255, 10, 65)
  const piped = captured()
  await piped.out.raw(bytes)
  expect(Buffer.concat(piped.stdout.chunks)).toEqual(Buffer.from(bytes))
  const terminal = captured({ stdout: tty() })
  await terminal.out.raw(bytes)
  expect(Buffer.concat(terminal.stdout.chunks)).toEqual(Buffer.from([...bytes, 10]))
})

describe('colour', () => {
  const cases: [string, Partial<Parameters<typeof captured>[0]> & object, boolean][] = [
    ['a pipe', {}, false],
    ['a terminal', { stdout: tty() }, true],
    ['NO_COLOR', { stdout: tty(), env: { NO_COLOR: '1' } }, false],
    ['an empty NO_COLOR', { stdout: tty(), env: { NO_COLOR: '' } }, true],
    ['FORCE_COLOR on a pipe', { env: { FORCE_COLOR: '1' } }, true],
    ['FORCE_COLOR=0', { stdout: tty(), env: { FORCE_COLOR: '0' } }, false],
    ['both', { stdout: tty(), env: { FORCE_COLOR: '1', NO_COLOR: '1' } }, false],
    ['TERM=dumb', { stdout: tty(), env: { TERM: 'dumb' } }, false],
    ['--no-color', { stdout: tty(), color: 'never' }, false],
    ['always', { env: { NO_COLOR: '1' }, color: 'always' }, true],
  ]
  test.each(cases)('%s', async (_name, options, colored) => {
    const { out, stdout } = captured(options)
    await out.result(`${good('a')} ${bad('b')}`)
    expect(stdout.text).toBe(colored ? '\u001b[32ma\u001b[39m \u001b[31mb\u001b[39m\n' : 'a b\n')
  })
})

test('a terminal has a width, a pipe has none', () => {
  expect(captured().out.width).toBeUndefined()
  expect(captured({ stdout: new Capture({ isTTY: true, columns: 50 }) }).out.width).toBe(50)
  expect(captured({ stdout: new Capture({ isTTY: true, columns: 0 }) }).out.width).toBe(80)
})

describe('an error', () => {
  const failure = new Failure('SECRET_NOT_FOUND', { doing: 'reading', secret: 'db-url', target: 'local' })

  test('is three parts on stderr and an exit code', async () => {
    const { out, stdout, stderr } = captured()
    expect(await out.error(failure, { last: 'nothing was written' })).toBe(66)
    expect(stderr.text).toBe(
      'error: not found reading db-url at local\nnothing was written\n  see the names there are:  vibesecrets list\n',
    )
    expect(stdout.text).toBe('')
  })

  test('is also an object on stdout with --json, unless an answer stands there', async () => {
    const { out, stdout } = captured({ format: 'json' })
    await out.error(failure)
    expect(JSON.parse(stdout.text)).toMatchObject({
      error: { code: 'SECRET_NOT_FOUND', secret: 'db-url', retryable: false },
    })
    const answered = captured({ format: 'json' })
    await answered.out.json({ a: 1 })
    await answered.out.error(failure)
    expect(answered.stdout.text).toBe('{"a":1}\n')
  })

  test('that quotes a value shows [secret] instead', async () => {
    const { out, stdout, stderr } = captured({ format: 'json' })
    out.redactor.add(SecretValue.fromText('hunter2-hunter2'))
    await out.error(
      new Failure('IO', { doing: 'reading', target: '/x/hunter2-hunter2', problems: ['a hunter2-hunter2 b'] }),
    )
    expect(stdout.text + stderr.text).not.toContain('hunter2')
    expect(stdout.text).toContain('[secret]')
  })
})

describe('a stream that breaks', () => {
  test('a reader that went away is no error', async () => {
    const { out } = captured({ stdout: new Capture({ fail: 'EPIPE' }) })
    await out.result('a')
    await out.result('b')
    await expect(out.flush()).resolves.toBeUndefined()
  })

  test.each([
    ['ENOSPC', 'DISK_FULL'],
    ['EIO', 'IO'],
  ])('%s is %s when all is written', async (code, expected) => {
    const { out } = captured({ stdout: new Capture({ fail: code }) })
    await out.result('a')
    await expect(out.flush()).rejects.toMatchObject({ code: expected })
  })

  test('a broken stderr does not hide the result', async () => {
    const { out, stdout } = captured({ stderr: new Capture({ fail: 'EIO' }) })
    await out.note('n')
    await out.result('a')
    await expect(out.flush()).resolves.toBeUndefined()
    expect(stdout.text).toBe('a\n')
  })
})

test('a slow reader slows the writer, and order is kept', async () => {
  const waiting: (() => void)[] = []
  const slow = new Capture()
  const write = slow.write.bind(slow)
  slow.write = (chunk, done) => {
    write(chunk)
    waiting.push(() => done?.())
    return false
  }
  const { out } = captured({ stdout: slow })
  const order: string[] = []
  const first = out.result('1').then(() => order.push('1'))
  const second = out.result('2').then(() => order.push('2'))
  await new Promise(setImmediate)
  expect(slow.text).toBe('1\n')
  expect(order).toEqual([])
  waiting.shift()?.()
  await first
  await new Promise(setImmediate)
  expect(slow.text).toBe('1\n2\n')
  waiting.shift()?.()
  await second
  expect(order).toEqual(['1', '2'])
})
