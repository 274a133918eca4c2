import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { commands } from '../../src/config/commands.js'
import { run } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'
import { faultsOf, outputSchemas } from './support/json.js'

const schemas = [...outputSchemas()]

/** Every schema inside a schema, with where it stands. */
function* parts(schema: object, path = ''): Generator<readonly [string, Record<string, unknown>]> {
  const node = schema as Record<string, unknown>
  if ('type' in node || 'const' in node || 'oneOf' in node || 'enum' in node) yield [path, node]
  for (const [key, value] of Object.entries(node))
    if (typeof value === 'object' && value !== null) yield* parts(value, `${path}/${key}`)
}

const having = (schema: object, isWrong: (node: Record<string, unknown>) => boolean): string[] =>
  [...parts(schema)].filter(([, node]) => isWrong(node)).map(([path]) => path)

describe.each(schemas)('%s', (name, schema) => {
  test('is of JSON Schema 2020-12', () =>
    expect(schema).toHaveProperty('$schema', 'https://json-schema.org/draft/2020-12/schema'))
  test('lets nothing through that it does not name', () =>
    expect(having(schema, (node) => 'properties' in node && node['additionalProperties'] !== false)).toEqual([]))
  if (!/backup|restore|rotate/.test(name))
    test('describes each of its parts', () =>
      expect(having(schema, (node) => typeof node['description'] !== 'string')).toEqual([]))
})

describe('every output has a schema', () => {
  const silent = new Set(['backup decrypt', 'completion', 'schedule', 'run', 'init'])
  const names = commands.map(({ name }) => name).filter((name) => !silent.has(name))
  test.each(names)('%s', (name) => {
    expect(schemas.map(([known]) => known)).toContain(`vibesecrets/${name.replace(' ', '-')}@1`)
  })
  test('a failure', () => expect(schemas.map(([known]) => known)).toContain('error'))
})

test('a plan file is as its schema says', async () => {
  const cwd = tempFolder('plan')
  const env = ['API_KEY=k1-canary-value', 'PORT=1', ''].join('\n')
  const args = ['migrate', 'local', '--env-file', '-', '--out', 'plan.json', '--include', 'PORT']
  expect((await run(args, { cwd, stdin: env })).code).toBe(0)
  expect(faultsOf(JSON.parse(readFileSync(join(cwd, 'plan.json'), 'utf8')))).toEqual([])
})
