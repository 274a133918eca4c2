/** The codes are public API (`--json`, scripts): never rename one. Meanings of the exits stand in README. */
const table = {
  INTERNAL: { exit: 1 },
  USAGE: { exit: 2 },
  CONFIG_INVALID: { exit: 2 },
  NO_TERMINAL: { exit: 2 },
  PROVIDER_AMBIGUOUS: { exit: 2 },
  UNSUPPORTED: { exit: 2 },
  INSECURE: { exit: 2 },
  DIFFERS: { exit: 3 },
  CONFLICT: { exit: 4 },
  FOREIGN_CHANGE: { exit: 5 },
  PLAN_STALE: { exit: 5 },
  PLAN_USED: { exit: 5 },
  UNKNOWN_STATE: { exit: 6 },
  NOT_CONFIRMED: { exit: 7 },
  AUDIT_UNAVAILABLE: { exit: 8 },
  INPUT_INVALID: { exit: 65 },
  INPUT_AMBIGUOUS: { exit: 65 },
  NAME_INVALID: { exit: 65 },
  VALUE_UNFIT: { exit: 65 },
  DAMAGED: { exit: 65 },
  FORMAT_NEWER: { exit: 65 },
  INPUT_MISSING: { exit: 66 },
  SECRET_NOT_FOUND: { exit: 66 },
  SECRET_DELETED: { exit: 66 },
  UNAVAILABLE: { exit: 69, retryable: true },
  TIMEOUT: { exit: 69, retryable: true },
  PROTOCOL: { exit: 69 },
  NO_EFFECT: { exit: 69 },
  IO: { exit: 74 },
  DISK_FULL: { exit: 74 },
  LOCKED: { exit: 75, retryable: true },
  THROTTLED: { exit: 75, retryable: true },
  PERMISSION_DENIED: { exit: 77 },
  UNAUTHENTICATED: { exit: 77 },
  KEY_MISSING: { exit: 77 },
  KEY_WRONG: { exit: 77 },
  INTERRUPTED: { exit: 130 },
  TERMINATED: { exit: 143 },
} as const satisfies Record<string, { exit: number; retryable?: boolean }>

export type FailureCode = keyof typeof table
export const failureCodes = Object.keys(table) as readonly FailureCode[]

/** Where in an input: lines and columns count from 1, `offset` is in bytes from 0. */
export interface Place {
  readonly file: string
  readonly line?: number
  readonly column?: number
  readonly offset?: number
}

/** One way on: a command to type, and what it does. */
export interface Hint {
  readonly what: string
  readonly command?: string
}

/** Facts for the sentence. Never a value, never the text of a server's answer. */
export interface FailureDetails {
  /** What was being done: "reading", "writing", "opening the local store". */
  readonly doing?: string
  readonly secret?: string
  readonly target?: string
  /** Why it failed, in words, lower case, no full stop. */
  readonly why?: string
  readonly place?: Place
  /** All problems of an input, one line each. */
  readonly problems?: readonly string[]
  readonly hints?: readonly Hint[]
  /** Names of secrets, keys or candidates concerned. */
  readonly names?: readonly string[]
  /** Earliest useful time to try again, in milliseconds from now, where a service said it. */
  readonly retryAfterMs?: number
  /** True when the failed call may have taken effect all the same. */
  readonly mayHaveHappened?: boolean
  /** Of a run that stopped: how many of its `total` steps stand. */
  readonly done?: number
  readonly total?: number
}

/** The one error of the program: a code of the table and facts. Sentences are made in `ui/failures.ts`. */
export class Failure extends Error {
  readonly code: FailureCode
  readonly details: FailureDetails

  constructor(code: FailureCode, details: FailureDetails = {}, options?: { cause?: unknown }) {
    super(code, options)
    this.name = 'Failure'
    this.code = code
    this.details = details
  }

  get exit(): number {
    return table[this.code].exit
  }

  get retryable(): boolean {
    const row: { exit: number; retryable?: boolean } = table[this.code]
    return row.retryable === true
  }

  /** The same failure with more said about it; what it says already is kept. */
  with(more: FailureDetails): Failure {
    return new Failure(this.code, { ...more, ...this.details }, { cause: this.cause })
  }
}

export const exitOf = (code: FailureCode): number => table[code].exit

/** Narrow a caught value. */
export function isFailure(error: unknown, ...codes: FailureCode[]): error is Failure {
  return error instanceof Failure && (codes.length === 0 || codes.includes(error.code))
}
