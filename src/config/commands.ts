/** What one command is, as data: help, completion, README and the option tables are made from it. */
export interface CommandFacts {
  readonly name: string
  readonly aliases?: readonly string[]
  /** Words after it, as help shows them. */
  readonly args: string
  readonly summary: string
  /** Whether it may write to a provider or to the user's files. */
  readonly mutates: boolean
  /** Output formats beside `text` and `json`. */
  readonly formats?: readonly string[]
  readonly examples: readonly string[]
  /** Exit codes that it can end with, beside the common ones. */
  readonly exits: readonly number[]
}

export const commands = [
  {
    name: 'migrate',
    aliases: ['import'],
    args: '[provider]',
    summary: 'move secrets from a .env file into a provider, prove them, leave references behind',
    mutates: true,
    examples: ['migrate aws --dry-run', 'migrate aws --yes', 'migrate local --env-file backend/.env --interactive'],
    exits: [4, 5, 65, 66],
  },
  {
    name: 'validate',
    aliases: ['check'],
    args: '[provider]',
    summary: 'compare what the file, the inventory and the provider hold',
    mutates: false,
    formats: ['junit', 'sarif', 'github'],
    examples: ['validate aws', 'validate --offline --format github', 'validate --required database-url,jwt-secret'],
    exits: [3, 65, 66],
  },
  {
    name: 'rollback',
    args: '[provider]',
    summary: 'undo the last migrate, restore, copy, set, delete or rotate of this machine',
    mutates: true,
    examples: ['rollback', 'rollback --run 7f3a --dry-run', 'rollback --list'],
    exits: [5, 66],
  },
  {
    name: 'rotate',
    args: '<name…|all>',
    summary: 'give secrets new values; the old one is kept until the new one is proved',
    mutates: true,
    examples: ['rotate jwt-secret --grace-period 2h', 'rotate session-secret --length 48', 'rotate all --due'],
    exits: [4, 5, 6, 66],
  },
  {
    name: 'list',
    aliases: ['ls'],
    args: '[provider]',
    summary: 'names, versions, age, rotation state, owner; never values',
    mutates: false,
    formats: ['csv', 'markdown', 'prometheus', 'html'],
    examples: ['list --long', 'list --due --fail', 'list aws --format prometheus'],
    exits: [3],
  },
  {
    name: 'get',
    args: '<name> [provider]',
    summary: 'write one value, byte for byte, to stdout or a file',
    mutates: false,
    examples: ['get database-url', 'get tls-key --output tls.pem', 'get settings --key smtp.password'],
    exits: [66],
  },
  {
    name: 'set',
    args: '<name> [provider]',
    summary: 'store one value, from stdin or a hidden prompt',
    mutates: true,
    examples: ['set stripe-key', 'set tls-key < tls.pem', 'set stripe-key --description "Stripe, live"'],
    exits: [4, 5],
  },
  {
    name: 'delete',
    args: '<name> [provider]',
    summary: 'remove one secret in the softest way the provider has, or bring it back',
    mutates: true,
    examples: ['delete old-key --dry-run', 'delete old-key --yes', 'delete old-key --recover'],
    exits: [5, 66],
  },
  {
    name: 'copy',
    args: '<from> <to>',
    summary: 'copy secrets between providers, environments and files',
    mutates: true,
    examples: ['copy vault aws --dry-run', 'copy env:.env aws --include "database-*"'],
    exits: [4, 5],
  },
  {
    name: 'diff',
    args: '<a> <b>',
    summary: 'compare two providers, environments or files',
    mutates: false,
    examples: ['diff env:.env aws', 'diff vault aws --json'],
    exits: [3],
  },
  {
    name: 'status',
    args: '',
    summary: 'what is unfinished, and the command that finishes it',
    mutates: false,
    examples: ['status', 'status --json'],
    exits: [],
  },
  {
    name: 'recover',
    args: '[run]',
    summary: 'finish an interrupted run, or undo it',
    mutates: true,
    examples: ['recover', 'recover 91bc', 'recover 91bc --undo'],
    exits: [5, 6],
  },
  {
    name: 'explain',
    args: '<KEY>',
    summary: 'where a key’s value comes from: file, line, dialect, reference, provider, version, age',
    mutates: false,
    examples: ['explain DATABASE_URL', 'explain SMTP_PASS --env-file backend/.env'],
    exits: [65, 66],
  },
  {
    name: 'config',
    args: '',
    summary: 'what is in force, and where each value comes from',
    mutates: false,
    examples: ['config', 'config --json'],
    exits: [],
  },
  {
    name: 'doctor',
    args: '[provider]',
    summary: 'provider, credentials, permissions, clock, file modes, Node, config',
    mutates: false,
    examples: ['doctor', 'doctor --permissions vault'],
    exits: [3],
  },
  {
    name: 'backup',
    args: '[provider]',
    summary: 'write a consistent, encrypted, verified backup',
    mutates: false,
    formats: ['env'],
    examples: ['backup aws --out backups/', 'backup --out s3://bucket/production/ -r age1…'],
    exits: [4, 5, 65, 66],
  },
  {
    name: 'backup verify',
    args: '[file|dir|s3://…]',
    summary: 'read backups whole and check them, as a chain',
    mutates: false,
    examples: ['backup verify backups/ --identity key.txt', 'backup verify s3://bucket/production/'],
    exits: [65, 66],
  },
  {
    name: 'backup list',
    args: '[dir|s3://…]',
    summary: 'the backups of a place',
    mutates: false,
    examples: ['backup list'],
    exits: [66],
  },
  {
    name: 'backup prune',
    args: '[dir|s3://…]',
    summary: 'remove old backups, never the last good one',
    mutates: false,
    examples: ['backup prune --keep-daily 7 --dry-run'],
    exits: [65, 66],
  },
  {
    name: 'backup decrypt',
    args: '<file>',
    summary: 'the raw payload of an age file',
    mutates: false,
    examples: ['backup decrypt backup.age --identity key.txt --output backup.jsonl'],
    exits: [4, 65, 66],
  },
  {
    name: 'backup keygen',
    args: '',
    summary: 'make a key pair for backups',
    mutates: false,
    examples: ['backup keygen --output key.txt'],
    exits: [4],
  },
  {
    name: 'restore',
    args: '<file> [provider]',
    summary: 'write a backup into a provider, as a plan',
    mutates: true,
    examples: ['restore backup.age aws --dry-run', 'restore backup.age --drill'],
    exits: [3, 4, 5, 65, 66],
  },
] as const satisfies readonly CommandFacts[]

