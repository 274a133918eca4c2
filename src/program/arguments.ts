import { Command, CommanderError } from 'commander'
import { type CommandName, factsOf } from '../config/commands.js'
import { isProvider } from '../config/detect.js'
import { type Flags, optionsFor, readFlags } from '../config/flags.js'
import { closestProvider } from '../config/resolve.js'
import { longName, type NamedSetting, settingsOf } from '../config/settings.js'
import { closest } from '../config/suggest.js'
import { Failure } from '../core/failure.js'

/** What stands behind a command's name. */
export interface Parsed {
  readonly flags: Flags
  readonly words: readonly string[]
}

/** Options and words of a command. Throws USAGE, which repeats no more of them than the name of an option. */
export function parse(name: CommandName, rest: readonly string[]): Parsed {
  const program = new Command(name)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined, writeOut: () => undefined })
    .helpOption(false)
    .argument('[words...]')
    .allowExcessArguments(true)
  for (const { flags, meaning, repeatable } of optionsFor(name))
    if (repeatable)
      program.option(flags, meaning, (value: string, all: string[] | undefined) => [...(all ?? []), value])
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
function withProvider(name: CommandName, flags: Flags, words: readonly string[]): Parsed {
  const { args } = factsOf(name)
  const needed = args.match(/<[^>]+>/g)?.length ?? 0
  if (!args.includes('[provider]') || words.length <= needed) return { flags, words }
  const at = [words.length - 1, 0].find((index) => isProvider(words[index] ?? ''))
  if (at === undefined) return { flags, words: refuseMisspelt(name, words) }
  const provider = words[at] ?? ''
  if (flags['provider'] !== undefined && flags['provider'] !== provider)
    throw new Failure('USAGE', { doing: name, why: 'two providers were named: one as a word, another by --provider' })
  return { flags: { ...flags, provider }, words: words.filter((_, index) => index !== at) }
}

function refuseMisspelt(name: CommandName, words: readonly string[]): readonly string[] {
  const last = words.at(-1) ?? ''
  const meant = closestProvider(last)
  if (meant === undefined || !/^[a-z][a-z0-9]{1,7}$/.test(last)) return words
  throw new Failure('USAGE', {
    doing: name,
    why: `there is no provider "${last}"`,
    hints: [{ what: 'perhaps you meant', command: `vibesecrets ${[name, ...words.slice(0, -1), meant].join(' ')}` }],
  })
}

/** Commander's messages repeat what was typed; ours repeat no more than an option's name. */
function usage(error: CommanderError, doing: CommandName, rest: readonly string[]): Failure {
  const help = { what: 'see its options', command: `vibesecrets ${doing} --help` }
  if (error.code === 'commander.optionMissingArgument') {
    const option = /option '([^'=]*)'/.exec(error.message)?.[1]?.match(/--[a-z-]+/)?.[0]
    return new Failure('USAGE', { doing, why: `${option ?? 'an option'} needs a value`, hints: [help] })
  }
  if (error.code !== 'commander.unknownOption')
    return new Failure('USAGE', { doing, why: 'the options cannot be read', hints: [help] })
  const settings = settingsOf(doing)
  const filled = rest.map(bare).find((word, at) => word !== rest[at] && isSwitch(word, settings))
  if (filled !== undefined) return new Failure('USAGE', { doing, why: `${filled} takes no value`, hints: [help] })
  return unknownOption(doing, rest.map(bare), settings)
}

function unknownOption(doing: CommandName, options: readonly string[], settings: readonly NamedSetting[]): Failure {
  const names = settings.map((one) => `--${longName(one)}`)
  const typed = options.find((word) => word.startsWith('-') && !isKnown(word, settings)) ?? ''
  const meant = closest(typed, names)
  const why = meant !== undefined && /^--[a-z][a-z-]{0,30}$/.test(typed) ? `there is no option ${typed}` : undefined
  return new Failure('USAGE', {
    doing,
    why: why ?? 'there is no such option',
    hints: [
      ...(meant === undefined ? [] : [{ what: 'perhaps you meant', command: `vibesecrets ${doing} ${meant}` }]),
      { what: 'see its options', command: `vibesecrets ${doing} --help` },
    ],
  })
}

/** Without what stands after `=`. */
const bare = (word: string): string => (word.startsWith('-') ? (word.split('=')[0] ?? '') : word)

const isKnown = (word: string, settings: readonly NamedSetting[]): boolean =>
  settings.some((one) => word === `--${longName(one)}` || word === `-${one.short ?? ''}`)

const isSwitch = (word: string, settings: readonly NamedSetting[]): boolean =>
  settings.some((one) => one.type === 'boolean' && word === `--${longName(one)}`)
