import { describe, expect, test } from '@jest/globals'
import { open } from '../../support/pty.js'
import { Screen, withoutEscapes } from '../../support/screen.js'

const env = { PATH: process.env['PATH'] ?? '' }
const sh = (command: string) => open(['/bin/sh', '-c', command], { cols: 40, rows: 5, env })

describe('a screen shows what a person sees', () => {
  const show = (...texts: string[]) => {
    const screen = new Screen(10, 3)
    for (const text of texts) screen.write(text)
    return screen.text()
  }
  test.each([
    ['lines', ['a\r\nb'], 'a\nb'],
    ['a carriage return writes over', ['abc\rX'], 'Xbc'],
    ['long lines wrap', ['0123456789ab'], '0123456789\nab'],
    ['a line is erased', ['abc\r\u001b[Kx'], 'x'],
    ['a spinner is drawn over', ['one\r\n\u001b[1A\u001b[2Kdone\r\n'], 'done'],
    ['colours leave no trace', ['\u001b[1;32mgreen\u001b[0m'], 'green'],
    ['the column is set', ['abc\u001b[2GX'], 'aXc'],
    ['below is erased', ['a\r\nb\r\nc\u001b[2A\u001b[J'], 'a'],
    ['only the last rows fit', ['1\r\n2\r\n3\r\n4'], '2\n3\n4'],
    ['a sequence may come in two parts', ['ab\u001b[', '1Dc'], 'ac'],
  ])('%s', (_, texts, wanted) => expect(show(...texts)).toBe(wanted))
  test('escapes are taken out of a text', () =>
    expect(withoutEscapes('\u001b[?25l\u001b]0;title\u0007a\u001b[31mb\u001b[0m')).toBe('ab'))
})

describe('a program on a terminal', () => {
  test('is talked with, and its end is seen', async () => {
    const shell = sh('stty -echo; printf "Who? "; read name; echo "hello $name"; exit 3')
    await shell.expect(/Who\? /)
    shell.send('ada\r')
    expect(await shell.expect(/hello \w+/)).toBe('hello ada')
    expect(await shell.exit()).toBe(3)
    expect(shell.screen()).toContain('hello ada')
  })
  test('a match is not found twice', async () => {
    const shell = sh('echo one; echo two')
    await shell.expect(/one/)
    await expect(shell.expect(/one/)).rejects.toThrow('ended with 0, wanted /one/')
  })
  test('a signal shows as in a shell', async () => expect(await sh('kill -9 $$').exit()).toBe(137))
  test('its size is known and can change', async () => {
    const shell = sh('stty size; read x; stty size')
    await shell.expect(/5 40/)
    shell.resize(60, 7)
    shell.send('\r')
    await shell.expect(/7 60/)
    expect(await shell.exit()).toBe(0)
  })
  test('patience has an end', async () => {
    const shell = sh('read x')
    await expect(shell.expect(/never/, 50)).rejects.toThrow('nothing for 0.05 s')
    shell.kill()
  })
})
