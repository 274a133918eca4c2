import { describe, expect, test } from '@jest/globals'
import type { AnyCommand } from '../../../src/config/commands.js'
import { parseConfig } from '../../../src/config/file.js'
import type { Flags } from '../../../src/config/flags.js'
import { type Config, resolveConfig } from '../../../src/config/resolve.js'
import { Failure } from '../../../src/core/failure.js'

interface Told {
  command?: AnyCommand
  flags?: Flags
  env?: Record<string, string>
  yaml?: string
}

async function resolved({ command = 'list', flags = {}, env = {}, yaml }: Told): Promise<Config> {
  const file = yaml === undefined ? {} : { file: await parseConfig(yaml, 'v.yaml') }
  return resolveConfig({ command, flags, env, ...file })
}

async function refusal(told: Told): Promise<string> {
  try {
    await resolved(told)
  } catch (error) {
    if (error instanceof Failure) return `${error.code}: ${error.details.why ?? ''}`
    throw error
  }
  return 'accepted'
}

describe('flag, then variable, then file, then default', () => {
  const yaml = '# c\ntimeout: 40s\n'
  const env = { VIBESECRETS_TIMEOUT: '20s' }
  test.each<[Told, number, object]>([
    [{ flags: { timeout: '10s' }, env, yaml }, 10_000, { from: 'flag', detail: '--timeout' }],
    [{ env, yaml }, 20_000, { from: 'variable', detail: 'VIBESECRETS_TIMEOUT' }],
    [{ yaml }, 40_000, { from: 'file', detail: 'v.yaml:2' }],
    [{}, 30_000, { from: 'default' }],
    [{ env: { VIBESECRETS_TIMEOUT: '' }, yaml }, 40_000, { from: 'file', detail: 'v.yaml:2' }],
  ])('%j', async (told, ms, origin) => {
    const config = await resolved(told)
    expect(config.options.timeout).toBe(ms)
    expect(config.origins.get('timeout')).toEqual(origin)
  })
})

test('every type of option arrives as its type', async () => {
  const { options } = await resolved({
    command: 'migrate',
    flags: { 'dry-run': true, include: ['A,B', 'C'], 'env-file': ['a,b'], concurrency: '4', 'on-conflict': 'skip' },
    env: { VIBESECRETS_RETRIES: '0', VIBESECRETS_PLAIN_BACKUP: 'yes', VIBESECRETS_NO_REWRITE: '1' },
  })
  expect(options).toMatchObject({
    dryRun: true,
    include: ['A', 'B', 'C'],
    envFile: ['a,b'],
    concurrency: 4,
    retries: 0,
    plainBackup: true,
    rewrite: false,
    onConflict: 'skip',
    dialect: 'auto',
    color: true,
    yes: false,
  })
  expect(options.out).toBeUndefined()
})

test.each(['true', '1', 'yes', 'TRUE', 'On'])('%s is true', async (word) => {
  expect((await resolved({ env: { VIBESECRETS_YES: word } })).options.yes).toBe(true)
})

test.each<[string, Told, string]>([
  ['a boolean', { env: { VIBESECRETS_YES: 'maybe' } }, 'CONFIG_INVALID: VIBESECRETS_YES has to be true or false'],
  [
    'the switch',
    { env: { ENABLE_SECRET_MANAGER: 'nope' } },
    'CONFIG_INVALID: ENABLE_SECRET_MANAGER has to be true or false',
  ],
  [
    'a provider',
    { env: { SECRET_PROVIDER: 'amazon' } },
    'CONFIG_INVALID: SECRET_PROVIDER has to be one of aws, gcp, azure, vault, k8s, env, local',
  ],
  ['a flag', { flags: { timeout: 'hunter2' } }, 'USAGE: --timeout has to be a duration such as 90s, 15m, 2h or 7d'],
  ['a number', { flags: { concurrency: '0' } }, 'USAGE: --concurrency has to be a whole number of at least 1'],
  [
    'a format of another command',
    { flags: { format: 'junit' } },
    'USAGE: --format has to be one of text, json, csv, markdown, prometheus, html',
  ],
  ['two formats', { flags: { format: 'csv', json: true } }, 'USAGE: --json and --format name different formats'],
  ['a name', { command: 'migrate', flags: { name: ['DATABASE_URL'] } }, 'USAGE: --name takes KEY=name'],
])('%s that is wrong is named, and its value is not repeated', async (_name, told, expected) => {
  expect(await refusal(told)).toBe(expected)
  expect(await refusal(told)).not.toContain('hunter2')
})

test('--json is --format json, also by its variable', async () => {
  expect((await resolved({ flags: { json: true } })).options.format).toBe('json')
  expect((await resolved({ env: { VIBESECRETS_JSON: 'true' } })).options.format).toBe('json')
  expect((await resolved({})).options.format).toBe('text')
})

