import type { CommandName } from './config/commands.js'
import { Failure } from './core/failure.js'

export type Stop = () => void

/** The program's surroundings. Only `bin/` knows where they come from. */
export interface Io {
  readonly argv: readonly string[]
  readonly env: Record<string, string | undefined>
  readonly cwd: string
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  readonly onSignal: (handler: (signal: 'SIGINT' | 'SIGTERM') => void) => Stop
  readonly pid: number
  readonly execPath: string
  /** "20.19.0" */
  readonly nodeVersion: string
}

/** From arguments to exit code. Whatever is thrown below becomes one error of three parts here. */
export async function main(io: Io): Promise<number> {
  const { argv } = io
  if (argv.length === 0 || isHelp(argv[0])) return await help(io, undefined)
  if (argv[0] === '-V' || argv[0] === '--version') return await version(io)
  const { runCommand, commandOf } = await import('./program.js')
  const found = await commandOf(io)
  if (found === undefined) return 2
  const before = argv.slice(0, argv.indexOf('--') === -1 ? argv.length : argv.indexOf('--'))
  if (found.command === 'help' || before.some(isHelp))
    return await help(io, found.command === 'help' ? found.topic : found.command)
  return await runCommand(io, found.command, found.rest)
}

const isHelp = (word: string | undefined): boolean => word === '-h' || word === '--help'

async function help(io: Io, command: CommandName | undefined): Promise<number> {
  const { helpText } = await import('./help.js')
  await write(io.stdout, helpText(command, io.stdout.isTTY === true ? io.stdout.columns : undefined))
  return 0
}

async function version(io: Io): Promise<number> {
  const { VERSION } = await import('./version.js')
  await write(io.stdout, `${VERSION}\n`)
  return 0
}

function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => {
      if (error && (error as NodeJS.ErrnoException).code !== 'EPIPE')
        reject(new Failure('IO', { doing: 'writing the result' }))
      else resolve()
    })
  })
}
