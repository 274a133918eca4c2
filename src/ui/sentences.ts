import type { FailureCode, FailureDetails, Hint } from '../core/failure.js'
import { duration, list, shellWord } from './text.js'

/** What is said about one code. */
export interface Sentence {
  /** What happened, with what was being done to which secret at which target. */
  readonly what: (about: string, details: FailureDetails) => string
  /** Said when the failure itself brings no reason. */
  readonly why?: string
  /** Said when the failure itself brings no way on; each has a command to type. */
  readonly next: (details: FailureDetails) => readonly Hint[]
}

const hint = (what: string, command: string) => (): readonly Hint[] => [{ what, command }]
const inForce = hint('see provider, place and options in force', 'vibesecrets config')
const status = hint('see what is unfinished', 'vibesecrets status')
const recover = hint('finish or undo it', 'vibesecrets recover')
const help = hint('see how it is used', 'vibesecrets --help')
const config = hint('see what is in force, and from where', 'vibesecrets config')
const explain = ({ names }: FailureDetails): readonly Hint[] => [
  { what: 'see each reading', command: `vibesecrets explain ${shellWord(names?.[0] ?? '<KEY>')}` },
]
const again = ({ retryAfterMs }: FailureDetails): readonly Hint[] => [
  {
    what: retryAfterMs === undefined ? 'try again in a moment' : `try again in ${duration(retryAfterMs)}`,
    command: 'vibesecrets status',
  },
]
const near = ({ secret }: FailureDetails): readonly Hint[] => [
  { what: secret === undefined ? 'see what there is' : 'see the names there are', command: 'vibesecrets list' },
]
const undelete = ({ secret }: FailureDetails): readonly Hint[] => [
  { what: 'bring it back', command: `vibesecrets delete --recover ${shellWord(secret ?? '<name>')}` },
]

/** `permission denied` + `reading db-url at aws …`. */
const failed =
  (words: string) =>
  (about: string, { doing }: FailureDetails): string =>
    joined(words, doing === undefined ? ': ' : ' ', about)
/** `unavailable` + `while reading db-url at aws …`. */
const during =
  (words: string) =>
  (about: string, { doing }: FailureDetails): string =>
    joined(words, doing === undefined ? ': ' : ' while ', about)
/** The reason is the whole sentence. */
const said =
  (words: string) =>
  (_about: string, { why }: FailureDetails): string =>
    why ?? words
const joined = (words: string, join: string, about: string): string => (about === '' ? words : words + join + about)
const named = (names: readonly string[] | undefined): string => (names === undefined ? '' : `: ${list(names, 5)}`)

