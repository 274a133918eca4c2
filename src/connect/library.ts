import { resolve } from 'node:path'
import { machineOf } from '../app/machine.js'
import { type Surroundings, surroundingsOf } from '../app/surroundings.js'
import type { Flags } from '../config/flags.js'
import type { Config } from '../config/resolve.js'
import { connectProvider } from '../connect.js'
import type { Provider } from '../core/ports.js'
import type { Context } from '../flows/context.js'
import type { Io } from '../main.js'
import { systemClock } from '../system/clock.js'
import { ownPid } from '../system/own-pid.js'
import { systemRandom } from '../system/random.js'

/** What an application may say; everything else is as on the command line: variables, then the config file. */
export interface LibraryOptions {
  /** The variables to go by: `process.env`, in most applications. Nothing here reads the environment by itself. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where the config file is looked for upwards, and where a `.env` lies for the fallback. Default: the working folder. */
  readonly cwd?: string
  /** `aws`, `gcp`, `azure`, `vault`, `k8s`, `env` or `local`. Named here, it wins over ENABLE_SECRET_MANAGER=false. */
  readonly provider?: string
  readonly environment?: string
  readonly prefix?: string
  readonly configFile?: string
  readonly stateDir?: string
  /** Deadline of one request, in milliseconds. */
  readonly timeoutMs?: number
}

/** One provider, connected for an application. */
export interface Library {
  readonly config: Config
  readonly context: Context
  readonly close: () => Promise<void>
}

/** Connects as the command `get` (to look) or `set` (to write) would, but falls back to `env`. */
export async function openLibrary(options: LibraryOptions, command: 'get' | 'set'): Promise<Library> {
  const io = ioOf(options)
  const surroundings = fallingBack(await surroundingsOf(io, command, flagsOf(options)))
  const { config, home, stateDir } = surroundings
  const clock = systemClock()
  const machine = machineOf(io, surroundings, clock)
  const looks = command === 'get'
  const fingerprints = await (looks ? machine.keysToLook() : machine.keys({ create: true }))
  const sink = { emit: async () => undefined }
  const provider: Provider = await connectProvider({
    ...{ config, io, clock, sink, keys: machine.keys, fingerprints, looks, home, stateDir, files: machine.envFiles },
  })
  const identity = await provider.identity()
  const context: Context = {
    provider,
    identity,
    prefix: config.prefix,
    ...(config.environment === undefined ? {} : { environment: config.environment }),
    get fingerprintKey() {
      return fingerprints.key('fingerprint')
    },
    clock,
    random: systemRandom,
    sink,
    files: machine.envFiles,
    runs: machine.runs,
    concurrency: config.options.concurrency ?? provider.traits.limits?.concurrency ?? 16,
    locked: machine.locked(identity),
  }
  return { config, context, close: () => provider.close() }
}

function flagsOf({ provider, environment, prefix, configFile, stateDir, timeoutMs }: LibraryOptions): Flags {
  const flags = {
    provider,
    environment,
    prefix,
    config: configFile,
    'state-dir': stateDir,
    timeout: timeoutMs === undefined ? undefined : `${timeoutMs}ms`,
  }
  return Object.fromEntries(Object.entries(flags).filter((pair): pair is [string, string] => pair[1] !== undefined))
}

/** Where nothing tells the provider, the command line takes its local store, and an application its environment. */
function fallingBack(surroundings: Surroundings): Surroundings {
  const { config, configFor } = surroundings
  if (config.origins.get('provider')?.from !== 'default') return surroundings
  return { ...surroundings, config: configFor({ provider: 'env' }) }
}

/** A library has no terminal, and nobody asks it for one. */
function ioOf({ env, cwd = '.' }: LibraryOptions): Io {
  const none = (): never => {
    throw new Error('a library has no terminal')
  }
  return {
    ...{ argv: [], env: { ...env }, cwd: resolve(cwd), pid: ownPid(), execPath: '', nodeVersion: '' },
    onSignal: () => () => undefined,
    get stdin(): never {
      return none()
    },
    get stdout(): never {
      return none()
    },
    get stderr(): never {
      return none()
    },
  }
}
