import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { parse } from 'yaml'
import { check } from '../../../src/config/check.js'
import { findConfig, parseConfig } from '../../../src/config/file.js'
import { inventoryOf, targetsOf } from '../../../src/config/inventory.js'
import { configSchema } from '../../../src/config/schema.js'
import { Failure } from '../../../src/core/failure.js'

const EXAMPLE = `provider: aws
environment: production
env-file: backend/.env
migrate:
  exclude: [PORT, NODE_ENV]
  names: { DATABASE_URL: database-url }
providers:
  aws: { region: eu-central-1, kms-key: alias/vibebox, replicas: [eu-west-1], tags: { team: platform } }
  gcp: { project: vibebox, replication: automatic, keep-versions: 5 }
secrets:                                   # the inventory
  database-password:
    purpose: PostgreSQL auth
    owner: Platform
    rotate: { strategy: database, every: 30d, target: main-db, restart: [deployment/vibebox-backend] }
    also: [{ secret: database-url, part: password }]        # rotates with it, as one
  jwt-secret:
    purpose: Token signing
    owner: Security
    rotate: { strategy: jwt, every: 90d, grace: 2h }
  encryption-key:
    purpose: Field encryption
    owner: Security
    rotate: { strategy: encryption-key, every: 365d, reencrypt: [node, scripts/reencrypt.js], count: [node, scripts/count.js] }
targets:
  main-db: { type: postgres, admin: '\${secret:database-admin-url}', role: vibebox, users: alternating }
backup:
  to: s3://vibebox-secrets-backup/production/
  recipients: [age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p]
  keep: { last: 3, daily: 7, weekly: 5, monthly: 12 }
audit: { to: [file, stdout] }
`

async function problems(text: string): Promise<readonly string[]> {
  try {
    await parseConfig(text, 'v.yaml')
  } catch (error) {
    if (error instanceof Failure && error.code === 'CONFIG_INVALID')
      return error.details.problems ?? [error.details.why ?? '']
    throw error
  }
  return []
}

test('the contract’s example is read whole', async () => {
  const file = await parseConfig(EXAMPLE, 'v.yaml')
  expect(file.at('migrate.exclude')).toEqual(['PORT', 'NODE_ENV'])
  expect(file.lineOf('migrate.exclude')).toBe(5)
  expect(file.at('nothing.here')).toBeUndefined()
  const inventory = inventoryOf(file.at('secrets'))
  expect(inventory.get('database-password')).toEqual({
    purpose: 'PostgreSQL auth',
    owner: 'Platform',
    rotate: {
      strategy: 'database',
      everyMs: 30 * 86_400_000,
      target: 'main-db',
      restart: ['deployment/vibebox-backend'],
      reencrypt: [],
      count: [],
      command: [],
    },
    also: [{ secret: 'database-url', part: 'password' }],
  })
  expect(inventory.get('jwt-secret')?.rotate).toMatchObject({ everyMs: 90 * 86_400_000, graceMs: 7_200_000 })
  expect(targetsOf(file.at('targets')).get('main-db')).toEqual({
    type: 'postgres',
    admin: '${secret:database-admin-url}',
    role: 'vibebox',
    users: 'alternating',
    command: [],
  })
})

test('an empty file and one of comments say nothing', async () => {
  expect(await problems('')).toEqual([])
  expect(await problems('# nothing\n')).toEqual([])
  expect(await problems('provider: aws\r\nenvironment: p\r\n')).toEqual([])
})

test.each([
  ['enviroment: p', 'v.yaml:1:1: unknown key "enviroment", did you mean "environment"?'],
  ['provider: aws\nmigrate:\n  exclud: [A]', 'v.yaml:3:3: unknown key "exclud", did you mean "exclude"?'],
  [
    'secrets:\n  a:\n    rotate: { every: 30 }',
    'v.yaml:3:22: secrets.a.rotate.every has to be a duration such as 90s, 15m, 2h or 7d',
  ],
  ['provider: amazon', 'v.yaml:1:11: provider has to be one of aws, gcp, azure, vault, k8s, env, local'],
  ['concurrency: 0', 'v.yaml:1:14: concurrency has to be a whole number of at least 1'],
  ['insecure-http: "yes"', 'v.yaml:1:16: insecure-http has to be true or false'],
  ['migrate: []', 'v.yaml:1:10: migrate has to be a map'],
  ['migrate:', 'v.yaml:1:9: migrate has to be a map'],
  ['env-file: [a, 1]', 'v.yaml:1:15: env-file[1] has to be text'],
  ['targets: { a: { role: x } }', 'v.yaml:1:15: targets.a "type" is missing'],
  ['- a', 'v.yaml:1:1: has to be a map'],
  ['a: 1\na: 2', 'v.yaml:2:1: this key stands twice'],
  ['a:\n\tb: 1', 'v.yaml:2:1: a tab is no indent in YAML: use spaces'],
  ['a: "b', 'v.yaml:1:6: a closing quote, bracket or colon is missing'],
  ['x\u001by: 1', 'v.yaml:1:1: unknown key; known are'],
])('%j is refused with its place', async (text, problem) => {
  const [first] = await problems(text)
  expect(first?.startsWith(problem) ? problem : first).toBe(problem)
})

test('all problems are told at once', async () => {
  expect(await problems('enviroment: p\nprovider: x\ntimeout: 5')).toHaveLength(3)
})