describe('the provider', () => {
  const yaml = 'provider: gcp\n'
  test.each<[string, Told, string, string]>([
    ['flag', { flags: { provider: 'aws' }, env: { SECRET_PROVIDER: 'vault' }, yaml }, 'aws', 'flag'],
    ['variable', { env: { SECRET_PROVIDER: 'vault' }, yaml }, 'vault', 'variable'],
    ['file', { env: { AWS_SECRET_MANAGER_REGION: 'eu' }, yaml }, 'gcp', 'file'],
    ['detected', { env: { AWS_SECRET_MANAGER_REGION: 'eu' } }, 'aws', 'detected'],
    ['nothing', {}, 'local', 'default'],
    [
      'fallback over variable and file',
      { env: { SECRET_PROVIDER: 'vault', ENABLE_SECRET_MANAGER: 'false' }, yaml },
      'env',
      'detected',
    ],
    ['flag over fallback', { flags: { provider: 'aws' }, env: { ENABLE_SECRET_MANAGER: 'false' } }, 'aws', 'flag'],
  ])('by %s', async (_name, told, provider, from) => {
    const config = await resolved(told)
    expect(config.provider).toBe(provider)
    expect(config.options.provider).toBe(provider)
    expect(config.origins.get('provider')?.from).toBe(from)
  })

  test('what was chosen silently is said', async () => {
    expect((await resolved({})).notices[0]?.text).toContain('local')
    expect(
      (await resolved({ flags: { provider: 'aws' }, env: { ENABLE_SECRET_MANAGER: 'false' } })).notices,
    ).toHaveLength(1)
    expect((await resolved({ flags: { provider: 'aws' } })).notices).toEqual([])
  })

  test('a writing command does not choose', async () => {
    const env = { VAULT_ADDR: 'u', GCP_PROJECT_ID: 'p' }
    expect(await refusal({ command: 'migrate', env })).toMatch(/^PROVIDER_AMBIGUOUS/)
    expect((await resolved({ command: 'validate', env })).provider).toBe('gcp')
  })
})

test('the scope follows provider, environment and prefix', async () => {
  const yaml = 'provider: aws\nenvironment: staging\nprefix: file/\n'
  expect(await resolved({ yaml })).toMatchObject({ prefix: 'file/staging/', environment: 'staging' })
  expect(await resolved({ yaml, env: { AWS_SECRET_PREFIX: 'var/' } })).toMatchObject({ prefix: 'var/staging/' })
  expect(await resolved({ yaml, flags: { prefix: 'flag/' }, env: { AWS_SECRET_PREFIX: 'var/' } })).toMatchObject({
    prefix: 'flag/staging/',
  })
  const k8s = 'provider: k8s\nenvironment: staging\nproviders: { k8s: { secret-name: app } }\n'
  expect(await resolved({ yaml: k8s })).toMatchObject({ prefix: '', secretName: 'app-staging' })
})

test('a provider’s section arrives in the spelling of its description', async () => {
  const yaml = 'provider: vault\nproviders:\n  vault: { kv-version: 2, path: kv }\n  aws: { replicas: eu-west-1 }\n'
  expect((await resolved({ yaml })).providerOptions).toEqual({ 'kv-version': '2', path: 'kv' })
  expect((await resolved({ yaml, flags: { provider: 'aws' } })).providerOptions).toEqual({ replicas: ['eu-west-1'] })
  expect((await resolved({ yaml, flags: { provider: 'local' } })).providerOptions).toEqual({})
})

test('what the file says of migrate is not said of a backup', async () => {
  const yaml = 'migrate: { exclude: [A], on-conflict: overwrite, names: { A: a } }\n'
  expect((await resolved({ command: 'migrate', yaml })).options).toMatchObject({
    exclude: ['A'],
    onConflict: 'overwrite',
  })
  expect((await resolved({ command: 'backup', yaml })).options.exclude).toBeUndefined()
  expect((await resolved({ command: 'set', yaml })).options.onConflict).toBe('fail')
})

test('names for keys come from the file, and --name wins', async () => {
  const yaml = 'migrate: { names: { A: a, B: b } }\n'
  const { names } = await resolved({ command: 'migrate', yaml, flags: { name: ['B=c', 'D=d=e'] } })
  expect([...names]).toEqual([
    ['A', 'a'],
    ['B', 'c'],
    ['D', 'd=e'],
  ])
})

test('without a file the sections are empty', async () => {
  const { inventory, targets, backup, audit, file } = await resolved({})
  expect([inventory.size, targets.size]).toEqual([0, 0])
  expect([backup, audit, file]).toEqual([{ recipients: [], keep: {} }, { to: ['file'] }, undefined])
})
