import type { Ora } from 'ora'
import type { Pipe } from './pen.js'

/** One line on stderr that says what is going on, and is gone when it is over. */
export interface Progress {
  /** Shows the line, or changes what it says. */
  show(text: string): void
  /** Takes it away; nothing is left behind. */
  stop(): void
}

export interface ProgressLine extends Progress {
  /** Writes with the line out of the way. */
  aside(write: () => Promise<void>): Promise<void>
}

export interface ProgressOptions {
  readonly stream: Pipe
  readonly enabled: boolean
  readonly color: boolean
  /** Makes text printable: one line, cut to the terminal. */
  readonly clean: (text: string) => string
  /** What is over sooner than this shows no line, and costs no loading. */
  readonly afterMs?: number
}

/** Whether a line that moves is wanted. */
export function progressWanted(facts: {
  readonly isTTY: boolean
  readonly env: Readonly<Record<string, string | undefined>>
}): boolean {
  const { env, isTTY } = facts
  const inCI = env['CI'] !== undefined && env['CI'] !== '' && env['CI'] !== 'false' && env['CI'] !== '0'
  return isTTY && !inCI && env['TERM'] !== 'dumb'
}

/** The spinner's library loads when a line is first due. */
export function createProgress(options: ProgressOptions): ProgressLine {
  return options.enabled ? spinnerLine(options) : { show: () => {}, stop: () => {}, aside: (write) => write() }
}

function spinnerLine({ stream, color, clean, afterMs = 200 }: ProgressOptions): ProgressLine {
  let text: string | undefined
  let spinner: Ora | undefined
  let timer: NodeJS.Timeout | undefined
  let writing = 0

  function draw(): void {
    if (spinner === undefined || text === undefined || writing > 0) return
    spinner.text = clean(text)
    if (!spinner.isSpinning) spinner.start()
  }

  async function load(): Promise<void> {
    const { default: ora } = await import('ora')
    // Ora must not touch stdin: a prompt may follow, and Ctrl-C has to reach us as a signal.
    spinner ??= ora({
      stream: stream as NodeJS.WriteStream,
      discardStdin: false,
      isEnabled: true,
      color: color && 'cyan',
    })
    draw()
  }

  return {
    show(next) {
      text = next
      if (spinner !== undefined) draw()
      else timer ??= setTimeout(() => void load(), afterMs).unref()
    },
    stop() {
      clearTimeout(timer)
      timer = undefined
      text = undefined
      spinner?.stop()
    },
    async aside(write) {
      writing++
      spinner?.stop()
      await write()
      writing--
      draw()
    },
  }
}
