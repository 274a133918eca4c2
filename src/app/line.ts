import { type CommandName, factsOf } from '../config/commands.js'
import type { Flags } from '../config/flags.js'
import { settingsOf } from '../config/settings.js'
import { shellWord } from '../ui/text.js'

/** Options that hints repeat. Others are left out: they may hold what must not be shown, or say how, not what. */
const REPEATED: readonly string[] = [
  ...['provider', 'environment', 'prefix', 'config', 'state-dir', 'key-file', 'env-file', 'dialect', 'all', 'include'],
  ...['exclude', 'name', 'on-conflict', 'rewrite', 'reference-style', 'plain-backup', 'follow-symlinks', 'run'],
  ...['keep-secrets', 'recover', 'undo'],
]

export interface Change {
  /** Another command on the same place: it is given only options that it has, and no words. */
  readonly command?: CommandName
  readonly without?: readonly string[]
  /** The provider, where it was not typed. */
  readonly provider?: string
}

/** The command as it was typed, without values and without the program's name. */
export function typedLine(command: CommandName, flags: Flags, words: readonly string[]) {
  return ({ command: other = command, without = [], provider }: Change = {}): string => {
    const known = new Set<string>(settingsOf(other).map(({ name }) => name))
    const names = REPEATED.filter((name) => known.has(name) && !without.includes(name))
    return [
      other,
      ...(other === command ? words.map(shellWord) : []),
      ...(names.includes('provider') ? providerOf(other, flags['provider'] ?? provider) : []),
      ...names.flatMap((name) => (name === 'provider' ? [] : wordsOf(name, flags[name]))),
    ].join(' ')
  }
}

/** A word where the command takes it as one. */
function providerOf(command: CommandName, value: Flags[string] | undefined): string[] {
  if (typeof value !== 'string') return []
  return factsOf(command).args.includes('[provider]') ? [value] : [`--provider=${value}`]
}

function wordsOf(name: string, value: Flags[string] | undefined): string[] {
  if (value === undefined) return []
  if (typeof value === 'boolean') return [value ? `--${name}` : `--no-${name}`]
  return (typeof value === 'string' ? [value] : value).map((one) => `--${name}=${shellWord(one)}`)
}
