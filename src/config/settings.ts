import { type AnyCommand, factsOf } from './commands.js'
import { commonSettings } from './common-settings.js'
import { laterSettings } from './later-settings.js'
import { ownSettings } from './own-settings.js'

export type SettingType = 'boolean' | 'string' | 'integer' | 'duration' | 'list' | 'choice'

/** One option of the command line, and everything that is known about it. */
export interface Setting {
  readonly type: SettingType
  readonly short?: string
  /** The word in help for its value: `<file>`. */
  readonly value?: string
  readonly choices?: readonly string[]
  readonly default?: boolean | string | readonly string[]
  readonly meaning: string
  readonly commands: 'all' | readonly AnyCommand[]
  /** Its place in the config file. */
  readonly config?: string
  /** The commands that look there; default all that take the option. */
  readonly configFor?: readonly AnyCommand[]
  /** On unless said otherwise: the flag is `--no-…`, the variable `VIBESECRETS_NO_…`. */
  readonly negative?: true
  /** Further variables that mean the same, beside `VIBESECRETS_…`. */
  readonly variables?: readonly string[]
  /** `false`: no `VIBESECRETS_…` variable, because it would be dangerous or means something else. */
  readonly environment?: false
  /** For lists: each use of the option is one item, commas included (recipients, commands). */
  readonly whole?: true
  /** Smallest integer. */
  readonly least?: number
}

/** ONE table: flags, variables, config keys, help, the config command, docs and the schema are made from it. */
export const settings = { ...commonSettings, ...ownSettings, ...laterSettings }

export type SettingName = keyof typeof settings
export type NamedSetting = Setting & { readonly name: SettingName }

type Camel<Name extends string> = Name extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Name
type Plain<S extends Setting> = S['type'] extends 'boolean'
  ? boolean
  : S['type'] extends 'integer' | 'duration'
    ? number
    : S['type'] extends 'list'
      ? readonly string[]
      : S extends { readonly choices: readonly (infer Choice)[] }
        ? Choice
        : string

/**
 * What is in force: camelCase of each name. Durations are milliseconds. Missing where nobody said anything and there is
 * no default.
 */
export type Options = {
  readonly [Name in SettingName as Camel<Name>]?: Plain<(typeof settings)[Name]>
}

const entries: readonly NamedSetting[] = Object.entries(settings).map(([name, setting]) => ({
  ...(setting as Setting),
  name: name as SettingName,
}))

/** The options that a command takes, own ones first. */
export function settingsOf(command: AnyCommand): readonly NamedSetting[] {
  const own = entries.filter(({ commands }) => commands !== 'all' && commands.includes(command))
  return [...own, ...entries.filter(({ commands }) => commands === 'all')].map((one) => forCommand(one, command))
}

/** `--format` takes what the command can write. */
function forCommand(setting: NamedSetting, command: AnyCommand): NamedSetting {
  if (setting.name !== 'format') return setting
  return { ...setting, choices: ['text', 'json', ...(factsOf(command).formats ?? [])] }
}

/** All of them, for docs and the schema. */
export const allSettings = (): readonly NamedSetting[] => entries

/** `VIBESECRETS_ENV_FILE`. */
export function variableOf(setting: NamedSetting): string | undefined {
  return setting.environment === false
    ? undefined
    : `VIBESECRETS_${longName(setting).toUpperCase().replaceAll('-', '_')}`
}

/** What stands after the dashes. */
export const longName = ({ name, negative }: NamedSetting): string => (negative === true ? `no-${name}` : name)

/** `env-file` → `envFile`. */
export const camel = (name: string): string =>
  name.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())

/** `-p, --provider <id>`: as help shows it and as commander reads it. */
export function flagsOf(setting: NamedSetting): string {
  const { short, type, value } = setting
  const long = `--${longName(setting)}${type === 'boolean' ? '' : ` ${value ?? '<value>'}`}`
  return short === undefined ? long : `-${short}, ${long}`
}