/** Sentences for every code of `core/failure.ts`; a missing one does not compile. */
export const sentences: Readonly<Record<FailureCode, Sentence>> = {
  INTERNAL: {
    what: during('internal error'),
    why: 'this is a bug in vibesecrets; state on disk is kept',
    next: status,
  },
  USAGE: { what: said('the command line is not understood'), next: help },
  CONFIG_INVALID: { what: during('the configuration is not valid'), next: config },
  NO_TERMINAL: {
    what: during('an answer is needed, and there is no terminal to ask on'),
    why: 'stdin or stderr is not a terminal',
    next: hint('see how to answer by options', 'vibesecrets --help'),
  },
  PROVIDER_AMBIGUOUS: {
    what: (_about, { names }) => `more than one provider is configured${named(names)}`,
    why: 'a command that writes does not guess',
    next: ({ names = [] }) =>
      names.map((id) => ({ what: `use ${id}`, command: `SECRET_PROVIDER=${shellWord(id)} vibesecrets …` })),
  },
  UNSUPPORTED: {
    what: during('not possible'),
    why: 'the provider cannot do this',
    next: hint('see which provider is in force', 'vibesecrets config'),
  },
  INSECURE: {
    what: during('refused: it would not be safe'),
    next: hint('see what is in force, and from where', 'vibesecrets config'),
  },
  DIFFERS: { what: said('checked, and it differs'), next: hint('see what differs', 'vibesecrets validate') },
  CONFLICT: {
    what: (about, details) => failed('conflict')(about, details) + named(details.names),
    why: 'the target holds another value',
    next: () => [
      { what: 'keep theirs', command: 'vibesecrets migrate --on-conflict=skip' },
      { what: 'replace theirs', command: 'vibesecrets migrate --on-conflict=overwrite' },
    ],
  },
  FOREIGN_CHANGE: {
    what: (about, details) => during('changed by someone else')(about, details) + named(details.names),
    why: 'what is there is neither what was planned on nor what was to be written; it was left alone',
    next: status,
  },
  PLAN_STALE: {
    what: during('the plan does not fit what is there now'),
    next: hint('make a new plan', 'vibesecrets migrate --dry-run --out <plan>'),
  },
  PLAN_USED: { what: during('the plan was applied before'), next: status },
  UNKNOWN_STATE: {
    what: during('state unknown'),
    why: 'neither yes nor no was a certain answer; nothing was changed',
    next: status,
  },
  NOT_CONFIRMED: { what: during('applied, but not confirmed'), why: 'the old credential is still valid', next: status },
  AUDIT_UNAVAILABLE: {
    what: during('the audit log cannot be written'),
    why: 'without it nothing is changed',
    next: hint('see which state folder is in force', 'vibesecrets config'),
  },
  INPUT_INVALID: { what: during('bad input'), next: hint('check the file', 'vibesecrets validate --offline') },
  INPUT_AMBIGUOUS: { what: said('values mean different things to different programs'), next: explain },
  NAME_INVALID: {
    what: during('a name does not fit'),
    next: hint('give it another name', 'vibesecrets migrate --name <KEY=name>'),
  },
  VALUE_UNFIT: {
    what: during('a value does not fit'),
    next: hint('leave it in the file', 'vibesecrets migrate --exclude <KEY>'),
  },
  DAMAGED: {
    what: during('damaged data'),
    why: 'it was changed or cut after it was written',
    next: hint('see which files are in force', 'vibesecrets config'),
  },
  FORMAT_NEWER: {
    what: during('a newer format'),
    why: 'this version does not know the format',
    next: hint('see which version this is', 'vibesecrets --version'),
  },
  INPUT_MISSING: {
    what: during('input missing'),
    why: 'there is no such file',
    next: hint('name another file', 'vibesecrets migrate --env-file <file>'),
  },
  SECRET_NOT_FOUND: { what: failed('not found'), next: near },
  SECRET_DELETED: { what: failed('deleted'), why: 'it can still be brought back', next: undelete },
  UNAVAILABLE: { what: during('unavailable'), why: 'the provider did not answer', next: inForce },
  TIMEOUT: { what: during('no answer in time'), next: again },
  PROTOCOL: { what: during('an answer that is not understood'), next: inForce },
  NO_EFFECT: {
    what: during('had no effect'),
    why: 'the provider said yes, but the change is not there',
    next: recover,
  },
  IO: { what: during('input or output failed'), next: inForce },
  DISK_FULL: { what: during('disk full'), next: hint('make room, then finish it', 'vibesecrets recover') },
  LOCKED: { what: during('locked'), why: 'another run is at work', next: status },
  THROTTLED: { what: during('throttled'), why: 'the service limits requests', next: again },
  PERMISSION_DENIED: { what: failed('permission denied'), next: inForce },
  UNAUTHENTICATED: { what: during('not logged in'), why: 'credentials are missing, wrong or expired', next: inForce },
  KEY_MISSING: { what: during('the key is missing'), next: inForce },
  KEY_WRONG: { what: during('wrong key'), next: inForce },
  INTERRUPTED: { what: during('stopped'), next: status },
  TERMINATED: { what: during('stopped from outside'), next: status },
}
