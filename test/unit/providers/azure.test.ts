import { describe, expect, test } from '@jest/globals'
import { isFailure } from '../../../src/core/failure.js'
import { secretName } from '../../../src/core/names.js'
import { SecretValue } from '../../../src/core/secret.js'
import { newestFirst } from '../../../src/providers/azure/list.js'
import { decodeName, encodeName, fittingName, listedName } from '../../../src/providers/azure/names.js'
import { choose } from '../../../src/providers/azure/settings.js'
import {
  assertTagsFit,
  descriptionOf,
  labelsOf,
  retagged,
  tagsOfWrite,
  writtenOf,
} from '../../../src/providers/azure/tags.js'
import { BINARY, payloadOf, secretOf } from '../../../src/providers/azure/values.js'
import type { Settings } from '../../../src/providers/description.js'
import { seeded } from '../../support/conformance-hostile.js'

describe('names', () => {
  test.each([
    ['vibebox-database-url', 'vibebox-database-url'],
    ['DbPassword', 'DbPassword'],
    ['a_b', 'a--x5f-b'],
    ['a/b.c', 'a--x2f-b--x2e-c'],
    ['é', '--xc3a9-'],
    ['a--b', 'a--b'],
    ['a--x5f-b', 'a--x2d--x5f-b'],
    ['a--Xb', 'a--x2d--Xb'],
  ])('%s is kept as %s', (name, stored) => {
    expect(encodeName(name)).toBe(stored)
    expect(decodeName(stored)).toBe(name)
  })

  test('10,000 generated names come back, in the alphabet of the service, and no two meet', () => {
    const next = seeded(11)
    const alphabet = [...'ab-x-x5f2d-_X', 'é', '🔑', ' ', '/', '.']
    const stored = new Map<string, string>()
    const wrong: string[] = []
    for (let round = 0; round < 10_000; round++) {
      const name = Array.from({ length: 1 + (next() % 12) }, () => alphabet[next() % alphabet.length]).join('')
      const encoded = encodeName(name)
      const before = stored.get(encoded.toLowerCase()) ?? name.toLowerCase()
      const isRight = /^[0-9A-Za-z-]+$/.test(encoded) && decodeName(encoded) === name && before === name.toLowerCase()
      if (!isRight) wrong.push(name)
      stored.set(encoded.toLowerCase(), name.toLowerCase())
    }
    expect(wrong).toEqual([])
    expect(stored.size).toBeGreaterThan(5_000)
  })

  test.each(['a--x41-', 'a--x0a-', 'a--xff-', 'a--x5f5f-'])('%s of others only looks escaped, and stays', (name) =>
    expect(decodeName(name)).toBe(name),
  )

  test('127 characters fit with all escapes, one more does not', () => {
    expect(fittingName(secretName(`${'a'.repeat(121)}_`), 'writing')).toHaveLength(127)
    expect(codeOf(() => fittingName(secretName(`${'a'.repeat(122)}_`), 'writing'))).toBe('NAME_INVALID')
  })

  test('a listed name begins as it was asked for, whatever the case', () => {
    expect(listedName('Vibebox-A', 'vibebox-')).toBe('vibebox-A')
    expect(listedName('other-a', 'vibebox-')).toBeUndefined()
  })
})

describe('tags', () => {
  const options = { expect: 'absent', token: 'run/1' } as const
  test('labels, description, token and the version before come back; tags of others stay', () => {
    const labels = { 'original-key': 'DATABASE_URL', empty: '', odd: 'a\nb', percent: '%41' }
    const tags = tagsOfWrite({ team: 'x', 'vibesecrets.old': '1' }, 'v1', { ...options, labels, description: 'what' })
    expect(labelsOf(tags)).toEqual(labels)
    expect(descriptionOf(tags)).toBe('what')
    expect(writtenOf(tags)).toEqual({ previous: 'v1', token: 'run/1' })
    expect(tags['team']).toBe('x')
    expect(Object.values(tags).every((text) => text !== '' && !text.includes('\n'))).toBe(true)
    expect(retagged(tags, {}, '')).toEqual({ team: 'x', 'vibesecrets-write': 'v1 run/1' })
    expect(writtenOf(undefined)).toEqual({})
    expect(writtenOf(tagsOfWrite({}, undefined, options))).toEqual({ token: 'run/1' })
  })

  test('what the service would refuse is told at once, all of it', () => {
    const labels = Object.fromEntries(Array.from({ length: 15 }, (_, at) => [`l${at}`, 'x'.repeat(at === 0 ? 257 : 1)]))
    const failure = caught(() => assertTagsFit('db', tagsOfWrite({}, undefined, { ...options, labels })))
    expect(isFailure(failure, 'VALUE_UNFIT') && failure.details.problems).toEqual([
      'label l0: longer than the 256 characters of a tag',
      '16 tags, the limit is 15',
    ])
  })
})

