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

/** From arguments to exit code. Whatever is thrown below becomes one error of three parts. */
export async function main(io: Io): Promise<number> {
  try {
    return await answer(io)
  } catch (error) {
    const { createOutput } = await import('./ui/output.js')
    return await createOutput({ stdout: io.stdout, stderr: io.stderr, env: io.env }).error(error)
  }
}

async function answer(io: Io): Promise<number> {
  const { argv } = io
  const before = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : argv.length)
  if (argv.length === 0 || isHelp(argv[0])) return await help(io, undefined)
  if (before.some(isVersion)) return await version(io)
  const { runCommand, commandOf } = await import('./program.js')
  const found = await commandOf(io)
  if (found === undefined) return 2
  if (found.command === 'help') return await help(io, found.topic)
  if (before.some(isHelp)) return await help(io, found.command)
  return await runCommand(io, found.command, found.rest)
}

const isVersion = (word: string): boolean => word === '-V' || word === '--version'
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
