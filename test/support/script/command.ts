import type { Session } from './session.js'

/** What stands before a command: `!` wants its opposite, `?` takes either end, `reveals` lets stdout show values. */
export interface Manner {
  readonly negated: boolean
  readonly either: boolean
  readonly revealing: boolean
  /** File and line, for what is found later. */
  readonly where: string
}

export type Command = (session: Session, args: readonly string[], manner: Manner) => void | Promise<void>

export function check(holds: boolean, message: string): void {
  if (!holds) throw new Error(message)
}

/** Exactly `count` words, or an error that shows how the command is written. */
export function taking(args: readonly string[], usage: string, least: number, most = least): readonly string[] {
  if (args.length < least || args.length > most) throw new Error(`written as: ${usage}`)
  return args
}

/** `NAME=value` → both; the value may hold more `=`. */
export function pair(word: string): readonly [string, string] {
  const at = word.indexOf('=')
  if (at < 1) throw new Error(`${word} is not NAME=value`)
  return [word.slice(0, at), word.slice(at + 1)]
}
