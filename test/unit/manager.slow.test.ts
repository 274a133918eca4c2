import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, describe, expect, test } from '@jest/globals'
import type { Failure } from '../../src/core/failure.js'
import { createSecretManager, type SecretManager, type SecretManagerOptions } from '../../src/index.js'
import { tempFolder } from '../support/temp.js'

const VALUE = 'token-number-1-of-the-test'
const open: SecretManager[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

/** An application in a folder of its own, with these variables and no others. */
async function managerIn(
  env: Record<string, string>,
  more: Partial<SecretManagerOptions> = {},
  folder = tempFolder('manager'),
) {
  const notices: string[] = []
  const manager = await createSecretManager({
    env: { HOME: folder, ...env },
    cwd: folder,
    onNotice: (text) => notices.push(text),
    ...more,
  })
  open.push(manager)
  return { manager, folder, notices }
}

const codeOf = async (act: Promise<unknown>): Promise<string> =>
  await act.then(
    () => 'none',
    (error: Failure) => error.code,
  )

describe('which provider', () => {
  test('nothing names one: the environment, silently', async () => {
    const { manager, notices } = await managerIn({ API_TOKEN: VALUE })
    expect([manager.provider, notices]).toEqual(['env', []])
    expect((await manager.get('api-token')).reveal()).toBe(VALUE)
  })
  test('ENABLE_SECRET_MANAGER=false: the environment, whatever else is set', async () => {
    const env = {
      ENABLE_SECRET_MANAGER: 'false',
      SECRET_PROVIDER: 'vault',
      VAULT_ADDR: 'http://127.0.0.1:9',
      API_TOKEN: VALUE,
    }
    const { manager } = await managerIn(env)
    expect([manager.provider, (await manager.get('api-token')).reveal()]).toEqual(['env', VALUE])
  })
  test('one that the application names wins over that, and it is told', async () => {
    const { manager, notices } = await managerIn({ ENABLE_SECRET_MANAGER: 'false' }, { provider: 'local' })
    expect([manager.provider, notices]).toEqual([
      'local',
      ['ENABLE_SECRET_MANAGER=false is set, but a provider was named: using that one'],
    ])
  })
  test('SECRET_PROVIDER, and the config file above the folder', async () => {
    expect((await managerIn({ SECRET_PROVIDER: 'local' })).manager.provider).toBe('local')
    const folder = tempFolder('manager-config')
    writeFileSync(join(folder, 'vibesecrets.yaml'), 'provider: local\n')
    mkdirSync(join(folder, 'below'))
    expect((await managerIn({}, { cwd: join(folder, 'below') }, folder)).manager.provider).toBe('local')
  })
  test('more than one is possible: the first reads, and it is told; a write is refused', async () => {
    const env = { AZURE_KEYVAULT_URL: 'https://nowhere.vault.azure.net', K8S_SECRET_NAME: 's' }
    const { manager, notices } = await managerIn(env)
    expect([manager.provider, notices.join()]).toEqual(['azure', expect.stringContaining('k8s would also be possible')])
    expect(await codeOf(manager.set('api-token', 'x'))).toBe('PROVIDER_AMBIGUOUS')
  })
  test('a word that is no provider, and a switch that is no switch', async () => {
    expect(await codeOf(managerIn({}, { provider: 'nowhere' }))).toMatch(/^(?:USAGE|CONFIG_INVALID)$/)
    expect(await codeOf(managerIn({ ENABLE_SECRET_MANAGER: 'perhaps' }))).toBe('CONFIG_INVALID')
  })
})

describe('reading', () => {
  test('a .env below the environment, the environment first', async () => {
    const folder = tempFolder('manager-env')
    writeFileSync(join(folder, '.env'), `API_TOKEN=of-the-file\nOTHER_TOKEN='${VALUE}'\n`)
    const { manager } = await managerIn({ API_TOKEN: 'of-the-environment' }, {}, folder)
    const found = await manager.getMany(['api-token', 'other-token'])
    expect([...found].map(([name, value]) => [name, value.reveal()])).toEqual([
      ['api-token', 'of-the-environment'],
      ['other-token', VALUE],
    ])
  })
  test('what is missing has a name, and many that are missing all have one', async () => {
    const { manager } = await managerIn({ API_TOKEN: VALUE })
    expect(await codeOf(manager.get('other-token'))).toBe('SECRET_NOT_FOUND')
    const failure = (await manager.getMany(['api-token', 'one', 'two']).catch((error: unknown) => error)) as Failure
    expect([failure.code, failure.details.names]).toEqual(['SECRET_NOT_FOUND', ['one', 'two']])
    expect((await manager.getMany([])).size).toBe(0)
  })
  test('a value does not print, neither do failures and the manager', async () => {
    const { manager } = await managerIn({ API_TOKEN: VALUE })
    const value = await manager.get('api-token')
    const shown = [String(value), JSON.stringify({ value }), inspect(value), inspect(manager, { depth: 9 })]
    expect(shown.join('\n')).not.toContain(VALUE)
  })
  test('list has names and facts', async () => {
    const { manager } = await managerIn({ API_TOKEN: VALUE })
    expect((await manager.list()).map(({ name }) => name)).toContain('api-token')
  })
  test('a deleted one is not an absent one', async () => {
    const { manager, folder } = await managerIn({}, { provider: 'local' })
    await manager.set('api-token', VALUE)
    const { planRemove, perform } = await import('../../src/index.js')
    const { openLibrary } = await import('../../src/connect/library.js')
    const { context, close } = await openLibrary({ env: { HOME: folder }, cwd: folder, provider: 'local' }, 'set')
    await perform(await planRemove('api-token' as never, context), context)
    await close()
    expect(await codeOf(manager.get('api-token'))).toBe('SECRET_DELETED')
  })
})

describe('writing', () => {
  test('text and bytes stand as they were given, and the run is recorded for a rollback', async () => {
    const { manager, folder } = await managerIn({}, { provider: 'local' })
    await manager.set('api-token', VALUE, { description: 'for people' })
    await manager.set('tls-key', Uint8Array.of(0, 255, 10))
    expect((await manager.get('api-token')).reveal()).toBe(VALUE)
    expect(Buffer.from((await manager.get('tls-key')).revealBytes())).toEqual(Buffer.from([0, 255, 10]))
    const journals = readdirSync(join(folder, '.local/state/vibesecrets/journal'))
    expect(journals).toHaveLength(2)
    for (const name of journals)
      expect(readFileSync(join(folder, '.local/state/vibesecrets/journal', name), 'utf8')).not.toContain(VALUE)
  })
  test('another value is replaced, or left alone where that was asked', async () => {
    const { manager } = await managerIn({}, { provider: 'local' })
    await manager.set('api-token', 'one')
    expect(await codeOf(manager.set('api-token', 'two', { onConflict: 'fail' }))).toBe('CONFLICT')
    expect((await manager.get('api-token')).reveal()).toBe('one')
    await manager.set('api-token', 'two')
    expect((await manager.get('api-token')).reveal()).toBe('two')
  })
  test('the environment without a file cannot be written', async () => {
    const { manager } = await managerIn({ ENABLE_SECRET_MANAGER: 'false' })
    expect(await codeOf(manager.set('api-token', VALUE))).toBe('UNSUPPORTED')
  })
})

describe('for a time', () => {
  test('a value that was read is given again, and a write or the end of the time ends that', async () => {
    const folder = tempFolder('manager-cache')
    const { manager } = await managerIn({}, { provider: 'local', cacheForMs: 600_000 }, folder)
    const { manager: other } = await managerIn({}, { provider: 'local' }, folder)
    await other.set('api-token', 'one')
    expect((await manager.get('api-token')).reveal()).toBe('one')
    await other.set('api-token', 'two')
    expect((await manager.get('api-token')).reveal()).toBe('one')
    expect((await manager.getMany(['api-token'])).get('api-token')?.reveal()).toBe('one')
    await manager.set('api-token', 'three')
    expect((await manager.get('api-token')).reveal()).toBe('three')
  })
  test('what was not there is asked for again', async () => {
    const folder = tempFolder('manager-absent')
    const { manager } = await managerIn({}, { provider: 'local', cacheForMs: 600_000 }, folder)
    expect(await codeOf(manager.get('api-token'))).toBe('SECRET_NOT_FOUND')
    const { manager: other } = await managerIn({}, { provider: 'local' }, folder)
    await other.set('api-token', 'one')
    expect((await manager.get('api-token')).reveal()).toBe('one')
  })
  test('without a time, never', async () => {
    const folder = tempFolder('manager-none')
    const { manager } = await managerIn({}, { provider: 'local' }, folder)
    const { manager: other } = await managerIn({}, { provider: 'local' }, folder)
    for (const value of ['one', 'two']) {
      await other.set('api-token', value)
      expect((await manager.get('api-token')).reveal()).toBe(value)
    }
  })
  test('after the end nothing is read', async () => {
    const { manager } = await managerIn({ API_TOKEN: VALUE })
    await manager.close()
    expect(await codeOf(manager.get('api-token'))).toBe('USAGE')
    expect(await codeOf(manager.getMany(['api-token']))).toBe('USAGE')
    expect(await codeOf(manager.set('api-token', 'x'))).toBe('USAGE')
  })
})