describe('values', () => {
  test('a text stays a text, and keeps the content type of others', () => {
    const value = SecretValue.fromText('a')
    expect(payloadOf('db', value, undefined)).toEqual({ text: 'a', contentType: 'text/plain' })
    expect(payloadOf('db', value, 'application/json').contentType).toBe('application/json')
    expect(payloadOf('db', value, BINARY).contentType).toBe('text/plain')
  })

  test('bytes come back, and what only claims to be base64 is a text', () => {
    const bytes = SecretValue.fromBytes(Uint8Array.from([255, 0, 1]))
    const { text, contentType } = payloadOf('db', bytes, undefined)
    expect(secretOf(text, contentType).equals(bytes)).toBe(true)
    expect(secretOf('no base64!', BINARY).equals(SecretValue.fromText('no base64!'))).toBe(true)
  })
})

test('versions of one second stand in the order of their writing', () => {
  const createdOn = new Date(1_700_000_000_000)
  const made = (version: string, previous: string) => ({
    version,
    name: 'db',
    vaultUrl: '',
    createdOn,
    tags: { 'vibesecrets-write': `${previous} t` },
  })
  const older = { version: 'z', name: 'db', vaultUrl: '', createdOn: new Date(0) }
  const all = [made('b', 'a'), older, made('a', 'z'), made('c', 'b')]
  expect(newestFirst(all).map(({ version }) => version)).toEqual(['c', 'b', 'a', 'z'])
  expect(newestFirst([made('a', 'b'), made('b', 'a')])).toHaveLength(2)
})

describe('settings', () => {
  const chosen = (env: Settings['env'], options: Settings['options'] = {}) =>
    choose({ env, options, insecureHttp: false, timeoutMs: 1, readFile: async () => undefined })
  const refusal = (env: Settings['env'], options: Settings['options'] = {}) =>
    chosen(env, options).then(
      () => 'none',
      (error: unknown) => (isFailure(error) ? error.code : String(error)),
    )

  test('the vault is named by its URL or by its name, in each cloud', async () => {
    const url = async (env: Settings['env'], options: Settings['options'] = {}) => (await chosen(env, options)).url
    expect(await url({ AZURE_KEYVAULT_URL: 'https://a.vault.azure.net/' })).toBe('https://a.vault.azure.net')
    expect(await url({ AZURE_KEY_VAULT_NAME: 'My-Vault' })).toBe('https://my-vault.vault.azure.net')
    expect(await url({}, { 'vault-name': 'other' })).toBe('https://other.vault.azure.net')
    const china = { AZURE_KEY_VAULT_NAME: 'kv1', AZURE_AUTHORITY_HOST: 'https://login.chinacloudapi.cn' }
    expect(await url(china)).toBe('https://kv1.vault.azure.cn')
  })

  test.each([
    [{}, {}, 'CONFIG_INVALID'],
    [{ AZURE_KEYVAULT_URL: 'http://a.vault.azure.net' }, {}, 'INSECURE'],
    [{ AZURE_KEYVAULT_URL: 'http://localhost:1' }, {}, 'INSECURE'],
    [{ AZURE_KEYVAULT_URL: 'https://user:pw@a.vault.azure.net' }, {}, 'CONFIG_INVALID'],
    [{ AZURE_KEYVAULT_URL: 'ftp://a' }, {}, 'CONFIG_INVALID'],
    [{ AZURE_KEY_VAULT_NAME: 'a.evil.example' }, {}, 'CONFIG_INVALID'],
    [{ AZURE_KEY_VAULT_NAME: 'kv1' }, { tags: ['a'] }, 'CONFIG_INVALID'],
    [{ AZURE_KEY_VAULT_NAME: 'kv1' }, { 'ca-cert': '/nothing' }, 'CONFIG_INVALID'],
  ])('%j %j is %s', async (env, options, code) => expect(await refusal(env, options)).toBe(code))

  test('a token goes only to vaults of Azure, to this machine, and where it is allowed', async () => {
    const trusts = async (url: string, options: Settings['options'] = {}) =>
      (await chosen({ AZURE_KEYVAULT_URL: url }, options)).trustsHost
    expect(await trusts('https://a.vault.azure.net')).toBe(false)
    expect(await trusts('https://evil.example')).toBe(false)
    expect(await trusts('https://gateway.example', { 'verify-host': false })).toBe(true)
    expect(await trusts('https://localhost:8443')).toBe(true)
  })

  test('a service principal needs all three of its parts', async () => {
    const whole = { AZURE_TENANT_ID: 't', AZURE_CLIENT_ID: 'c', AZURE_CLIENT_SECRET: 's' }
    const kv = { AZURE_KEY_VAULT_NAME: 'kv1' }
    expect((await chosen({ ...kv, ...whole })).principal).toEqual({ tenant: 't', client: 'c', secret: 's' })
    expect((await chosen({ ...kv, ...whole, AZURE_CLIENT_SECRET: '' })).principal).toBeUndefined()
  })
})

function codeOf(act: () => unknown): string {
  const error = caught(act)
  return isFailure(error) ? error.code : 'none'
}

function caught(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    return error
  }
  return undefined
}
