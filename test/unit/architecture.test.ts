import { describe, expect, test } from '@jest/globals'
import {
  foreignProviders,
  MAY_REVEAL,
  NAMES_A_PROVIDER,
  places,
  ruleOf,
  wrongImports,
} from '../support/architecture.js'
import { type Import, sourceOf, sourcesBelow } from '../support/source.js'

const sources = sourcesBelow('src', 'commands', 'bin')

describe('who may import whom', () => {
  const broken = sources.flatMap((source) => wrongImports(source))
  test('every import is allowed', () => expect(broken).toEqual([]))
  test('every file belongs to an area that has a rule', () =>
    expect(sources.filter((source) => ruleOf(source.path) === undefined).map((source) => source.path)).toEqual([]))
  test('no provider imports another provider', () => expect(sources.flatMap(foreignProviders)).toEqual([]))
})

describe('what only some files may do', () => {
  test('values come out in the files of the list and nowhere else', () =>
    expect(holding(/\.reveal(?:Bytes)?\(/).filter((path) => !MAY_REVEAL.some((each) => each.test(path)))).toEqual([]))
  test.each(places)('$what', ({ pattern, only }) =>
    expect(holding(pattern).filter((path) => !only.test(path))).toEqual([]),
  )
  test('node:process is for system alone, which asks who runs and who still lives', () =>
    expect(
      importing((each) => each.target === 'node:process' && each.kind !== 'type', /^(?:src\/(?!system\/)|commands\/)/),
    ).toEqual([]))
  test('no flow, engine or command knows a provider by its name', () => {
    const blind = /^(?:commands|src\/(?:core|dotenv|engine|flows|ui|rotation|backup|targets))\//
    expect(textsHolding(NAMES_A_PROVIDER).filter((path) => blind.test(path))).toEqual([])
  })
})

describe('the rules see what they should', () => {
  const wrong = (path: string, text: string) => wrongImports(sourceOf(path, text))
  test.each([
    ['src/core/a.ts', "import { x } from '../flows/b.js'", 1],
    ['src/core/a.ts', "import { readFile } from 'node:fs/promises'", 1],
    ['src/core/a.ts', "import { inspect } from 'node:util'", 0],
    ['src/flows/a.ts', "import type { X } from '../config/x.js'", 0],
    ['src/flows/a.ts', "import { X } from '../config/x.js'", 1],
    ['src/flows/a.ts', "import { type X, type Y } from '../config/x.js'", 0],
    ['src/providers/aws/client.ts', "import { Client } from '@aws-sdk/client-secrets-manager'", 1],
    ['src/providers/aws/client.ts', "import type { Client } from '@aws-sdk/client-secrets-manager'", 0],
    ['src/providers/aws/client.ts', "const sdk = await import('@aws-sdk/client-secrets-manager')", 0],
    ['src/providers/aws/client.ts', "const sdk = await import('node-fetch')", 1],
    ['src/engine/a.ts', "export { x } from '../ui/x.js'", 1],
    ['src/manager.ts', "import { p } from './providers/aws/index.js'", 1],
    ['src/manager.ts', "import { p } from './providers/index.js'", 0],
  ])('%s: %s', (path, text, count) => expect(wrong(path, text)).toHaveLength(count))
  test('a provider of another folder is foreign', () => {
    const text = "import { x } from '../vault/http.js'\nimport { y } from './y.js'\nimport { z } from '../wrap/z.js'"
    expect(foreignProviders(sourceOf('src/providers/k8s/a.ts', text))).toHaveLength(1)
  })
  test('comments and texts are not code', () => {
    const { code } = sourceOf(
      'src/a.ts',
      "// process.env\n/* console.log */ const a = 'process.env' // new Date()\nfetch('http://x')",
    )
    expect(code).not.toMatch(/process|console|Date/)
    expect(code).toContain('fetch')
  })
})

function holding(pattern: RegExp): string[] {
  return sources.filter((source) => pattern.test(source.code)).map((source) => source.path)
}

function textsHolding(pattern: RegExp): string[] {
  return sources.filter((source) => pattern.test(source.text)).map((source) => source.path)
}

function importing(isMeant: (each: Import) => boolean, below: RegExp): string[] {
  return sources
    .filter((source) => below.test(source.path) && source.imports.some(isMeant))
    .map((source) => source.path)
}
