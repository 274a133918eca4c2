import { visible, visibleBlock, visibleJson } from './escape.js'
import { exitCodeOf, type FailureText, failureJson, renderFailure } from './failures.js'
import { truncate } from './layout.js'
import { createPen, type Pen, type Pipe } from './pen.js'
import { createProgress, type Progress, progressWanted } from './progress.js'
import { createRedactor, type Redactor } from './redact.js'
import { colorWanted, paint, warn } from './style.js'

export interface OutputOptions {
  readonly stdout: Pipe
  readonly stderr: Pipe
  readonly env: Readonly<Record<string, string | undefined>>
  /** `--no-color` is `never`. */
  readonly color?: 'auto' | 'always' | 'never'
  /** With `json` an error is also an object on stdout. */
  readonly format?: string
  readonly quiet?: boolean
  readonly verbose?: boolean
  /** `false` for `--no-progress`. */
  readonly progress?: boolean
  readonly redactor?: Redactor
}

/** The one writer of the program. Everything but `raw` is redacted, then escaped. */
export interface Output {
  /** The answer, to stdout. */
  result(text: string): Promise<void>
  /** One object, to stdout. */
  json(value: unknown): Promise<void>
  /** Exact bytes, to stdout: only for `get`, `decrypt` and the like. A terminal gets a newline after them. */
  raw(bytes: Uint8Array): Promise<void>
  /** To stderr, not with `--quiet`. */
  note(text: string): Promise<void>
  /** To stderr, also with `--quiet`. */
  warn(text: string): Promise<void>
  /** Says what failed, why and what to type, and tells the exit code. */
  error(error: unknown, text?: FailureText): Promise<number>
  /** To stderr, with `--verbose`, `LOG_LEVEL=debug` or `DEBUG=vibebox:secrets`. */
  debug(text: string): Promise<void>
  readonly progress: Progress
  readonly redactor: Redactor
  /** Columns for reports; `undefined` where nothing may be cut. */
  readonly width: number | undefined
  /** Whether stdout is a terminal. */
  readonly isTerminal: boolean
  /** Ends the progress line and waits for all that was written. Throws when stdout could not be written. */
  flush(): Promise<void>
}

/** Install its redactor with `witnessSecrets(output.redactor.add)`. */
export function createOutput(options: OutputOptions): Output {
  const { stdout, stderr, env } = options
  const redactor = options.redactor ?? createRedactor()
  const level = levelOf(options)
  const colors = { out: colorOf(options, stdout), err: colorOf(options, stderr) }
  const clean = (text: string, color: boolean): string => paint(visibleBlock(redactor.redact(text)), color)
  const progress = createProgress({
    stream: stderr,
    enabled: level !== 'quiet' && options.progress !== false && progressWanted({ isTTY: stderr.isTTY === true, env }),
    color: colors.err,
    clean: (text) => truncate(visible(redactor.redact(text)), (stderr.columns || 80) - 3),
  })
  const out = createPen(stdout, 'standard output', progress.aside)
  const err = createPen(stderr, 'standard error', progress.aside)
  const say = (text: string): Promise<void> => err.write(line(clean(text, colors.err)))
  const pretty = stdout.isTTY === true ? 2 : 0
  let answered = false

  function json(value: unknown): Promise<void> {
    answered = true
    return out.write(line(visibleJson(JSON.stringify(redacted(value, redactor), undefined, pretty))))
  }

  return {
    result: (text) => out.write(line(clean(text, colors.out))),
    json,
    raw: (bytes) => writeRaw(out, bytes, stdout.isTTY === true),
    note: (text) => (level === 'quiet' ? Promise.resolve() : say(text)),
    warn: (text) => say(`${warn('warning:')} ${text}`),
    async error(error, text) {
      progress.stop()
      if (options.format === 'json' && !answered) await json(failureJson(error))
      await say(renderFailure(error, text))
      return exitCodeOf(error)
    },
    debug: (text) => (level === 'debug' ? say(text) : Promise.resolve()),
    progress,
    redactor,
    width: stdout.isTTY === true ? stdout.columns || 80 : undefined,
    isTerminal: stdout.isTTY === true,
    async flush() {
      progress.stop()
      await err.flush().catch(dropped)
      await out.flush()
    },
  }
}

/** A stderr that cannot be written cannot be complained about either; the exit code stands. */
const dropped = (): void => {}

const colorOf = ({ env, color = 'auto' }: OutputOptions, stream: Pipe): boolean =>
  colorWanted({ isTTY: stream.isTTY === true, env, color })

const line = (text: string): string => (text.endsWith('\n') ? text : `${text}\n`)

async function writeRaw(pen: Pen, bytes: Uint8Array, isTerminal: boolean): Promise<void> {
  await pen.write(bytes)
  if (isTerminal && bytes.at(-1) !== 10) await pen.write('\n')
}

function levelOf({ quiet, verbose, env }: OutputOptions): 'quiet' | 'normal' | 'debug' {
  const log = (env['LOG_LEVEL'] ?? '').toLowerCase()
  if (verbose === true || isOurDebug(env['DEBUG'] ?? '')) return 'debug'
  if (quiet === true) return 'quiet'
  if (log === 'debug' || log === 'trace') return 'debug'
  return log === 'error' || log === 'silent' ? 'quiet' : 'normal'
}

const isOurDebug = (names: string): boolean =>
  names.split(/[\s,]+/).some((name) => ['vibebox:secrets', 'vibebox:*', '*'].includes(name))

/** Keys are redacted too, but only long ones: ours are short words that a value may be equal to. */
const LONG_KEY = 20

/** A copy with every string redacted, so that the text is valid JSON whatever the values are. */
function redacted(value: unknown, redactor: Redactor): unknown {
  if (typeof value === 'string') return redactor.redact(value)
  if (typeof value !== 'object' || value === null) return value
  if ('toJSON' in value && typeof value.toJSON === 'function') return redacted(value.toJSON(), redactor)
  if (Array.isArray(value)) return value.map((item) => redacted(item, redactor))
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key.length < LONG_KEY ? key : redactor.redact(key),
      redacted(item, redactor),
    ]),
  )
}
