import { describe, expect, test } from '@jest/globals'
import type { Settings } from '../../../src/providers/description.js'
import { description } from '../../../src/providers/vault/description.js'
import { readSettings } from '../../../src/providers/vault/settings.js'

const ADDR = { VAULT_ADDR: 'https://vault.example.com' }
const TOKEN = { ...ADDR, VAULT_TOKEN: 'tok' }

const read = (env: Record<string, string>, more: Partial<Settings> = {}) =>
  readSettings({ env, options: {}, timeoutMs: 1_000, insecureHttp: false, readFile: async () => undefined, ...more })
const files = (known: Record<string, string>) => async (path: string) =>
  known[path] === undefined ? undefined : Buffer.from(known[path])

describe('settings of Vault', () => {
  test.each([
    ['no address', { VAULT_TOKEN: 't' }, 'CONFIG_INVALID'],
    ['no address at all', { VAULT_TOKEN: 't', VAULT_ADDR: 'vault' }, 'CONFIG_INVALID'],
    ['another protocol', { VAULT_TOKEN: 't', VAULT_ADDR: 'unix:///run/vault.sock' }, 'CONFIG_INVALID'],
    ['a password in the address', { VAULT_TOKEN: 't', VAULT_ADDR: 'https://u:canary@v' }, 'CONFIG_INVALID'],
    ['plain http', { VAULT_TOKEN: 't', VAULT_ADDR: 'http://vault.example.com' }, 'INSECURE'],
    ['no verification', { ...TOKEN, VAULT_SKIP_VERIFY: '1' }, 'INSECURE'],
    ['a KV version that is none', { ...TOKEN, VAULT_KV_VERSION: '3' }, 'CONFIG_INVALID'],
    ['a CA file that is not there', { ...TOKEN, VAULT_CACERT: '/nowhere' }, 'CONFIG_INVALID'],
    ['nothing to log in with', ADDR, 'UNAUTHENTICATED'],
  ])('%s is refused', async (_, env, code) => {
    const failure = await read(env).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code })
    expect(JSON.stringify((failure as { details: object }).details)).not.toContain('canary')
  })

  test.each(['http://127.0.0.1:8200', 'http://localhost:8200', 'http://[::1]:8200'])(
    '%s is this machine',
    async (address) => {
      expect((await read({ ...TOKEN, VAULT_ADDR: address })).address.protocol).toBe('http:')
    },
  )

  test('plain http is taken when it is asked for', async () => {
    const env = { ...TOKEN, VAULT_ADDR: 'http://vault.example.com' }
    expect((await read(env, { insecureHttp: true })).address.host).toBe('vault.example.com')
  })

  test('what was said outright wins over the file of `vault login`', async () => {
    const home = { home: '/home/me', readFile: files({ '/home/me/.vault-token': 'kept\n' }) }
    const kinds = [
      {},
      { VAULT_KUBERNETES_ROLE: 'app' },
      { VAULT_KUBERNETES_ROLE: 'app', VAULT_ROLE_ID: 'r', VAULT_SECRET_ID: 's' },
      { VAULT_ROLE_ID: 'r', VAULT_TOKEN: ' tok\n' },
    ].map(async (env) => (await read({ ...ADDR, ...env }, home)).auth)
    expect(await Promise.all(kinds)).toMatchObject([
      { kind: 'token', token: 'kept' },
      { kind: 'kubernetes', mount: 'kubernetes', role: 'app' },
      { kind: 'approle', mount: 'approle', roleId: 'r', secretId: 's' },
      { kind: 'token', token: 'tok' },
    ])
  })

  test('the environment wins over the config file, slashes do not matter', async () => {
    const options = { path: 'team/kv', namespace: 'ns1/', 'kv-version': '1', address: 'https://file.example.com/' }
    expect(await read({ VAULT_TOKEN: 't' }, { options })).toMatchObject({
      mount: 'team/kv',
      namespace: 'ns1',
      kvVersion: 1,
    })
    const env = { ...TOKEN, VAULT_PATH: '/kv/', VAULT_KV_VERSION: 'v2' }
    expect(await read(env, { options })).toMatchObject({ mount: 'kv', kvVersion: 2 })
    expect((await read(env, { options })).address.host).toBe('vault.example.com')
  })

  test('certificates are read from their files', async () => {
    const readFile = files({ '/ca': 'CA', '/cert': 'CERT', '/key': 'KEY' })
    const env = {
      ...TOKEN,
      VAULT_CACERT: '/ca',
      VAULT_CLIENT_CERT: '/cert',
      VAULT_CLIENT_KEY: '/key',
      VAULT_TLS_SERVER_NAME: 'v',
    }
    expect((await read(env, { readFile })).tls).toEqual({ ca: 'CA', cert: 'CERT', key: 'KEY', servername: 'v' })
  })

  test('every variable that is read is described', async () => {
    const asked = new Set<string>()
    const watched = (env: Record<string, string>) =>
      new Proxy(env, {
        get: (target, name: string) => {
          asked.add(name)
          return target[name]
        },
      })
    await read(watched(TOKEN))
    await read(watched({ ...ADDR, VAULT_ROLE_ID: 'r' }))
    await read(watched({ ...ADDR, VAULT_KUBERNETES_ROLE: 'r' }))
    const known = description.variables.map(({ name }) => name)
    expect([...asked].filter((name) => !known.includes(name))).toEqual(['VAULT_SKIP_VERIFY'])
  })
})
