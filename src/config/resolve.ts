import { Failure } from '../core/failure.js'
import { type AnyCommand, factsOf } from './commands.js'
import { detect, isProvider, isSwitchedOff, type KnownProvider, type Notice } from './detect.js'
import type { FileConfig } from './file.js'
import type { Flags } from './flags.js'
import {
  type AuditConfig,
  auditOf,
  type BackupConfig,
  backupOf,
  type Inventory,
  inventoryOf,
  section,
  type TargetConfig,
  targetsOf,
  texts,
} from './inventory.js'
import { fileKey, providerFacts } from './provider-facts.js'
import { scopeOf } from './scope.js'
import { camel, longName, type NamedSetting, type Options, settingsOf, variableOf } from './settings.js'
import { closest } from './suggest.js'
import { isFalse, isTrue, readValue, type Value } from './values.js'
import { type Environment, said } from './variables.js'

/** Where a value in force comes from. */
export interface Origin {
  readonly from: 'flag' | 'variable' | 'file' | 'detected' | 'default'
  /** The flag, the variable, or file and line. */
  readonly detail?: string
}

/** Everything that a command is told. */
export interface Config {
  readonly command: AnyCommand
  readonly provider: KnownProvider
  /** Before every name, environment included. */
  readonly prefix: string
  readonly environment?: string
  /** For k8s: the Secret's name. */
  readonly secretName?: string
  readonly options: Options
  /** `providers.<id>` of the file, in the spelling of the provider's description. */
  readonly providerOptions: Readonly<Record<string, unknown>>
  readonly inventory: Inventory
  readonly targets: ReadonlyMap<string, TargetConfig>
  readonly backup: BackupConfig
  readonly audit: AuditConfig
  /** Names that were given for keys: from the file and from `--name`. */
  readonly names: ReadonlyMap<string, string>
  readonly notices: readonly Notice[]
  readonly origins: ReadonlyMap<string, Origin>
  readonly file?: string
}

export interface ResolveRequest {
  readonly command: AnyCommand
  readonly flags: Flags
  readonly env: Environment
  readonly file?: FileConfig
  readonly facts?: { readonly awsCredentials?: boolean }
  readonly whenNone?: 'local' | 'env'
}

/** Flag, then variable, then config file, then default. Pure. Throws USAGE, CONFIG_INVALID or PROVIDER_AMBIGUOUS. */
export function resolveConfig(request: ResolveRequest): Config {
  const settled = settle(request)
  const { env, file, command } = request
  const chosen = providerOf(request, settled)
  const { provider } = chosen
  const environment = textOf(settled, 'environment')
  const prefix = textOf(settled, 'prefix')
  const ofProvider = optionsOfProvider(provider, file)
  const scope = scopeOf({
    provider,
    env,
    ...(environment === undefined ? {} : { environment }),
    ...(prefix === undefined ? {} : { prefix, prefixIsFromFile: settled.get('prefix')?.origin.from === 'file' }),
    ...(typeof ofProvider['secret-name'] === 'string' ? { secretName: ofProvider['secret-name'] } : {}),
  })
  const origins = new Map([...settled].map(([name, { origin }]) => [name, origin]))
  const ofPrefix = prefixVariableOf(provider, env, origins.get('prefix'))
  if (ofPrefix !== undefined) origins.set('prefix', { from: 'variable', detail: ofPrefix })
  return {
    command,
    provider,
    ...scope,
    options: optionsOf(settled, provider, scope.environment),
    providerOptions: ofProvider,
    inventory: inventoryOf(file?.at('secrets')),
    targets: targetsOf(file?.at('targets')),
    backup: backupOf(file?.at('backup')),
    audit: auditOf(file?.at('audit')),
    names: namesOf(settled, file),
    notices: chosen.notices,
    origins: origins.set('provider', chosen.origin),
    ...(file === undefined ? {} : { file: file.path }),
  }
}

/** The provider's own variable, where the prefix comes from it: it wins over the file and the default. */
function prefixVariableOf(provider: KnownProvider, env: Environment, origin: Origin | undefined): string | undefined {
  const { prefixVariable } = providerFacts[provider]
  const isSaid = origin !== undefined && origin.from !== 'file' && origin.from !== 'default'
  return isSaid || prefixVariable === undefined || (env[prefixVariable] ?? '') === '' ? undefined : prefixVariable
}

interface Settled {
  readonly value: Value
  readonly origin: Origin
}
type SettledMap = Map<string, Settled>

function settle({ command, flags, env, file }: ResolveRequest): SettledMap {
  const settled: SettledMap = new Map()
  for (const setting of settingsOf(command)) {
    const found =
      fromFlag(setting, flags) ?? fromVariable(setting, env) ?? fromFile(setting, command, file) ?? fromDefault(setting)
    if (found !== undefined) settled.set(setting.name, found)
  }
  return withJson(settled)
}

function fromFlag(setting: NamedSetting, flags: Flags): Settled | undefined {
  const raw = flags[setting.name]
  const detail = `--${longName(setting)}`
  return raw === undefined ? undefined : { value: readValue(setting, raw, detail), origin: { from: 'flag', detail } }
}

