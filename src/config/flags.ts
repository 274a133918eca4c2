import type { AnyCommand } from './commands.js'
import { camel, flagsOf, type NamedSetting, settingsOf } from './settings.js'

/** What was given on the command line, by setting name; nothing else. */
export type Flags = Readonly<Record<string, string | boolean | readonly string[]>>

/** One option as a parser takes it. */
export interface OptionFacts {
  /** `-p, --provider <id>` */
  readonly flags: string
  readonly meaning: string
  readonly repeatable: boolean
}

/** The options of a command, for commander and for help. */
export function optionsFor(command: AnyCommand): readonly OptionFacts[] {
  return settingsOf(command).map((setting) => ({
    flags: flagsOf(setting),
    meaning: setting.meaning,
    repeatable: setting.type === 'list',
  }))
}

type Given = Readonly<Record<string, unknown>>

/** Commander's answer in our names: `--no-rewrite` is there as `rewrite: false`, and what was not given is not there. */
export function readFlags(command: AnyCommand, given: Given): Flags {
  const flags = settingsOf(command).map((setting) => [setting.name, givenFor(setting, given)] as const)
  return Object.fromEntries(flags.filter(([, value]) => value !== undefined)) as Flags
}

function givenFor({ name, negative }: NamedSetting, given: Given): string | boolean | readonly string[] | undefined {
  if (negative === true) return given[camel(name)] === false ? false : undefined
  if (name.startsWith('no-')) return given[camel(name.slice('no-'.length))] === false ? true : undefined
  const value = given[camel(name)]
  if (typeof value === 'string' || value === true) return value
  return Array.isArray(value) ? value.map(String) : undefined
}
