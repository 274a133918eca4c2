import { resolve } from 'node:path'
import type { Config } from './config/resolve.js'
import { Failure } from './core/failure.js'
import type { Clock, EnvFiles, Provider, Sink } from './core/ports.js'
import type { Io } from './main.js'
import type { Settings } from './providers/description.js'
import { services } from './providers/index.js'
import { createManners } from './providers/wrap/manners.js'
import { withPrefix } from './providers/wrap/prefix.js'
import { readOnly } from './providers/wrap/read-only.js'
import { defaultTries } from './providers/wrap/retry.js'
import { systemDisk } from './system/disk.js'
import { readBytes, statFile } from './system/files.js'
import { hostFacts } from './system/host.js'
import type { Keys } from './system/keys.js'
import { systemRandom } from './system/random.js'

export interface Connection {
  readonly config: Config
  readonly io: Io
  readonly clock: Clock
  readonly sink: Sink
  readonly keys: (want: { readonly create: boolean }) => Promise<Keys>
  /** Keys of fingerprints; asked only where values are compared. */
  readonly fingerprints: Keys
  /** Only looks: every write throws. */
  readonly looks: boolean
  readonly home: string
  readonly stateDir: string
  readonly files: EnvFiles
  /** The .env file of a place `env:<file>`. */
  readonly file?: string
}

const TIMEOUT_MS = 30_000

/** One provider, ready: paced and patient, names without their prefix, read-only where nothing may change. */
export async function connectProvider(connection: Connection): Promise<Provider> {
  const { config, looks } = connection
  const manners = mannersOf(connection)
  const bare = await connectBare(connection, manners.ports)
  const scoped = withPrefix(manners.wrap(bare), config.prefix)
  const provider: Provider = { ...scoped, identity: async () => targetOf(config, await scoped.identity()) }
  return looks ? readOnly(provider) : provider
}

/** What plans, records and reports call the place: provider, account and prefix. */
function targetOf({ provider, prefix }: Config, identity: string): string {
  const named = identity.startsWith(`${provider}:`) ? identity.slice(provider.length + 1) : identity
  return [provider, named, prefix].filter((part) => part !== '').join(' ')
}

function mannersOf({ config, clock, sink }: Connection) {
  const { options } = config
  return createManners({
    ...defaultTries,
    ...(options.retries === undefined ? {} : { attempts: options.retries + 1, throttledAttempts: options.retries + 1 }),
    timeoutMs: options.timeout ?? TIMEOUT_MS,
    ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
    clock,
    random: systemRandom,
    onRetry: ({ what, attempt, inMs }) => void sink.emit({ type: 'retry', what, attempt, inMs }),
  })
}

async function connectBare(connection: Connection, ports: ReturnType<typeof mannersOf>['ports']): Promise<Provider> {
  const { config, io, home, keys, clock, stateDir, looks, files } = connection
  switch (config.provider) {
    case 'local': {
      const { connect } = await import('./providers/local/connect.js')
      const keepVersions = config.providerOptions['keep-versions']
      return await connect(
        { folder: resolve(stateDir, 'store'), ...(typeof keepVersions === 'number' ? { keepVersions } : {}) },
        {
          clock,
          random: systemRandom,
          keys: async ({ create }) => await keys({ create: create && !looks }),
          disk: systemDisk({ clock, host: await hostFacts(io.pid) }),
        },
      )
    }
    case 'env': {
      const { connect } = await import('./providers/env/connect.js')
      const file = await envFileOf(connection)
      const fingerprintKey = connection.fingerprints.key('fingerprint')
      const dialect = config.options.dialect
      const reading = dialect === undefined || dialect === 'auto' ? {} : { dialect }
      return await connect(
        {
          environment: connection.file === undefined ? io.env : {},
          ...(file === undefined ? {} : { file }),
          ...reading,
        },
        { fingerprintKey, files },
      )
    }
    default: {
      refuseWireLog(io.env)
      const { connect } = await services[config.provider].load()
      return await connect(settingsOf(connection, home), ports)
    }
  }
}

/** Node logs requests with their tokens and values when this is set, from its start on: nobody could redact that. */
export function refuseWireLog(env: Io['env']): void {
  const { NODE_DEBUG: sections = '' } = env
  if (!/(?:^|,)\s*(?:\*|https?\b|http2|net|tls|stream|fetch|undici|websocket)/i.test(sections)) return
  throw new Failure('INSECURE', {
    doing: 'connecting',
    why: 'NODE_DEBUG makes Node print requests, with tokens and values in them',
    hints: [
      {
        what: "see vibesecrets' own log, which is redacted",
        command: 'unset NODE_DEBUG; DEBUG=vibebox:secrets vibesecrets …',
      },
    ],
  })
}

/**
 * The file under the environment: `providers.env.file`, the place that `copy` or `diff` names, or the .env that is
 * there. A migrate or validate looks at its own file from outside, so there it is never taken unasked.
 */
async function envFileOf(connection: Connection): Promise<string | undefined> {
  const { config, io, file } = connection
  const named = file ?? config.providerOptions['file']
  if (typeof named === 'string') return await namedFile(resolve(io.cwd, named), connection)
  if (config.command === 'migrate' || config.command === 'validate') return undefined
  const usual = resolve(io.cwd, '.env')
  return (await statFile(usual))?.kind === 'file' ? usual : undefined
}

/** A place that is only read has to be there: an empty one would read as "nothing to copy". */
async function namedFile(path: string, { looks, file }: Connection): Promise<string> {
  if (!looks || file === undefined || (await statFile(path)) !== undefined) return path
  throw new Failure('INPUT_MISSING', { doing: 'reading', target: file, why: 'there is no such file' })
}

function settingsOf({ config, io }: Connection, home: string): Settings {
  return {
    env: io.env,
    options: config.providerOptions,
    timeoutMs: config.options.timeout ?? TIMEOUT_MS,
    insecureHttp: config.options.insecureHttp === true,
    home,
    readFile: (path) => readBytes(path),
    ...(config.environment === undefined ? {} : { environment: config.environment }),
  }
}