describe('a secret in the file is refused, and never repeated', () => {
  const cases = ['postgres://app:hunter2-canary@db/app', 'k7Kp2Qz9Lm4canary8Wv3Yb6', `${'-----BEGIN'} PRIVATE KEY-----`]
  test.each(cases)('%s', async (value) => {
    const [problem] = await problems(`targets:\n  db:\n    type: postgres\n    admin: "${value}"\n`)
    expect(problem).toMatch(/^v\.yaml:4:12: targets\.db\.admin looks like .*reference/)
    expect(problem).not.toMatch(/canary|hunter|BEGIN/)
  })

  test('not even when the YAML around it is broken', async () => {
    for (const text of [
      'a: *canary',
      'a: "canary-value',
      'canary: [',
      '? canary\n: [x}',
      '%canary\n---\na',
      '&canary a: *nope',
    ]) {
      expect((await problems(text)).join()).not.toContain('canary')
    }
  })
})

describe('hostile files end', () => {
  test('deep nesting', async () => expect(await problems(`a: ${'['.repeat(20_000)}`)).not.toEqual([]))
  test('an alias bomb', async () => {
    const levels = Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(10).fill(`*a${i}`).join(',')}]`)
    expect(await problems(['a0: &a0 [x]', ...levels].join('\n'))).not.toEqual([])
  })
  test('a large file', async () =>
    expect(await problems(`#${'x'.repeat(1_100_000)}`)).toEqual(['v.yaml: larger than 1 MiB']))
  test('keys of the language are plain keys', async () => {
    expect(await problems('__proto__: { a: 1 }')).toHaveLength(1)
    const file = await parseConfig('secrets:\n  __proto__: { owner: x }\n  constructor: { owner: y }\n', 'v.yaml')
    const inventory = inventoryOf(file.at('secrets'))
    expect([...inventory.keys()]).toEqual(['__proto__', 'constructor'])
    expect(file.at('migrate.constructor')).toBeUndefined()
    expect(({} as { owner?: string }).owner).toBeUndefined()
  })
})

describe('finding the file', () => {
  const readText = (files: Record<string, string>) => (path: string) => Promise.resolve(files[path])

  test('the nearest upwards wins, then the user’s own', async () => {
    const files = {
      '/a/vibesecrets.yaml': 'near',
      '/vibesecrets.yaml': 'root',
      '/home/u/.config/vibesecrets/vibesecrets.yaml': 'own',
    }
    const configHome = '/home/u/.config/vibesecrets'
    expect((await findConfig({ cwd: '/a/b/c', configHome, readText: readText(files) }))?.text).toBe('near')
    expect((await findConfig({ cwd: '/x', configHome, readText: readText(files) }))?.path).toBe('/vibesecrets.yaml')
    const { '/vibesecrets.yaml': _, ...others } = files
    expect((await findConfig({ cwd: '/x', configHome, readText: readText(others) }))?.text).toBe('own')
    expect(await findConfig({ cwd: '/x', readText: readText({}) })).toBeUndefined()
  })

  test('one that was named has to be there', async () => {
    const request = { cwd: '/x', explicit: '/y.yaml', readText: readText({ '/vibesecrets.yaml': 'root' }) }
    await expect(findConfig(request)).rejects.toMatchObject({ code: 'INPUT_MISSING' })
  })
})

describe('the published schema', () => {
  const path = new URL('../../../schemas/config.schema.json', import.meta.url)
  const made = `${JSON.stringify(configSchema(), undefined, 2)}\n`
  if (process.env['UPDATE_EXPECT'] === '1') writeFileSync(path, made)

  test('is what the code checks with (UPDATE_EXPECT=1 writes it)', () =>
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(JSON.parse(made)))

  const validate = new Ajv2020({ strict: false }).compile(JSON.parse(made) as object)
  const documents: unknown[] = [
    parse(EXAMPLE),
    {},
    { provider: 'k8s', migrate: { rewrite: false, 'reference-style': 'uri', 'on-conflict': 'skip' } },
    { 'env-file': ['a', 'b'], timeout: '30s', concurrency: 4, 'insecure-http': true },
    { providers: { vault: { 'kv-version': 2 }, k8s: { 'create-namespace': true }, local: { 'keep-versions': 3 } } },
    { providers: { vault: { 'kv-version': '1' } } },
    { secrets: { a: {}, b: { rotate: {} } } },
    { backup: { recipients: 'age1x', keep: {} }, audit: { to: ['file'] } },
    { $schema: 'x' },
    null,
    [],
    'text',
    { unknown: 1 },
    { provider: 'memory' },
    { provider: 1 },
    { timeout: 30 },
    { timeout: '30' },
    { concurrency: 1.5 },
    { concurrency: -1 },
    { migrate: { names: { A: 1 } } },
    { migrate: { names: ['A'] } },
    { providers: { vault: { 'kv-version': 3 } } },
    { providers: { aws: { tags: { a: 1 } } } },
    { providers: { memory: {} } },
    { secrets: { a: { rotate: { every: 'soon' } } } },
    { secrets: { a: { also: [{ part: 'x' }] } } },
    { secrets: { a: null } },
    { targets: { a: {} } },
    { targets: { a: { type: 'oracle' } } },
    { backup: { keep: { last: 0 } } },
    { audit: { to: ['syslog'] } },
    { audit: { to: 'file' } },
  ]
  test('accepts and refuses what the code does', () => {
    const schema = configSchema()
    const answers = documents.map((document) => ({
      document,
      ajv: validate(document),
      ours: check(document, schema).length === 0,
    }))
    expect(answers.filter(({ ajv, ours }) => ajv !== ours)).toEqual([])
    expect(answers.filter(({ ours }) => ours)).toHaveLength(9)
  })

  test('every key is described', () => {
    const undescribed = (schema: object, path: string): string[] =>
      Object.entries((schema as { properties?: Record<string, { description?: string }> }).properties ?? {}).flatMap(
        ([key, inner]) => [...(inner.description ? [] : [`${path}${key}`]), ...undescribed(inner, `${path}${key}.`)],
      )
    expect(undescribed(configSchema(), '')).toEqual([])
  })
})
