/** The programs whose reading of a .env file is known here, each to the last blank. */
export const DIALECTS = ['dotenv', 'node', 'python', 'compose', 'docker', 'shell', 'systemd'] as const

/**
 * - `dotenv`: the npm package dotenv 18
 * - `node`: `util.parseEnv` and `--env-file` of Node 24
 * - `python`: python-dotenv 1.2, a variable being looked up in the file only
 * - `compose`: Docker Compose (compose-go 2.16), likewise
 * - `docker`: `docker run --env-file`
 * - `shell`: what `set -a; . ./.env` gives in bash, where the file runs no command
 * - `systemd`: `EnvironmentFile=`
 */
export type Dialect = (typeof DIALECTS)[number]

/** A dialect, or the reading of Node 20 that differs from Node 24's in a few places. */
export type Reading = Dialect | 'node20'

/** The four that are compared unasked: docker, shell and systemd differ from them too often. */
export const COMPARED = ['dotenv', 'node', 'python', 'compose'] as const satisfies readonly Dialect[]

/** One assignment of the file. Offsets count UTF-16 units of the decoded text, ends are exclusive. */
export interface EnvEntry {
  /** The name as the dialect reads it: `__proto__` is a name like any other. */
  readonly key: string
  /** The value as the dialect reads it, expanded where the dialect expands. */
  readonly value: string
  /** The line on which the assignment begins, from 1. */
  readonly line: number
  /** From `export`, or from the name. */
  readonly start: number
  /** To the end of the value as it is written: a comment behind it is not part of it. */
  readonly end: number
  /** The value as it is written, with its quotes; both are equal where nothing is written. */
  readonly valueStart: number
  readonly valueEnd: number
  /** The value before variables were put in; absent where that changed nothing. */
  readonly unexpanded?: string
  /** A later line gives the same key again, so the dialect never hands out this value. */
  readonly duplicate?: true
}

export type ProblemKind =
  /** The key stands on more than one line. */
  | 'duplicate'
  /** The dialect skips this line: it is no assignment to it. */
  | 'not-an-assignment'
  /** A name without a value: the dialect takes it from elsewhere, or leaves it out. */
  | 'no-value'
  /** The value uses a variable that the file does not set before: read as empty here. */
  | 'unset-variable'
  /** The dialect reads the assignment and then throws it away. */
  | 'dropped'

/** Something that the dialect lets pass in silence, and that its author may not have meant. */
export interface EnvProblem {
  readonly kind: ProblemKind
  readonly line: number
  /** The key concerned, where there is one. */
  readonly key?: string
  /** The variables that are not set, or why the assignment is dropped. Never a value. */
  readonly detail?: string
}

export interface ParsedEnv {
  /** All assignments in the order of the file, duplicates too. */
  readonly entries: readonly EnvEntry[]
  readonly problems: readonly EnvProblem[]
}

/** What a reader finds, in offsets of the text that it was given. */
export interface Binding {
  readonly key: string
  /** Undefined: the name stands alone, and an earlier value of it is gone. */
  readonly value: string | undefined
  readonly unexpanded?: string
  readonly start: number
  readonly valueStart: number
  readonly valueEnd: number
}

/** Where a reader reports what it passes over. */
export interface Notes {
  note(kind: ProblemKind, at: number, more?: { key?: string; detail?: string }): void
}

/** Reads a whole text. Throws a `Refusal` where the program would refuse the file. */
export type Reader = (text: string, notes: Notes) => Binding[]
