import { open } from '../pty.js'
import { type Command, check, taking } from './command.js'
import type { Session } from './session.js'
import { withEscapes } from './words.js'

/** A program on a real terminal: `tty vibesecrets …`, then talk, then `exit N`. */
export const terminal: Readonly<Record<string, Command>> = {
  tty(session, args, { revealing, where }) {
    check(session.terminal === undefined, 'another terminal is open: end it with exit N')
    const [name = '', ...rest] = args
    const command = name === 'vibesecrets' ? [...session.program, ...rest] : args
    const shell = open(command, { ...session.size, env: { TERM: 'xterm-256color', ...session.env }, cwd: session.cwd })
    session.terminal = { shell, isRevealing: revealing, where }
  },
  send: (session, args) => shellOf(session).send(withEscapes(taking(args, "send 'text\\r'", 1)[0] ?? '')),
  async expect(session, args) {
    await shellOf(session).expect(new RegExp(taking(args, "expect 'regex'", 1)[0] ?? ''))
  },
  async screen(session, args, { negated }) {
    const pattern = new RegExp(taking(args, "screen 'regex'", 1)[0] ?? '', 'm')
    if (negated)
      check(!pattern.test(shellOf(session).screen()), `the screen shows ${pattern}:\n${shellOf(session).screen()}`)
    else await shellOf(session).shows(pattern)
  },
  size(session, args) {
    const [cols = 80, rows = 24] = taking(args, 'size COLS ROWS', 2).map(Number)
    session.size = { cols, rows }
    session.terminal?.shell.resize(cols, rows)
  },
}

function shellOf(session: Session) {
  if (session.terminal === undefined) throw new Error('no terminal is open: begin with tty vibesecrets …')
  return session.terminal.shell
}
