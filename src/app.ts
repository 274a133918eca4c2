import { type FileCalls, fileCalls } from './app/files.js'
import { type Change, typedLine } from './app/line.js'
import { type Machine, machineOf } from './app/machine.js'
import { type OpenOptions, opener, type Session } from './app/session.js'
import { type Surroundings, surroundingsOf } from './app/surroundings.js'
import { type CommandName, factsOf } from './config/commands.js'
import type { Flags } from './config/flags.js'
import type { Config } from './config/resolve.js'
import type { Backups } from './connect/backup.js'
import { Failure, isFailure } from './core/failure.js'
import type { SecretName } from './core/names.js'
import type { Clock, Provider, Random } from './core/ports.js'
import { SecretValue, witnessSecrets } from './core/secret.js'
import type { Runs } from './engine/runs.js'
import type { Io } from './main.js'
import { descriptions } from './providers/index.js'
import { type Ability, type PolicyScope, policyOf } from './providers/policy.js'
import { systemClock } from './system/clock.js'
import { replaceFile, statFile } from './system/files.js'
import { systemRandom } from './system/random.js'
import { readAll } from './system/stdin.js'
import { createOutput, type Output } from './ui/output.js'
import { createPrompt, type Prompt } from './ui/prompt.js'
import { progressSink } from './ui/sink.js'

export type { OpenOptions, Place, Session } from './app/session.js'

/** The composition root's answer to a command: configured, connected on demand, closed at the end. */
export interface App extends FileCalls {
  readonly config: Config
  readonly out: Output
  readonly prompt: Prompt
  readonly clock: Clock
  readonly random: Random
  readonly isJson: boolean
  /** The command as it was typed, without values, for hints. */
  readonly typed: (change?: Change) => string
  readonly line: string
  readonly open: (options?: OpenOptions) => Promise<Session>
  readonly runs: () => Promise<Runs>
  readonly readStdin: () => Promise<Uint8Array>
  /** A value from standard input or from a hidden prompt; never from an argument. */
  readonly readValue: (name: SecretName) => Promise<SecretValue>
  /** Exact bytes, 0600, durable. */
  readonly writeValue: (path: string, value: SecretValue) => Promise<void>
  /** What `doctor` and `config` look at on this machine. */
  readonly machine: {
    readonly stateDir: string
    readonly keyFile: string
    readonly nodeVersion: string
    readonly statFile: typeof statFile
  }
  /** The least policy for some abilities, in the provider's own form. */
  readonly policyOf: (abilities: readonly Ability[]) => string
  /** The machine behind backup and restore; loads with its first use. */
  readonly backups: () => Promise<Backups>
  /** Rejects soon after a signal, unless something has begun: that ends at its own next stop. */
  readonly cutShort: Promise<never>
  /** Why the run was stopped, when a signal did. */
  readonly interruption: () => Failure | undefined
  /** What a failed command leaves behind: "nothing was written". */
  readonly worldAfter: (error: unknown) => string | undefined
  readonly close: () => Promise<void>
}

export async function createApp(io: Io, command: CommandName, flags: Flags, words: readonly string[]): Promise<App> {
  const surroundings = await surroundingsOf(io, command, flags)
  const { config, stateDir, keyFile } = surroundings
  const { options } = config
  const stop = new AbortController()
  const unwatch = io.onSignal((signal) => stop.abort(stoppedBy(signal, command)))
  const { signal } = stop
  const out = outputFor(io, config)
  witnessSecrets(out.redactor.add)
  const clock = systemClock(signal)
  const machine = machineOf(io, surroundings, clock)
  const prompt = createPrompt({ stdin: io.stdin, stderr: io.stderr, signal, redact: out.redactor.redact })
  if (options.interactive === true && !prompt.isPossible) throw noTerminal(command)
  const sessions: Provider[] = []
  let hasBegun = false
  const watch = (event: { readonly type: string; readonly state?: string }): void => {
    if (event.type === 'step' && event.state === 'begun') hasBegun = true
  }
  const typed = typedLine(command, flags, words)
  return {
    config,
    out,
    prompt,
    clock,
    random: systemRandom,
    isJson: options.format === 'json',
    typed,
    line: typed(),
    open: opener({ io, surroundings, machine, clock, out, signal, sessions, watch }),
    runs: async () => machine.runs,
    ...fileCalls(io),
    readStdin: () => readAll(io.stdin),
    readValue: async (name) =>
      io.stdin.isTTY === true
        ? await prompt.askHidden(`value of ${name}`, { again: true })
        : SecretValue.fromBytes(await readAll(io.stdin)),
    writeValue: async (path, value) =>
      await replaceFile(fileCalls(io).pathOf(path), value.revealBytes(), { mode: 0o600 }),
    machine: { stateDir, keyFile, nodeVersion: io.nodeVersion, statFile },
    policyOf: (abilities) => policyOf(descriptions[config.provider], abilities, policyScope(config)),
    async backups() {
      const { backupsOf } = await import('./connect/backup.js')
      return backupsOf({ io, stateDir, clock, sink: progressSink(out), signal })
    },
    cutShort: cutShort(signal, machine),
    interruption: () => (signal.reason instanceof Failure ? signal.reason : undefined),
    worldAfter: (error) => worldAfter(error, surroundings, hasBegun),
    async close() {
      for (const provider of sessions) await provider.close()
      unwatch()
      await out.flush()
      witnessSecrets(undefined)
    },
  }
}

function outputFor({ stdout, stderr, env }: Io, { options }: Config): Output {
  return createOutput({
    stdout,
    stderr,
    env,
    color: options.color === false ? 'never' : 'auto',
    ...(options.format === undefined ? {} : { format: options.format }),
    quiet: options.quiet === true,
    verbose: options.verbose === true,
    progress: options.progress !== false,
  })
}

const stoppedBy = (signal: 'SIGINT' | 'SIGTERM', doing: string): Failure =>
  new Failure(signal === 'SIGINT' ? 'INTERRUPTED' : 'TERMINATED', {
    doing,
    hints: [{ what: 'see what is unfinished', command: 'vibesecrets status' }],
  })

const noTerminal = (command: CommandName): Failure =>
  new Failure('NO_TERMINAL', {
    doing: command,
    why: '--interactive asks, and stdin or stderr is not a terminal',
    hints: [{ what: 'see how to answer by options', command: `vibesecrets ${command} --help` }],
  })

/** Time for a prompt to put the terminal back. */
const GRACE_MS = 250

function cutShort(signal: AbortSignal, { isHeld }: Machine): Promise<never> {
  const stopped = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => {
      setTimeout(() => {
        if (!isHeld()) reject(signal.reason)
      }, GRACE_MS)
    })
  })
  stopped.catch(() => undefined)
  return stopped
}

function worldAfter(error: unknown, { config }: Surroundings, hasBegun: boolean): string | undefined {
  if (!factsOf(config.command).mutates || config.options.dryRun === true) return undefined
  if (!hasBegun) return 'nothing was written'
  const { done, total } = isFailure(error) ? error.details : {}
  return total === undefined
    ? undefined
    : `${done ?? 0} of ${total} steps stand; the run is recorded and can be finished`
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
