import { main } from '../src/main.js'

/** What the program sees of its environment; the command `run` hands it on whole. */
const env = { ...process.env }

/** The loggers of libraries print requests, tokens and values: they never learn that they were asked to. */
const LIBRARY_LOGGERS = [
  'DEBUG',
  'AZURE_LOG_LEVEL',
  'GOOGLE_SDK_NODE_LOGGING',
  'GRPC_TRACE',
  'GRPC_VERBOSITY',
  'GRPC_NODE_TRACE',
  'GRPC_NODE_VERBOSITY',
]

type Signal = 'SIGINT' | 'SIGTERM'
type Output = NodeJS.WriteStream

const used = new Set<Output>()
let outputFailed = false

hardenProcess()
start()

/** Nothing in the process may write what it holds to a place that nobody asked for: no library's log, warning or dump. */
function hardenProcess(): void {
  for (const name of LIBRARY_LOGGERS) delete process.env[name]
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true'
  process.removeAllListeners('warning')
  process.report.reportOnFatalError = false
  process.report.reportOnSignal = false
  process.report.reportOnUncaughtException = false
  process.on('uncaughtException', crash)
  process.on('unhandledRejection', crash)
}

function start(): void {
  main({
    argv: process.argv.slice(2),
    env,
    cwd: process.cwd(),
    get stdin() {
      return process.stdin
    },
    get stdout() {
      return guarded(process.stdout)
    },
    get stderr() {
      return guarded(process.stderr)
    },
    onSignal,
    pid: process.pid,
    execPath: process.execPath,
    nodeVersion: process.versions.node,
  }).then(finish, crash)
}

/** The handler replaces the default end by the signal until the returned function is called. */
function onSignal(handler: (signal: Signal) => void): () => void {
  process.on('SIGINT', handler)
  process.on('SIGTERM', handler)
  return () => {
    process.off('SIGINT', handler)
    process.off('SIGTERM', handler)
  }
}

/** A reader that went away (`| head -1`) must not stop a run half-way; any other failure shows in the exit code. */
function guarded(stream: Output): Output {
  if (!used.has(stream)) stream.on('error', noteFailure)
  used.add(stream)
  return stream
}

function noteFailure(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') outputFailed = true
}

/** Connections that a library keeps open would hold the process: it ends as soon as its output is out. */
async function finish(code: number): Promise<void> {
  await Promise.all([...used].map(drained))
  process.exit(code === 0 && outputFailed ? 74 : code)
}

function drained(stream: Output): Promise<void> {
  return new Promise((done) => {
    if (stream.destroyed || stream.writableEnded) done()
    else stream.write('', () => done())
  })
}

/** A bug. Messages may hold values, so only the kind of error and the places in the code are told. */
function crash(error: unknown): void {
  const kind = error instanceof Error ? error.name : typeof error
  const places = error instanceof Error ? (error.stack ?? '').split('\n').filter((line) => /^ {4}at /.test(line)) : []
  guarded(process.stderr).write(
    `${[`error: internal error (${kind}): a bug in vibesecrets`, ...places, '  see what is unfinished:  vibesecrets status'].join('\n')}\n`,
    () => process.exit(1),
  )
}
