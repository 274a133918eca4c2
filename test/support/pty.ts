import { spawn } from '@lydell/node-pty'
import { Screen, withoutEscapes } from './screen.js'

export interface TerminalOptions {
  readonly cols?: number
  readonly rows?: number
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}

/** A program on a real terminal. Waits are for machines that are slow: they only end early, never a good test. */
export interface Terminal {
  send(text: string): void
  /** Waits until the output after the last match holds the pattern; gives the matched text. */
  expect(pattern: RegExp, waitMs?: number): Promise<string>
  /** Waits until what a person sees holds the pattern. */
  shows(pattern: RegExp, waitMs?: number): Promise<void>
  /** What a person sees now. */
  screen(): string
  /** All output so far, as it came. */
  transcript(): string
  resize(cols: number, rows: number): void
  /** Waits for the end; a signal shows as 128 and its number. */
  exit(waitMs?: number): Promise<number>
  kill(): void
}

const PATIENCE_MS = 60_000

export function open(command: readonly string[], options: TerminalOptions = {}): Terminal {
  const [program = '', ...args] = command
  const { cols = 80, rows = 24, cwd, env } = options
  const where = cwd === undefined ? {} : { cwd }
  const child = spawn(program, args, { name: 'xterm-256color', cols, rows, env: { ...env }, ...where })
  const screen = new Screen(cols, rows)
  const watchers = new Set<() => void>()
  let transcript = ''
  let seen = 0
  let code: number | undefined

  const changed = () => {
    for (const watcher of [...watchers]) watcher()
  }
  child.onData((text) => {
    transcript += text
    screen.write(text)
    changed()
  })
  child.onExit(({ exitCode, signal }) => {
    code = signal ? 128 + signal : exitCode
    changed()
  })

  /** Resolves with what `look` finds; rejects when the program ended, or nothing came, without it. */
  function until<T>(look: () => T | undefined, wanted: string, waitMs: number): Promise<T> {
    return new Promise((done, failed) => {
      const finish = (act: () => void) => {
        clearTimeout(timer)
        watchers.delete(watch)
        act()
      }
      const missing = (why: string) => finish(() => failed(new Error(`${why}, wanted ${wanted}\n${screen.text()}`)))
      const watch = () => {
        const found = look()
        if (found !== undefined) finish(() => done(found))
        else if (code !== undefined) missing(`the program ended with ${code}`)
      }
      const timer = setTimeout(() => missing(`nothing for ${waitMs / 1000} s`), waitMs)
      watchers.add(watch)
      watch()
    })
  }

  return {
    send: (text) => child.write(text),
    expect(pattern, waitMs = PATIENCE_MS) {
      const look = () => {
        const match = pattern.exec(withoutEscapes(transcript).slice(seen))
        if (match === null) return undefined
        seen += match.index + match[0].length
        return match[0]
      }
      return until(look, `${pattern}`, waitMs)
    },
    async shows(pattern, waitMs = PATIENCE_MS) {
      await until(() => (pattern.test(screen.text()) ? true : undefined), `${pattern}`, waitMs)
    },
    screen: () => screen.text(),
    transcript: () => transcript,
    resize(width, height) {
      child.resize(width, height)
      screen.resize(width, height)
    },
    exit: (waitMs = PATIENCE_MS) => until(() => code, 'its end', waitMs),
    kill() {
      if (code === undefined) child.kill('SIGKILL')
    },
  }
}
