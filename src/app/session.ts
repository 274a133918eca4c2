import type { Config } from '../config/resolve.js'
import { connectProvider } from '../connect.js'
import type { Clock, Event, Provider, Sink } from '../core/ports.js'
import type { Context } from '../flows/context.js'
import type { Io } from '../main.js'
import { systemRandom } from '../system/random.js'
import type { Output } from '../ui/output.js'
import { progressSink } from '../ui/sink.js'
import type { Machine } from './machine.js'
import { optional } from './optional.js'
import type { Surroundings } from './surroundings.js'

/** What a recorded run says of the place that it changed. */
export interface Place {
  readonly provider: string
  readonly prefix: string
  readonly environment?: string
  readonly target: string
}

export interface OpenOptions {
  /** For commands that only look. A dry run is read-only whatever is asked for. */
  readonly readOnly?: boolean
  /** Fingerprints will be compared with later, so that they need this machine's lasting key. */
  readonly keepsFingerprints?: boolean
  /** Connect where this run was, whatever is configured now. */
  readonly like?: Place
  /** Another provider or environment than the command's own, or a .env file, for `copy` and `diff`. */
  readonly as?: { readonly provider: string; readonly environment?: string; readonly file?: string }
}

export interface Session {
  readonly context: Context
}

export interface Parts {
  readonly io: Io
  readonly surroundings: Surroundings
  readonly machine: Machine
  readonly clock: Clock
  readonly out: Output
  readonly signal: AbortSignal
  readonly sessions: Provider[]
  /** Told of every event before the terminal is. */
  readonly watch: (event: Event) => void
}

/** Connects, and puts around the provider what every command relies on: pacing, prefix, and no write in a dry run. */
export function opener(parts: Parts): (options?: OpenOptions) => Promise<Session> {
  const told = new Set<string>()
  return async (options = {}) => {
    const { surroundings, machine, clock, out, sessions, io, signal } = parts
    const config = configOf(surroundings, options)
    if (options.like === undefined && options.as === undefined) await tell(config, out, told)
    out.redactor.allow(shownWords(config))
    const looks = options.readOnly === true || config.options.dryRun === true
    const keys = await (looks && options.keepsFingerprints !== true
      ? machine.keysToLook()
      : machine.keys({ create: true }))
    const sink = sinkOf(parts)
    const provider = await connectProvider({
      config,
      io,
      clock,
      keys: machine.keys,
      fingerprints: keys,
      looks,
      sink,
      home: surroundings.home,
      stateDir: surroundings.stateDir,
      files: machine.envFiles,
      ...optional('file', options.as?.file ?? recordedFile(options.like)),
    })
    sessions.push(provider)
    const identity = await provider.identity()
    const context: Context = {
      provider,
      identity,
      prefix: config.prefix,
      ...optional('environment', config.environment),
      get fingerprintKey() {
        return keys.key('fingerprint')
      },
      clock,
      random: systemRandom,
      sink,
      files: machine.envFiles,
      runs: machine.runs,
      concurrency: config.options.concurrency ?? provider.traits.limits?.concurrency ?? 16,
      locked: machine.locked(identity),
      signal,
    }
    return { context }
  }
}

/** How the provider was chosen is said where it is used, once. */
async function tell({ notices }: Config, out: Output, told: Set<string>): Promise<void> {
  for (const { text } of notices) {
    if (!told.has(text)) await out.note(text)
    told.add(text)
  }
}

/** Shown by design, also where a value happens to be the same word. */
const shownWords = ({ provider, environment, prefix }: Config): string[] =>
  [provider, environment ?? '', prefix, ...prefix.split(/[/-]/)].filter((word) => word !== '')

function sinkOf({ out, watch }: Parts): Sink {
  const terminal = progressSink(out)
  return {
    async emit(event) {
      watch(event)
      await terminal.emit(event)
    },
  }
}

function configOf({ config, configFor }: Surroundings, { like, as }: OpenOptions): Config {
  if (like !== undefined) return recordedConfig(configFor, like)
  if (as === undefined) return config
  if (as.file !== undefined) return scoped(configFor({ provider: as.provider }), '', undefined)
  return configFor({ provider: as.provider, ...optional('environment', as.environment) })
}

/** The recorded prefix has the environment in it already. */
function recordedConfig(configFor: Surroundings['configFor'], { provider, prefix, environment }: Place): Config {
  return scoped(configFor({ provider, ...optional('environment', environment) }), prefix, environment)
}

/** The .env file that was the store of a recorded run. */
function recordedFile(place: Place | undefined): string | undefined {
  if (place?.provider !== 'env') return undefined
  const path = place.target.slice('env '.length)
  return path.endsWith(` ${place.prefix}`) ? path.slice(0, -place.prefix.length - 1) : path
}

function scoped({ environment: _, ...config }: Config, prefix: string, environment: string | undefined): Config {
  return { ...config, prefix, ...optional('environment', environment) }
}
