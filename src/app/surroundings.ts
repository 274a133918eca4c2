import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { CommandName } from '../config/commands.js'
import { type FileConfig, findConfig, parseConfig } from '../config/file.js'
import type { Flags } from '../config/flags.js'
import { type Config, resolveConfig } from '../config/resolve.js'
import { Failure, isFailure } from '../core/failure.js'
import type { Io } from '../main.js'
import { readBytes, statFile } from '../system/files.js'

/** What a command was told, and where its files are. */
export interface Surroundings {
  readonly config: Config
  readonly home: string
  readonly configHome: string
  readonly stateDir: string
  readonly keyFile: string
  /** The configuration as it would be with further flags. */
  readonly configFor: (more: Flags) => Config
}

/** Reads the config file and resolves flags, variables and defaults. */
export async function surroundingsOf(io: Io, command: CommandName, flags: Flags): Promise<Surroundings> {
  refuseUnsafe(io.env)
  const home = io.env['HOME'] || homedir()
  const configHome = join(folderOf(io.env, 'XDG_CONFIG_HOME', join(home, '.config')), 'vibesecrets')
  const file = await configFile(io, configHome, flags)
  const facts = { awsCredentials: await hasAwsCredentials(io.env, home) }
  const configFor = (more: Flags): Config =>
    resolveConfig({ command, flags: { ...flags, ...more }, env: io.env, facts, whenNone: 'local', ...file })
  const config = configWithoutPlace(command, configFor)
  const stateHome = join(folderOf(io.env, 'XDG_STATE_HOME', join(home, '.local', 'state')), 'vibesecrets')
  return {
    config,
    home,
    configHome,
    stateDir: resolve(io.cwd, config.options.stateDir ?? stateHome),
    keyFile: resolve(io.cwd, config.options.keyFile ?? join(configHome, 'key')),
    configFor,
  }
}

/** An empty or relative one says nothing, as its specification has it. */
function folderOf(env: Io['env'], name: string, usual: string): string {
  const path = env[name] ?? ''
  return path.startsWith('/') ? path : usual
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

async function configFile(io: Io, configHome: string, flags: Flags): Promise<{ file?: FileConfig }> {
  const named = typeof flags['config'] === 'string' ? flags['config'] : io.env['VIBESECRETS_CONFIG'] || undefined
  const explicit = named === undefined ? {} : { explicit: resolve(io.cwd, named) }
  const found = await findConfig({ cwd: io.cwd, configHome, ...explicit, readText: textOf })
  return found === undefined ? {} : { file: await parseConfig(found.text, found.path) }
}

const textOf = async (path: string): Promise<string | undefined> => {
  const bytes = await readBytes(path, { limit: 4 * 1024 * 1024 })
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8')
}

/** Commands that take their places from their words or from recorded runs: what could be detected is all the same. */
const PLACED: ReadonlySet<CommandName> = new Set(['copy', 'diff', 'status', 'recover', 'rollback'])

function configWithoutPlace(command: CommandName, configFor: Surroundings['configFor']): Config {
  try {
    return configFor({})
  } catch (error) {
    if (!PLACED.has(command) || !isFailure(error, 'PROVIDER_AMBIGUOUS')) throw error
    const config = configFor({ provider: 'local' })
    return { ...config, origins: new Map([...config.origins, ['provider', { from: 'default' }]]) }
  }
}

const AWS_VARIABLES = [
  'AWS_ACCESS_KEY_ID',
  'AWS_PROFILE',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
]

/** Whether AWS's ambient region says that AWS is meant: only together with some credentials. */
async function hasAwsCredentials(env: Io['env'], home: string): Promise<boolean> {
  if (AWS_VARIABLES.some((name) => (env[name] ?? '') !== '')) return true
  const places = [
    env['AWS_SHARED_CREDENTIALS_FILE'] || join(home, '.aws', 'credentials'),
    env['AWS_CONFIG_FILE'] || join(home, '.aws', 'config'),
  ]
  for (const place of places) if ((await statFile(place)) !== undefined) return true
  return false
}