/** Commands whose options are settled and whose code is not there yet: an entry moves up when it is. */
export const laterCommands = [
  {
    name: 'run',
    aliases: ['exec'],
    args: '-- <command> [argument…]',
    summary: 'start a program with its references resolved',
    mutates: false,
    examples: ['run -- node server.js', 'run --env-file backend/.env --pristine -- npm start'],
    exits: [66, 126, 127],
  },
  {
    name: 'audit show',
    args: '',
    summary: 'who did what, when, where',
    mutates: false,
    examples: ['audit show --since 7d --secret database-password'],
    exits: [],
  },
  {
    name: 'audit verify',
    args: '',
    summary: 'check that nobody changed the log',
    mutates: false,
    examples: ['audit verify'],
    exits: [65],
  },
  {
    name: 'init',
    args: '',
    summary: 'write a vibesecrets.yaml with the inventory',
    mutates: true,
    examples: ['init', 'init --output vibesecrets.yaml'],
    exits: [],
  },
  {
    name: 'schedule',
    args: '[cron|systemd|kubernetes|github]',
    summary: 'print what runs rotation and backup by the clock',
    mutates: false,
    examples: ['schedule cron', 'schedule kubernetes'],
    exits: [],
  },
  {
    name: 'completion',
    args: '<bash|zsh|fish>',
    summary: 'print a shell’s completion script',
    mutates: false,
    examples: ['completion bash'],
    exits: [],
  },
] as const satisfies readonly CommandFacts[]

export type CommandName = (typeof commands)[number]['name']
export type LaterCommandName = (typeof laterCommands)[number]['name']
/** Every command that has options. */
export type AnyCommand = CommandName | LaterCommandName

const all: readonly CommandFacts[] = [...commands, ...laterCommands]

/** The facts of a command that exists, by its name or one of its aliases. */
export function commandNamed(word: string): (CommandFacts & { readonly name: CommandName }) | undefined {
  const known: readonly (CommandFacts & { readonly name: CommandName })[] = commands
  return known.find(({ name, aliases }) => name === word || aliases?.includes(word) === true)
}

/** The facts of any command. */
export function factsOf(command: AnyCommand): CommandFacts {
  const facts = all.find(({ name }) => name === command)
  if (facts === undefined) throw new RangeError(`no command ${command}`)
  return facts
}
