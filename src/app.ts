import { homedir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import type { CommandName } from './config/commands.js'
import { type FileConfig, findConfig, parseConfig } from './config/file.js'
import type { Flags } from './config/flags.js'
import { type Config, resolveConfig } from './config/resolve.js'
import { connectProvider } from './connect.js'
import { Failure, isFailure } from './core/failure.js'
import type { SecretName } from './core/names.js'
import type { Clock, EnvFiles, Provider, Random, Sink } from './core/ports.js'
import { SecretValue, witnessSecrets } from './core/secret.js'
import { createRuns, type Runs } from './engine/runs.js'
import { folderAt } from './engine/store.js'
import type { Context } from './flows/context.js'
import type { EnvSource } from './flows/env-input.js'
import type { Io } from './main.js'
import { descriptions } from './providers/index.js'
import { type Ability, type PolicyScope, policyOf } from './providers/policy.js'
import { systemClock } from './system/clock.js'
import * as files from './system/files.js'
import { hostFacts } from './system/host.js'
import { type Keys, openKeys, passingKeys } from './system/keys.js'
import { lockFile } from './system/lock.js'
import { systemRandom } from './system/random.js'
import { readAll } from './system/stdin.js'
import { createOutput, type Output } from './ui/output.js'
import { createPrompt, type Prompt } from './ui/prompt.js'
import { progressSink } from './ui/sink.js'

/** What a recorded run says of the place that it changed. */
export interface Place {
  readonly provider: string
  readonly prefix: string
  readonly environment?: string
}

export interface OpenOptions {
  /** For commands that only look. A dry run is read-only whatever is asked for. */
  readonly readOnly?: boolean
  /** No request is made: what needs the provider is left out. */
  readonly offline?: boolean
  /** Connect where this run was, whatever is configured now. */
  readonly like?: Place
  /** Another provider or environment than the command's own, for `copy` and `diff`. */
  readonly as?: { readonly provider: string; readonly environment?: string; readonly file?: string }
}

export interface Session {
  readonly context: Context
}

/** The composition root's answer to a command: configured, connected on demand, closed at the end. */
export interface App {
  readonly config: Config
  readonly out: Output
  readonly prompt: Prompt
  readonly clock: Clock
  readonly random: Random
  readonly isJson: boolean
  /** The command as it was typed, without values, for hints. */
  readonly line: string
  readonly lineWithout: (option: string) => string
  readonly open: (options?: OpenOptions) => Promise<Session>
  readonly runs: () => Promise<Runs>
  readonly pathOf: (shown: string) => string
  /** The real path of a file to rewrite; a symlink is followed only when asked for. */
  readonly resolveFile: (shown: string, follow: boolean) => Promise<string>
  readonly readFile: (path: string) => Promise<Uint8Array | undefined>
  /** Names of the files in the folder of `path`. */
  readonly namesBeside: (path: string) => Promise<readonly string[]>
  readonly readBeside: (path: string, name: string) => Promise<string | undefined>
  readonly readStdin: () => Promise<Uint8Array>
  /** A value from standard input or from a hidden prompt; never from an argument. */
  readonly readValue: (name: SecretName) => Promise<SecretValue>
  /** Exact bytes, 0600, durable. */
  readonly writeValue: (path: string, value: SecretValue) => Promise<void>
  readonly writeNew: (path: string, text: string) => Promise<void>
  readonly plainBackup: (sources: readonly EnvSource[]) => Promise<void>
  /** What `doctor` looks at on this machine. */
  readonly machine: {
    readonly stateDir: string
    readonly keyFile: string
    readonly nodeVersion: string
    readonly statFile: typeof files.statFile
  }
  /** The least policy for some abilities, in the provider's own form. */
  readonly policyOf: (abilities: readonly Ability[]) => string
  /** Why the run was stopped, when a signal did. */
  readonly interruption: () => Failure | undefined
  readonly close: () => Promise<void>
}

export async function createApp(io: Io, command: CommandName, flags: Flags): Promise<App> {
  refuseUnsafe(io.env)
  const surroundings = await surroundingsOf(io, command, flags)
  const { config } = surroundings
  const { options } = config
  const stop = new AbortController()
  const unwatch = io.onSignal((signal) =>
    stop.abort(
      new Failure(signal === 'SIGINT' ? 'INTERRUPTED' : 'TERMINATED', {
        doing: command,
        hints: [{ what: 'see what is unfinished', command: 'vibesecrets status' }],
      }),
    ),
  )
  const out = createOutput({
    stdout: io.stdout,
    stderr: io.stderr,
    env: io.env,
    color: options.color === false ? 'never' : 'auto',
    ...(options.format === undefined ? {} : { format: options.format }),
    quiet: options.quiet === true,
    verbose: options.verbose === true,
    progress: options.progress !== false,
  })
  witnessSecrets(out.redactor.add)
  for (const { text } of config.notices) await out.note(text)
  const clock = systemClock(stop.signal)
  const machine = machineOf(io, surroundings, clock)
  const sessions: Provider[] = []
  const open = opener({ io, flags, surroundings, machine, clock, out, signal: stop.signal, sessions })
  const words = typedLine(command, flags)
  return {
    config,
    out,
    prompt: createPrompt({ stdin: io.stdin, stderr: io.stderr, signal: stop.signal }),
    clock,
    random: systemRandom,
    isJson: options.format === 'json',
    line: words(undefined),
    lineWithout: words,
    open,
    runs: machine.runs,
    ...fileCalls(io, options.followSymlinks === true),
    readStdin: async () => await readAll(io.stdin),
    readValue: async (name) =>
      io.stdin.isTTY === true ? await askValue(io, stop.signal, name) : SecretValue.fromBytes(await readAll(io.stdin)),
    machine: {
      stateDir: surroundings.stateDir,
      keyFile: io.env['VIBESECRETS_KEY_FILE'] ?? join(surroundings.configHome, 'key'),
      nodeVersion: io.nodeVersion,
      statFile: files.statFile,
    },
    policyOf: (abilities) => policyOf(descriptions[config.provider], abilities, policyScope(config)),
    interruption: () => (stop.signal.reason instanceof Failure ? stop.signal.reason : undefined),
    async close() {
      for (const provider of sessions) await provider.close()
      unwatch()
      await out.flush()
      witnessSecrets(undefined)
    },
  }
}

/** Where the provider's secrets are, as far as a policy names it. */
function policyScope({ prefix, providerOptions, secretName }: Config): PolicyScope {
  const option = (key: string, fallback: string): string => {
    const value = providerOptions[key]
    return typeof value === 'string' ? value : fallback
  }
  return {
    prefix,
    mount: option('path', 'secret'),
    secretName: secretName ?? option('secret-name', 'vibebox-secrets'),
    namespace: option('namespace', 'default'),
  }
}

/** Certificates that are not checked make every other promise worthless. */
function refuseUnsafe(env: Io['env']): void {
  if (env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0')
    throw new Failure('INSECURE', {
      doing: 'starting',
      why: 'NODE_TLS_REJECT_UNAUTHORIZED=0 turns the check of certificates off',
      hints: [{ what: 'trust your own authority instead', command: 'NODE_EXTRA_CA_CERTS=<ca.pem> vibesecrets …' }],
    })
}

interface Surroundings {
  readonly config: Config
  readonly home: string
  readonly configHome: string
  readonly stateDir: string
  readonly configFor: (more: Flags) => Config
}

async function surroundingsOf(io: Io, command: CommandName, flags: Flags): Promise<Surroundings> {
  const home = io.env['HOME'] ?? homedir()
  const configHome = join(io.env['XDG_CONFIG_HOME'] ?? join(home, '.config'), 'vibesecrets')
  const explicit = typeof flags['config'] === 'string' ? flags['config'] : io.env['VIBESECRETS_CONFIG']
  const found = await findConfig({
    cwd: io.cwd,
    configHome,
    ...(explicit === undefined ? {} : { explicit }),
    readText: textOf,
  })
  const file: FileConfig | undefined = found === undefined ? undefined : await parseConfig(found.text, found.path)
  const facts = { awsCredentials: await hasAwsCredentials(io.env, home) }
  const configFor = (more: Flags): Config =>
    resolveConfig({
      command,
      flags: { ...flags, ...more },
      env: io.env,
      facts,
      whenNone: 'local',
      ...(file === undefined ? {} : { file }),
    })
  const config = configFor({})
  const stateHome = join(io.env['XDG_STATE_HOME'] ?? join(home, '.local', 'state'), 'vibesecrets')
  const stateDir = config.options.stateDir === undefined ? stateHome : resolve(io.cwd, config.options.stateDir)
  return { config, home, configHome, stateDir, configFor }
}

const textOf = async (path: string): Promise<string | undefined> => {
  const bytes = await files.readBytes(path, { limit: 4 * 1024 * 1024 })
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8')
}

/** Whether AWS's ambient region says that AWS is meant: only together with some credentials. */
async function hasAwsCredentials(env: Io['env'], home: string): Promise<boolean> {
  const variables = [
    'AWS_ACCESS_KEY_ID',
    'AWS_PROFILE',
    'AWS_WEB_IDENTITY_TOKEN_FILE',
    'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
    'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  ]
  if (variables.some((name) => (env[name] ?? '') !== '')) return true
  const places = [
    env['AWS_SHARED_CREDENTIALS_FILE'] ?? join(home, '.aws', 'credentials'),
    env['AWS_CONFIG_FILE'] ?? join(home, '.aws', 'config'),
  ]
  for (const place of places) if ((await files.statFile(place)) !== undefined) return true
  return false
}

interface Machine {
  readonly runs: () => Promise<Runs>
  /** Throws KEY_MISSING where there is none and none may be made. */
  readonly keys: (want: { readonly create: boolean }) => Promise<Keys>
  readonly locked: (target: string) => <T>(work: () => Promise<T>) => Promise<T>
  readonly envFiles: EnvFiles
}

/** Keys, records and locks of this machine, each opened when it is first needed. */
function machineOf(io: Io, { configHome, stateDir, config }: Surroundings, clock: Clock): Machine {
  const { env } = io
  const keyOptions = {
    configHome,
    saltFile: join(stateDir, 'key.salt'),
    ...optional('keyFile', env['VIBESECRETS_KEY_FILE']),
    ...optional('passphraseFile', env['VIBESECRETS_PASSPHRASE_FILE']),
    ...(env['VIBESECRETS_PASSPHRASE'] === undefined
      ? {}
      : { passphrase: async () => SecretValue.fromText(env['VIBESECRETS_PASSPHRASE'] ?? '') }),
    keyring: config.options.keyring === true,
  }
  let opened: Promise<Keys> | undefined
  const keys: Machine['keys'] = async ({ create }) => {
    const found = opened ?? openKeys({ ...keyOptions, create }, systemRandom)
    opened = found
    found.catch(() => {
      opened = undefined
    })
    return await found
  }
  const records = createRuns(
    folderAt(stateDir, files),
    async () => (await keys({ create: true })).key('bundle'),
    systemRandom,
  )
  const runs = async () => records
  const locked =
    (target: string) =>
    async <T>(work: () => Promise<T>): Promise<T> => {
      const folder = join(stateDir, 'locks')
      await files.makeFolder(folder)
      const host = await hostFacts(io.pid)
      const release = await lockFile(join(folder, lockName(target)), {
        owner: config.command,
        waitMs: 10_000,
        clock,
        pid: io.pid,
        host: host.name,
        boot: host.boot,
      })
      return await work().finally(release)
    }
  return {
    runs,
    keys,
    locked,
    envFiles: {
      read: (path) => files.readBytes(path),
      replace: async (path, bytes) => await files.replaceFile(path, bytes, { like: 'existing' }),
    },
  }
}

const lockName = (target: string): string => `${Buffer.from(target).toString('base64url').slice(0, 180)}.lock`

function optional<K extends string, V>(key: K, value: V | undefined): { [k in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [k in K]?: V })
}

interface Parts {
  readonly io: Io
  readonly flags: Flags
  readonly surroundings: Surroundings
  readonly machine: Machine
  readonly clock: Clock
  readonly out: Output
  readonly signal: AbortSignal
  readonly sessions: Provider[]
}

/** Connects, and puts around the provider what every command relies on: pacing, prefix, and no write in a dry run. */
function opener(parts: Parts): App['open'] {
  return async (options = {}) => {
    const { surroundings, machine, clock, out, sessions, io, signal } = parts
    const config = configOf(surroundings, options)
    const looks = options.readOnly === true || config.options.dryRun === true
    const keys = await keysToShow(machine, !looks)
    const sink: Sink = progressSink(out)
    const provider = await connectProvider({
      config,
      io,
      clock,
      keys: machine.keys,
      fingerprintKey: keys.key('fingerprint'),
      looks,
      sink,
      home: surroundings.home,
      stateDir: surroundings.stateDir,
      files: machine.envFiles,
      offline: options.offline === true,
      ...optional('file', options.as?.file),
    })
    sessions.push(provider)
    const identity = await provider.identity()
    const context: Context = {
      provider,
      identity,
      prefix: config.prefix,
      ...optional('environment', config.environment),
      fingerprintKey: keys.key('fingerprint'),
      clock,
      random: systemRandom,
      sink,
      files: machine.envFiles,
      runs: await machine.runs(),
      concurrency: config.options.concurrency ?? provider.traits.limits?.concurrency ?? 16,
      locked: machine.locked(identity),
      signal,
    }
    return { context }
  }
}

/** Fingerprints of a command that only looks, on a machine that has no key yet, end with the process. */
async function keysToShow({ keys }: Machine, create: boolean): Promise<Keys> {
  try {
    return await keys({ create })
  } catch (error) {
    if (create || !isFailure(error, 'KEY_MISSING')) throw error
    return passingKeys(systemRandom)
  }
}

function configOf({ config, configFor }: Surroundings, { like, as }: OpenOptions): Config {
  if (like !== undefined) return configFor({ provider: like.provider, ...scopeFlags(like) })
  return as === undefined ? config : configFor({ provider: as.provider, ...optional('environment', as.environment) })
}

/** The recorded prefix has the environment in it already; Kubernetes scopes by the environment alone. */
const scopeFlags = ({ prefix, environment }: Place): Flags =>
  prefix === '' ? (optional('environment', environment) as Flags) : { prefix, environment: '' }

function fileCalls(io: Io, followAll: boolean) {
  const pathOf = (shown: string): string => resolve(io.cwd, shown)
  const readFile = (path: string) => files.readBytes(path, { limit: MAX_INPUT_BYTES })
  return {
    pathOf,
    readFile,
    async resolveFile(shown: string, follow: boolean) {
      const path = pathOf(shown)
      if ((await files.statFile(path)) === undefined) return path
      const real = await files.realPath(path)
      if (follow || followAll || real === join(await files.realPath(dirname(path)), basename(path))) return real
      throw new Failure('INPUT_INVALID', {
        doing: 'reading',
        target: shown,
        why: 'it is a symbolic link, and the file behind it would be rewritten',
        hints: [{ what: 'say that this is meant', command: 'vibesecrets migrate --follow-symlinks' }],
      })
    },
    namesBeside: (path: string) => files.listFolder(dirname(path)),
    async readBeside(path: string, name: string) {
      const bytes = await files.readBytes(join(dirname(path), name), { limit: 1024 * 1024 }).catch((error: unknown) => {
        if (error instanceof Failure) return undefined
        throw error
      })
      return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8')
    },
    async writeValue(path: string, value: SecretValue) {
      await files.replaceFile(pathOf(path), value.revealBytes(), { mode: 0o600 })
    },
    async writeNew(path: string, text: string) {
      await files.replaceFile(pathOf(path), Buffer.from(text), { mode: 0o600 })
    },
    async plainBackup(sources: readonly EnvSource[]) {
      for (const { path, bytes } of sources)
        if (path !== undefined) await files.replaceFile(`${path}.backup`, bytes, { mode: 0o600 })
    },
  }
}
const MAX_INPUT_BYTES = 64 * 1024 * 1024

async function askValue(io: Io, signal: AbortSignal, name: SecretName): Promise<SecretValue> {
  return await createPrompt({ stdin: io.stdin, stderr: io.stderr, signal }).askHidden(`value of ${name}`, {
    again: true,
  })
}

/** Options that hints repeat. Others are left out: they may hold what must not be shown. */
const REPEATED = ['provider', 'environment', 'prefix', 'env-file', 'dialect', 'on-conflict', 'all', 'dry-run'] as const

function typedLine(command: CommandName, flags: Flags): (without: string | undefined) => string {
  return (without) =>
    [
      command,
      ...REPEATED.flatMap((name) => (name === without || name === 'dry-run' ? [] : wordsOf(name, flags[name]))),
    ].join(' ')
}

function wordsOf(name: string, value: Flags[string] | undefined): string[] {
  if (value === undefined || value === false) return []
  if (value === true) return [`--${name}`]
  if (name === 'provider' && typeof value === 'string') return [value]
  return (typeof value === 'string' ? [value] : value).map((one) => `--${name}=${shellWord(one)}`)
}

const shellWord = (text: string): string =>
  /^[\w./:@%+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