function fromVariable(setting: NamedSetting, env: Environment): Settled | undefined {
  const names = [variableOf(setting), ...(setting.variables ?? [])].filter((name) => name !== undefined)
  const detail = names.find((name) => env[name] !== undefined && env[name] !== '')
  if (detail === undefined) return undefined
  const value = readValue(setting, env[detail], detail)
  return { value: setting.negative === true ? !value : value, origin: { from: 'variable', detail } }
}

function fromFile(setting: NamedSetting, command: AnyCommand, file: FileConfig | undefined): Settled | undefined {
  const { config, configFor } = setting
  if (config === undefined || file === undefined || configFor?.includes(command) === false) return undefined
  const raw = file.at(config)
  if (raw === undefined) return undefined
  const line = file.lineOf(config)
  return {
    value: readValue(setting, raw, config),
    origin: { from: 'file', detail: line === undefined ? file.path : `${file.path}:${line}` },
  }
}

function fromDefault(setting: NamedSetting): Settled | undefined {
  if (setting.default === undefined) return undefined
  return { value: readValue(setting, setting.default, `--${setting.name}`), origin: { from: 'default' } }
}

/** `--json` is `--format json`; with another format named beside it, nobody can know what is meant. */
function withJson(settled: SettledMap): SettledMap {
  const json = settled.get('json')
  const format = settled.get('format')
  if (json?.value !== true) return settled
  if (json.origin.from === 'flag' && format?.origin.from === 'flag' && format.value !== 'json') {
    throw new Failure('USAGE', { why: '--json and --format name different formats' })
  }
  return settled.set('format', { value: 'json', origin: json.origin })
}

const textOf = (settled: SettledMap, name: string): string | undefined => {
  const value = settled.get(name)?.value
  return typeof value === 'string' ? value : undefined
}

interface Chosen {
  readonly provider: KnownProvider
  readonly origin: Origin
  readonly notices: readonly Notice[]
}

/** What was typed wins over the emergency fallback, that over every other setting; else the environment tells. */
function providerOf(request: ResolveRequest, settled: SettledMap): Chosen {
  const { env, command, facts, whenNone = 'local' } = request
  const named = settled.get('provider')
  const isOff = switchedOff(env)
  if (named !== undefined && isProvider(String(named.value)) && (!isOff || named.origin.from === 'flag')) {
    const overruled = {
      code: 'fallback-overruled',
      text: 'ENABLE_SECRET_MANAGER=false is set, but a provider was named: using that one',
    }
    return {
      provider: String(named.value) as KnownProvider,
      origin: named.origin,
      notices: isOff && named.value !== 'env' ? [overruled] : [],
    }
  }
  const { provider, because, notice } = detect(env, { mutates: factsOf(command).mutates, whenNone, ...facts })
  const origin: Origin = because === 'nothing' ? { from: 'default' } : { from: 'detected', detail: because }
  return { provider, origin, notices: notice === undefined ? [] : [notice] }
}

function switchedOff(env: Environment): boolean {
  const word = said(env, 'ENABLE_SECRET_MANAGER')
  if (word !== undefined && !isTrue(word) && !isFalse(word)) {
    throw new Failure('CONFIG_INVALID', { why: 'ENABLE_SECRET_MANAGER has to be true or false' })
  }
  return isSwitchedOff(env)
}

function optionsOf(settled: SettledMap, provider: KnownProvider, environment: string | undefined): Options {
  const values = [...settled].map(([name, { value }]) => [camel(name), value] as const)
  return Object.fromEntries([
    ...values,
    ['provider', provider],
    ...(environment === undefined ? [] : [['environment', environment] as const]),
  ]) as Options
}

function optionsOfProvider(provider: KnownProvider, file: FileConfig | undefined): Readonly<Record<string, unknown>> {
  const raw = section(section(file?.at('providers'))[provider])
  const known = providerFacts[provider].options.filter(({ key }) => Object.hasOwn(raw, fileKey(key)))
  return Object.fromEntries(
    known.map(({ key, type }) => {
      const value = raw[fileKey(key)]
      if (type === 'choice') return [key, String(value)]
      return [key, type === 'list' ? texts(value) : value]
    }),
  )
}

function namesOf(settled: SettledMap, file: FileConfig | undefined): ReadonlyMap<string, string> {
  const given = Object.entries(section(file?.at('migrate.names'))).map(([key, name]) => [key, String(name)] as const)
  const typed = settled.get('name')?.value
  return new Map([...given, ...(Array.isArray(typed) ? typed.map(nameOf) : [])])
}

function nameOf(pair: string): readonly [string, string] {
  const cut = pair.indexOf('=')
  if (cut > 0 && cut < pair.length - 1) return [pair.slice(0, cut), pair.slice(cut + 1)]
  throw new Failure('USAGE', {
    why: '--name takes KEY=name',
    hints: [{ what: 'for example', command: 'vibesecrets migrate --name DATABASE_URL=database-url' }],
  })
}

/** The word that was probably meant, among the providers. */
export const closestProvider = (word: string): string | undefined => closest(word, Object.keys(providerFacts))
