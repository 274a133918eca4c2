import { Command, CommanderError } from 'commander'
import { commands as modules } from '../commands/index.js'
import { type CommandName, commandNamed, commands, factsOf } from './config/commands.js'
import { type Flags, optionsFor, readFlags } from './config/flags.js'
import { settingsOf } from './config/settings.js'
import { closest } from './config/suggest.js'
import { Failure } from './core/failure.js'
import { providerIds } from './core/ports.js'
import { createApp } from './app.js'
import type { Io } from './main.js'
import { createOutput } from './ui/output.js'

export type Found =
  | { readonly command: CommandName; readonly rest: readonly string[] }
  | { readonly command: 'help'; readonly topic: CommandName | undefined }

/** Which command the arguments name; an unknown one is answered here, with a suggestion. */
export async function commandOf(io: Io): Promise<Found | undefined> {
  const at = wordAt(io.argv)
  const word = at === undefined ? undefined : io.argv[at]
  if (at === undefined || word === undefined) return await refuse(io, new Failure('USAGE', { why: 'no command was given', hints: [seeHelp] }))
  if (word === 'help') return { command: 'help', topic: commandNamed(io.argv[at + 1] ?? '')?.name }
  const two = `${word} ${io.argv[at + 1] ?? ''}`
  const found = commandNamed(two) ?? commandNamed(word)
  if (found === undefined) return await refuse(io, unknownCommand(word))
  const width = commandNamed(two) === undefined ? 1 : 2
  return { command: found.name, rest: [...io.argv.slice(0, at), ...io.argv.slice(at + width)] }
}

const seeHelp = { what: 'see all commands', command: 'vibesecrets --help' }

async function refuse(io: Io, failure: Failure): Promise<undefined> {
  await createOutput({ stdout: io.stdout, stderr: io.stderr, env: io.env }).error(failure)
  return undefined
}

/** Only words that look like a command are repeated: what was typed may be a value in the wrong place. */
function unknownCommand(word: string): Failure {
  const meant = closest(word, commands.map(({ name }) => name))
  return new Failure('USAGE', {
    why: meant === undefined || !/^[a-z-]{1,20}$/.test(word) ? 'there is no such command' : `there is no command "${word}"`,
    hints: meant === undefined ? [seeHelp] : [{ what: 'perhaps you meant', command: `vibesecrets ${meant}` }],
  })
}

/** The first word that is neither an option nor an option's value. */
function wordAt(argv: readonly string[]): number | undefined {
  const taking = new Set(settingsOf('list').flatMap((one) => (one.type === 'boolean' ? [] : [`--${one.name}`, ...(one.short === undefined ? [] : [`-${one.short}`])])))
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? ''
    if (!word.startsWith('-') || word === '-') return at
    if (taking.has(word)) at++
  }
  return undefined
}

export async function runCommand(io: Io, name: CommandName, rest: readonly string[]): Promise<number> {
  const out = createOutput({ stdout: io.stdout, stderr: io.stderr, env: io.env, ...(asksForJson(rest) ? { format: 'json' } : {}) })
  let parsed: { flags: Flags; args: string[] }
  try {
    parsed = parse(name, rest)
  } catch (error) {
    return await out.error(error)
  }
  const app = await createApp(io, name, parsed.flags).catch(async (error: unknown) => await out.error(error))
  if (typeof app === 'number') return app
  try {
    const { run } = await modules[name]()
    return await run(app, parsed.args)
  } catch (error) {
    return await app.out.error(app.interruption() ?? error)
  } finally {
    await app.close()
  }
}

const asksForJson = (rest: readonly string[]): boolean =>
  rest.some((word, at) => word === '--json' || word === '--format=json' || (word === '--format' && rest[at + 1] === 'json'))

function parse(name: CommandName, rest: readonly string[]): { flags: Flags; args: string[] } {
  const program = new Command(name).exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined })
  program.helpOption(false).argument('[words...]').allowExcessArguments(true)
  const options = optionsFor(name)
  for (const { flags, meaning, repeatable } of options)
    if (repeatable) program.option(flags, meaning, (value: string, all: string[] | undefined) => [...(all ?? []), value])
    else program.option(flags, meaning)
  try {
    program.parse([...rest], { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) throw usage(error, name, rest)
    throw error
  }
  return withProvider(name, readFlags(name, program.opts()), program.args)
}

/** The provider may stand among the words: first, as in the old scripts, or last. */
function withProvider(name: CommandName, flags: Flags, words: readonly string[]): { flags: Flags; args: string[] } {
  const { args } = factsOf(name)
  const needed = args.match(/<[^>]+>/g)?.length ?? 0
  if (!args.includes('[provider]') || words.length <= needed) return { flags, args: [...words] }
  const at = isProvider(words[0] ?? '') ? 0 : isProvider(words.at(-1) ?? '') ? words.length - 1 : undefined
  if (at === undefined) return { flags, args: [...words] }
  const provider = words[at] ?? ''
  if (flags['provider'] !== undefined && flags['provider'] !== provider)
    throw new Failure('USAGE', { doing: name, why: `two providers were named: ${provider} and, with --provider, another one` })
  return { flags: { ...flags, provider }, args: words.filter((_, index) => index !== at) }
}

const isProvider = (word: string): boolean => (providerIds as readonly string[]).includes(word)

/** Commander's messages repeat what was typed; ours repeat no more than an option's name. */
function usage(error: CommanderError, command: CommandName, rest: readonly string[]): Failure {
  const names = settingsOf(command).map((one) => `--${one.name}`)
  const typed = rest.find((word) => word.startsWith('-') && !isKnown(word, command))?.split('=')[0] ?? ''
  const help = { what: 'see its options', command: `vibesecrets ${command} --help` }
  if (error.code === 'commander.unknownOption') {
    const meant = closest(typed, names)
    return new Failure('USAGE', {
      doing: command,
      why: /^--[a-z][a-z-]{0,30}$/.test(typed) && meant !== undefined ? `there is no option ${typed}` : 'there is no such option',
      hints: [...(meant === undefined ? [] : [{ what: 'perhaps you meant', command: `vibesecrets ${command} ${meant}` }]), help],
    })
  }
  if (error.code === 'commander.optionMissingArgument') {
    const option = /option '([^'=]*)'/.exec(error.message)?.[1]?.match(/--[a-z-]+/)?.[0]
    return new Failure('USAGE', { doing: command, why: `${option ?? 'an option'} needs a value`, hints: [help] })
  }
  return new Failure('USAGE', { doing: command, why: 'the options cannot be read', hints: [help] })
}

function isKnown(word: string, command: CommandName): boolean {
  const bare = word.split('=')[0] ?? ''
  return settingsOf(command).some((one) => bare === `--${one.name}` || bare === `-${one.short ?? ''}` || bare === `--no-${one.name}`)
}
