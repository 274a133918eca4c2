import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { describe, expect, test } from '@jest/globals'
import type { Failure } from '../../src/core/failure.js'
import { secretName } from '../../src/core/names.js'
import type { Provider } from '../../src/core/ports.js'
import { SecretValue } from '../../src/core/secret.js'
import { connect } from '../../src/providers/vault/connect.js'
import { description } from '../../src/providers/vault/description.js'
import { server } from './support/env.js'
import { envOf, kv2, raw, tokenWith, WAIT } from './vault-api.js'
import { openGate } from './vault-k8s-gate.js'
import { bare, settingsOf } from './vault-k8s-run.js'

const run = `vibebox/access-${Date.now().toString(36)}/`
const text = (value: string) => SecretValue.fromText(value)

describe('vault logs in', () => {
  test(
    'by AppRole, and renews the token while it lives',
    async () => {
      let skewMs = 0
      const gate = await openGate(server('TEST_VAULT_ADDR'))
      const login = { VAULT_ROLE_ID: server('TEST_VAULT_ROLE_ID'), VAULT_SECRET_ID: server('TEST_VAULT_SECRET_ID') }
      const clock = { now: () => new Date(Date.now() + skewMs), sleep: async () => undefined }
      const provider = await connect(settingsOf({ VAULT_ADDR: gate.url, VAULT_KV_VERSION: '2', ...login }), {
        ...bare,
        clock,
      })
      const name = secretName(`${run}approle`)
      await provider.write(name, text('v'), { expect: 'absent', token: 't' })
      gate.reset()
      await provider.read(name)
      expect(gate.requests()).toBe(1)
      skewMs = 45_000
      await Promise.all([provider.read(name), provider.read(name), provider.read(name)])
      expect([gate.requests(), gate.mutations()]).toEqual([5, 1])
      await provider.close()
      await gate.close()
    },
    WAIT,
  )

  test(
    'again when a token cannot be renewed any more',
    async () => {
      let skewMs = 0
      const gate = await openGate(server('TEST_VAULT_ADDR'))
      const login = { VAULT_ROLE_ID: server('TEST_VAULT_ROLE_ID'), VAULT_SECRET_ID: server('TEST_VAULT_SECRET_ID') }
      const clock = { now: () => new Date(Date.now() + skewMs), sleep: async () => undefined }
      const provider = await connect(settingsOf({ VAULT_ADDR: gate.url, VAULT_KV_VERSION: '2', ...login }), {
        ...bare,
        clock,
      })
      skewMs = 59_000
      gate.answer({ status: 403, body: '{"errors":["permission denied"]}' })
      await expect(provider.read(secretName(`${run}approle`))).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
      gate.answer()
      expect((await provider.read(secretName(`${run}approle`))).state).toBe('present')
      await provider.close()
      await gate.close()
    },
    WAIT,
  )

  test(
    'by the token of a pod, which the cluster vouches for',
    async () => {
      const kubeconfig = server('TEST_KUBECONFIG')
      const kubectl = async (...args: string[]) =>
        (await promisify(execFile)(server('TEST_KUBECTL'), ['--kubeconfig', kubeconfig, ...args])).stdout
      const account = `vault-${Date.now().toString(36)}`
      await kubectl('create', 'serviceaccount', account)
      await kubectl(
        'create',
        'clusterrolebinding',
        account,
        '--clusterrole=system:auth-delegator',
        `--serviceaccount=default:${account}`,
      )
      const jwt = (await kubectl('create', 'token', account)).trim()
      const cluster = JSON.parse(await kubectl('config', 'view', '--minify', '--raw', '--flatten', '-o', 'json'))
        .clusters[0].cluster
      await raw('POST', `sys/auth/${account}`, { type: 'kubernetes' })
      await raw('POST', `auth/${account}/config`, {
        kubernetes_host: cluster.server,
        kubernetes_ca_cert: Buffer.from(cluster['certificate-authority-data'], 'base64').toString(),
        token_reviewer_jwt: jwt,
      })
      await raw('PUT', `sys/policies/acl/${account}`, {
        policy: 'path "secret/data/vibebox/*" { capabilities = ["create", "read"] }',
      })
      const bound = { bound_service_account_names: account, bound_service_account_namespaces: 'default' }
      await raw('POST', `auth/${account}/role/app`, { ...bound, token_policies: account })
      const env = {
        VAULT_ADDR: server('TEST_VAULT_ADDR'),
        VAULT_KUBERNETES_ROLE: 'app',
        VAULT_KUBERNETES_MOUNT: account,
      }
      const provider = await connect(settingsOf(env, { readFile: async () => Buffer.from(`${jwt}\n`) }), bare)
      const name = secretName(`${run}${account}`)
      await provider.write(name, text('v'), { expect: 'absent', token: 't' })
      expect((await provider.read(name)).state).toBe('present')
      await provider.close()
      await kubectl('delete', 'clusterrolebinding', account)
      await kubectl('delete', 'serviceaccount', account)
    },
    WAIT,
  )

  test(
    'over TLS to a server whose authority VAULT_CACERT names, and to no other',
    async () => {
      const kubeconfig = readFileSync(server('TEST_KUBECONFIG'), 'utf8')
      const ca = /certificate-authority: ([^,}\s]+)/.exec(kubeconfig)?.[1] ?? ''
      const address = /server: "?(https:[^",}\s]+)/.exec(kubeconfig)?.[1] ?? ''
      const env = { ...envOf(kv2, address), VAULT_KV_VERSION: '2' }
      const failureOf = async (more: object) => {
        const failure = await connect(settingsOf({ ...env, ...more }), bare).catch((error: unknown) => error)
        return (failure as Failure).details.why
      }
      expect(await failureOf({})).toContain('is not trusted')
      // the server of the other test is no Vault, but its certificate is good
      expect(await failureOf({ VAULT_CACERT: ca })).not.toContain('is not trusted')
    },
    WAIT,
  )

  test(
    'a wrong role is told as such, without its secret',
    async () => {
      const login = { VAULT_ROLE_ID: 'canary-role', VAULT_SECRET_ID: 'canary-secret-id' }
      const failure = await connect(settingsOf({ VAULT_ADDR: server('TEST_VAULT_ADDR'), ...login }), bare).catch(
        (error: unknown) => error,
      )
      expect(failure).toMatchObject({ code: 'UNAUTHENTICATED' })
      expect(JSON.stringify((failure as { details: object }).details)).not.toContain('canary')
    },
    WAIT,
  )

  test(
    'a token that is not valid is told apart from a missing policy',
    async () => {
      const env = envOf(kv2, server('TEST_VAULT_ADDR'), 'hvs.canary')
      const failure = await connect(settingsOf(env), bare).catch((error: unknown) => error)
      expect(failure).toMatchObject({ code: 'UNAUTHENTICATED' })
      expect(JSON.stringify((failure as { details: object }).details)).not.toContain('canary')
    },
    WAIT,
  )

  test(
    'a token of 40 s that was given is renewed on a long run, and asked for once',
    async () => {
      let skewMs = 0
      const gate = await openGate(server('TEST_VAULT_ADDR'))
      const token = await tokenWith(
        'short',
        'path "secret/data/*" { capabilities = ["create", "read", "update"] }',
        '40s',
      )
      const clock = { now: () => new Date(Date.now() + skewMs), sleep: async () => undefined }
      const provider = await connect(settingsOf({ ...envOf(kv2, gate.url, token), VAULT_KV_VERSION: '2' }), {
        ...bare,
        clock,
      })
      gate.reset()
      await provider.read(secretName(`${run}x`))
      expect(gate.requests()).toBe(1)
      skewMs = 31_000
      await provider.read(secretName(`${run}x`))
      expect([gate.requests(), gate.mutations()]).toEqual([3, 0])
      skewMs = 62_000
      await provider.read(secretName(`${run}x`))
      expect([gate.requests(), gate.mutations()]).toEqual([5, 1])
      await provider.close()
      await gate.close()
    },
    WAIT,
  )
})

