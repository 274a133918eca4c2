import { commands as modules } from '../commands/index.js'
import { createApp } from './app.js'
import { type CommandFacts, type CommandName, commandNamed, commands } from './config/commands.js'
import { allSettings } from './config/settings.js'
import { closest } from './config/suggest.js'
import { Failure, isFailure } from './core/failure.js'
import type { Io } from './main.js'
import { parse } from './program/arguments.js'
import { createOutput } from './ui/output.js'

export type Found =
  | { readonly command: CommandName; readonly rest: readonly string[] }
  | { readonly command: 'help'; readonly topic: CommandName | undefined }

/** Which command the arguments name; an unknown one is answered here, with a suggestion. */
export async function commandOf(io: Io): Promise<Found | undefined> {
  const at = wordAt(io.argv)
  const word = at === undefined ? undefined : io.argv[at]
  if (at === undefined || word === undefined)
    return await refuse(io, new Failure('USAGE', { why: 'no command was given', hints: [seeHelp] }))
  if (word === 'help') return await helpOn(io, io.argv[at + 1])
  const two = commandNamed(`${word} ${io.argv[at + 1] ?? ''}`)
  const found = two ?? commandNamed(word)
  if (found === undefined) return await refuse(io, unknownCommand(word))
  const width = two === undefined ? 1 : 2
  return { command: found.name, rest: [...io.argv.slice(0, at), ...io.argv.slice(at + width)] }
}

async function helpOn(io: Io, word: string | undefined): Promise<Found | undefined> {
  if (word === undefined || word.startsWith('-')) return { command: 'help', topic: undefined }
  const topic = commandNamed(word)?.name
  return topic === undefined ? await refuse(io, unknownCommand(word)) : { command: 'help', topic }
}

const seeHelp = { what: 'see all commands', command: 'vibesecrets --help' }

async function refuse(io: Io, failure: Failure): Promise<undefined> {
  const format = asksForJson(io, io.argv) ? { format: 'json' } : {}
  await createOutput({ stdout: io.stdout, stderr: io.stderr, env: io.env, ...format }).error(failure)
  return undefined
}

/** Only words that look like a command are repeated: what was typed may be a value in the wrong place. */
function unknownCommand(word: string): Failure {
  const all: readonly CommandFacts[] = commands
  const meant = closest(
    word,
    all.flatMap(({ name, aliases = [] }) => [name, ...aliases]),
  )
  const isWord = meant !== undefined && /^[a-z-]{1,20}$/.test(word)
  return new Failure('USAGE', {
    why: isWord ? `there is no command "${word}"` : 'there is no such command',
    hints: [...(meant === undefined ? [] : [{ what: 'perhaps you meant', command: `vibesecrets ${meant}` }]), seeHelp],
  })
}

/** The first word that is neither an option nor an option's value. */
function wordAt(argv: readonly string[]): number | undefined {
  const taking = new Set(
    allSettings().flatMap(({ type, name, short }) =>
      type === 'boolean' ? [] : [`--${name}`, ...(short === undefined ? [] : [`-${short}`])],
    ),
  )
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? ''
    if (!word.startsWith('-') || word === '-') return at
    if (taking.has(word)) at++
  }
  return undefined
}

/** One command from its arguments to its exit code; whatever is thrown below is said here. */
export async function runCommand(io: Io, name: CommandName, rest: readonly string[]): Promise<number> {
  const format = asksForJson(io, rest) ? { format: 'json' } : {}
  const early = createOutput({ stdout: io.stdout, stderr: io.stderr, env: io.env, ...format })
  const app = await begin(io, name, rest).catch((error: unknown) => early.error(error))
  if (typeof app === 'number') return app
  try {
    const { run } = await modules[name]()
    return await Promise.race([run(app, app.words), app.cutShort])
  } catch (error) {
    const stopped = isFailure(error, 'INTERRUPTED', 'TERMINATED') ? undefined : app.interruption()
    const last = app.worldAfter(error)
    return await app.out.error(stopped ?? error, last === undefined ? {} : { last })
  } finally {
    await app.close()
  }
}

async function begin(io: Io, name: CommandName, rest: readonly string[]) {
  const { flags, words } = parse(name, rest)
  return { ...(await createApp(io, name, flags, words)), words }
}

const asksForJson = ({ env }: Io, rest: readonly string[]): boolean =>
  env['VIBESECRETS_FORMAT'] === 'json' ||
  rest.some(
    (word, at) => word === '--json' || word === '--format=json' || (word === '--format' && rest[at + 1] === 'json'),
  )
