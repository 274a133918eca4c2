import type { Reading } from './types.js'

/** The program behind the dialect would refuse the whole file. Says where and why, never a value. */
export class EnvSyntaxError extends Error {
  readonly dialect: Reading
  /** From 1. */
  readonly line: number
  /** From 1, in UTF-16 units. */
  readonly column: number
  /** Lower case, no full stop. */
  readonly reason: string

  constructor(facts: { dialect: Reading; line: number; column: number; reason: string }) {
    super(`line ${facts.line}: ${facts.reason} (${facts.dialect})`)
    this.name = 'EnvSyntaxError'
    this.dialect = facts.dialect
    this.line = facts.line
    this.column = facts.column
    this.reason = facts.reason
  }
}

/** The bytes are no text that could be read and written back exactly. */
export class EnvEncodingError extends Error {
  /** The first byte that does not fit, from 0. */
  readonly offset: number
  readonly reason: string

  constructor(offset: number, reason: string) {
    super(`byte ${offset}: ${reason}`)
    this.name = 'EnvEncodingError'
    this.offset = offset
    this.reason = reason
  }
}

/** The rewritten text would not read as it should; nothing was changed. */
export class EnvRewriteError extends Error {
  readonly reason: string
  readonly key?: string
  readonly dialect?: Reading

  constructor(reason: string, where: { key?: string; dialect?: Reading } = {}) {
    super([reason, where.key, where.dialect && `(${where.dialect})`].filter(Boolean).join(' '))
    this.name = 'EnvRewriteError'
    this.reason = reason
    if (where.key !== undefined) this.key = where.key
    if (where.dialect !== undefined) this.dialect = where.dialect
  }
}

/** Thrown by a reader, with the offset in its own text; `parseEnv` makes an `EnvSyntaxError` of it. */
export class Refusal extends Error {
  readonly at: number

  constructor(at: number, reason: string) {
    super(reason)
    this.at = at
  }
}