test.each([
  ['kv1', '2'],
  ['secret', '1'],
  ['sys', '1'],
  ['nowhere', ''],
])(
  'vault is not taken for what it is not: %s as KV %s',
  async (mount, kvVersion) => {
    const env = { ...envOf(kv2, server('TEST_VAULT_ADDR')), VAULT_PATH: mount, VAULT_KV_VERSION: kvVersion }
    const code = mount === 'nowhere' ? 'PERMISSION_DENIED' : 'CONFIG_INVALID'
    await expect(connect(settingsOf(env), bare)).rejects.toMatchObject({ code })
  },
  WAIT,
)

describe('vault with a limited policy', () => {
  const denied = async (policy: string, act: (provider: Provider) => Promise<unknown>) => {
    const token = await tokenWith('limited', policy)
    const provider = await connect(settingsOf(envOf(kv2, server('TEST_VAULT_ADDR'), token)), bare)
    const failure = await act(provider).catch((error: unknown) => error)
    await provider.close()
    return failure as { code: string; details: { hints: { what: string }[] } }
  }
  const name = secretName(`${run}limited`)
  const readOnly = 'path "secret/data/vibebox/*" { capabilities = ["read"] }'

  test(
    'says the line that is missing for each ability',
    async () => {
      const nothing = 'path "secret/data/other" { capabilities = ["read"] }'
      const options = { expect: 'absent', token: 't' } as const
      const rows: [string, (provider: Provider) => Promise<unknown>, string][] = [
        [nothing, (provider) => provider.read(name), `path "secret/data/${name}" { capabilities = ["read"] }`],
        [
          readOnly,
          (provider) => provider.write(name, text('v'), options),
          `path "secret/data/${name}" { capabilities = ["create"] }`,
        ],
        [
          readOnly,
          (provider) => provider.list({ prefix: run })[Symbol.asyncIterator]().next(),
          `path "secret/metadata/${run}" { capabilities = ["list"] }`,
        ],
        [
          readOnly,
          (provider) => provider.versions!(name)[Symbol.asyncIterator]().next(),
          `path "secret/metadata/${name}" { capabilities = ["read"] }`,
        ],
      ]
      for (const [policy, act, line] of rows) {
        const failure = await denied(policy, act)
        expect(failure.code).toBe('PERMISSION_DENIED')
        expect(failure.details.hints.map(({ what }) => what).join()).toContain(line)
      }
    },
    WAIT,
  )

  test(
    'does each of its work with the lines that the description names for it, and no other',
    async () => {
      const { permissions } = description
      let used = 0
      const granted = async (lines: readonly string[]): Promise<Provider> => {
        const token = await tokenWith(`exact-${++used}`, lines.join('\n'))
        return connect(settingsOf(envOf(kv2, server('TEST_VAULT_ADDR'), token)), bare)
      }
      const one = secretName(`${run}exact/one`)
      const made = await (await granted(permissions.write)).write(one, text('1'), { expect: 'absent', token: 't' })
      const next = await (await granted(permissions.write)).write(one, text('2'), { expect: made, token: 'u' })
      expect((await (await granted(permissions.read)).read(one)).state).toBe('present')
      const listed = []
      for await (const each of (await granted(permissions.list)).list({ prefix: `${run}exact/` }))
        listed.push(each.name)
      expect(listed).toEqual([one])
      const labelling = await granted([...permissions.read, ...permissions.label!])
      await labelling.label!(one, { a: 'b' }, { expect: next })
      await (await granted(permissions.remove)).remove(one, { expect: next })
      await (await granted(permissions.undelete!)).undelete!(one)
      expect(await (await granted(permissions.read)).read(one)).toMatchObject({ state: 'present', labels: { a: 'b' } })
      await expect((await granted(permissions.read)).remove(one, { expect: next })).rejects.toMatchObject({
        code: 'PERMISSION_DENIED',
      })
      await expect(
        (await granted(permissions.remove)).write(one, text('3'), { expect: next, token: 'v' }),
      ).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
    },
    WAIT,
  )

  test(
    'keeps no labels where metadata may not be written, and says so in the traits',
    async () => {
      const policy = 'path "secret/data/vibebox/*" { capabilities = ["create", "read", "update", "delete"] }'
      const token = await tokenWith('guide', policy)
      const provider = await connect(settingsOf(envOf(kv2, server('TEST_VAULT_ADDR'), token)), bare)
      expect([provider.traits.labels, provider.label]).toEqual([false, undefined])
      const made = await provider.write(name, text('v'), { expect: 'absent', token: 't', labels: { a: 'b' } })
      expect(await provider.read(name)).toMatchObject({ state: 'present', labels: {} })
      await provider.remove(name, { expect: made })
      expect((await provider.read(name)).state).toBe('deleted')
      await provider.close()
    },
    WAIT,
  )
})
