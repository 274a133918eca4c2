import { parseDuration } from './durations.js'

export type StrategyName = 'random' | 'jwt' | 'database' | 'encryption-key' | 'command'

/** How one secret rotates. Durations are milliseconds; programs are argument lists, never a shell line. */
export interface RotateConfig {
  readonly strategy?: StrategyName
  readonly everyMs?: number
  readonly minimumMs?: number
  readonly graceMs?: number
  readonly tokenLifeMs?: number
  readonly cacheTtlMs?: number
  readonly target?: string
  readonly restart: readonly string[]
  readonly reencrypt: readonly string[]
  readonly count: readonly string[]
  readonly command: readonly string[]
  readonly length?: number
  readonly charset?: string
}

/** A secret that holds the same value, whole or as a part. */
export interface AlsoConfig {
  readonly secret: string
  readonly part?: string
}

export interface InventoryEntry {
  readonly purpose?: string
  readonly owner?: string
  readonly rotate?: RotateConfig
  readonly also: readonly AlsoConfig[]
}

/** By the secret's name, as the file has it. */
export type Inventory = ReadonlyMap<string, InventoryEntry>

export interface TargetConfig {
  readonly type: 'postgres' | 'mysql' | 'kubernetes' | 'command' | 'webhook'
  /** May hold references. */
  readonly admin?: string
  readonly host?: string
  readonly port?: number
  readonly database?: string
  readonly role?: string
  readonly users?: 'single' | 'alternating'
  readonly namespace?: string
  readonly context?: string
  readonly url?: string
  readonly command: readonly string[]
  readonly timeoutMs?: number
}

export interface BackupConfig {
  readonly to?: string
  readonly recipients: readonly string[]
  readonly keep: {
    readonly last?: number
    readonly daily?: number
    readonly weekly?: number
    readonly monthly?: number
  }
}

export interface AuditConfig {
  readonly to: readonly ('file' | 'stdout')[]
}

/** A part of a document that fits the schema. */
export type Section = Readonly<Record<string, unknown>>

export const section = (value: unknown): Section =>
  typeof value === 'object' && value !== null ? (value as Section) : {}

/** One text or a list of texts. */
export function texts(value: unknown): readonly string[] {
  if (value === undefined) return []
  return (Array.isArray(value) ? value : [value]).map(String)
}

export function inventoryOf(secrets: unknown): Inventory {
  return new Map(Object.entries(section(secrets)).map(([name, entry]) => [name, entryOf(section(entry))]))
}

function entryOf({ purpose, owner, rotate, also }: Section): InventoryEntry {
  const others = Array.isArray(also) ? (also as AlsoConfig[]) : []
  return {
    ...given({ purpose, owner }),
    ...(rotate === undefined ? {} : { rotate: rotateOf(section(rotate)) }),
    also: others,
  }
}

function rotateOf(raw: Section): RotateConfig {
  const { strategy, target, length, charset } = raw
  return {
    ...given({ strategy, target, length, charset }),
    ...durations(raw, {
      every: 'everyMs',
      minimum: 'minimumMs',
      grace: 'graceMs',
      'token-life': 'tokenLifeMs',
      'cache-ttl': 'cacheTtlMs',
    }),
    restart: texts(raw['restart']),
    reencrypt: texts(raw['reencrypt']),
    count: texts(raw['count']),
    command: texts(raw['command']),
  }
}

export function targetsOf(targets: unknown): ReadonlyMap<string, TargetConfig> {
  return new Map(Object.entries(section(targets)).map(([name, target]) => [name, targetOf(section(target))]))
}

function targetOf(raw: Section): TargetConfig {
  const { command, timeout: _, ...rest } = raw
  return { ...rest, ...durations(raw, { timeout: 'timeoutMs' }), command: texts(command) } as unknown as TargetConfig
}

export function backupOf(raw: unknown): BackupConfig {
  const { to, recipients, keep } = section(raw)
  return { ...given({ to }), recipients: texts(recipients), keep: section(keep) }
}

export function auditOf(raw: unknown): AuditConfig {
  const to = texts(section(raw)['to'])
  return { to: to.length === 0 ? ['file'] : (to as AuditConfig['to']) }
}

/** Without what nobody said. The schema has checked the types. */
function given<T extends Section>(facts: T): { [K in keyof T]?: never } {
  return Object.fromEntries(Object.entries(facts).filter(([, fact]) => fact !== undefined)) as {
    [K in keyof T]?: never
  }
}

function durations(raw: Section, names: Readonly<Record<string, string>>): Section {
  const parsed = Object.entries(names).map(([key, name]) => [name, parseDuration(String(raw[key]))] as const)
  return Object.fromEntries(parsed.filter(([, ms]) => ms !== undefined))
}
