import { describe, expect, test } from '@jest/globals'
import * as sdk from '@kubernetes/client-node'
import type { Settings } from '../../../src/providers/description.js'
import { accessOf } from '../../../src/providers/k8s/kubeconfig.js'
import { wishesOf } from '../../../src/providers/k8s/settings.js'
import { traitsOf } from '../../../src/providers/k8s/traits.js'

type Files = Record<string, string | object>
const settings = (env: Record<string, string>, files: Files = {}, more: Partial<Settings> = {}): Settings => ({
  env,
  options: {},
  timeoutMs: 1_000,
  insecureHttp: false,
  readFile: async (path) => {
    const found = files[path]
    return found === undefined ? undefined : Buffer.from(typeof found === 'string' ? found : JSON.stringify(found))
  },
  ...more,
})

const config = (name: string, cluster: object = {}, current: string | undefined = name) => ({
  clusters: [{ name, cluster: { server: `https://${name}.example.com:6443`, ...cluster } }],
  users: [{ name, user: { token: `token-${name}` } }],
  contexts: [{ name, context: { cluster: name, user: name, namespace: `ns-${name}` } }],
  'current-context': current,
})
const access = (env: Record<string, string>, files: Files, more: Partial<Settings> & { context?: string } = {}) =>
  accessOf(sdk, settings(env, files, more), more.context)

describe('which Secret', () => {
  test.each([
    [{}, {}, {}, 'vibebox-secrets', undefined],
    [
      { K8S_SECRET_NAME: 'app', K8S_SECRET_NAMESPACE: 'prod' },
      { 'secret-name': 'file', namespace: 'x' },
      {},
      'app',
      'prod',
    ],
    [{}, { 'secret-name': 'file', namespace: 'x' }, {}, 'file', 'x'],
    [{ K8S_SECRET_NAME: 'app' }, {}, { environment: 'staging' }, 'app-staging', undefined],
  ])('%j %j %j: %s in %p', (env, options, more, secretName, namespace) => {
    expect(wishesOf(settings(env, {}, { options, ...more }))).toMatchObject({ secretName, namespace })
  })

  test.each([
    [{ K8S_SECRET_NAME: 'App' }, {}],
    [{ K8S_SECRET_NAME: 'a'.repeat(254) }, {}],
    [{ K8S_SECRET_NAMESPACE: 'a.b' }, {}],
    [{}, { environment: 'Production_1' }],
  ])('%j %j is refused before anything is asked', (env, more) => {
    expect(() => wishesOf(settings(env, {}, more))).toThrow('CONFIG_INVALID')
  })

  test.each(['a', 'database-url', 'A_B.c', '.a', '-', 'a..b'])('%j can be a key', (name) =>
    expect(traitsOf(false).names.pattern.test(name)).toBe(true),
  )
  test.each(['', '.', '..', '..a', 'a/b', 'a b', 'ä', '__proto__'])('%j cannot', (name) =>
    expect(traitsOf(false).names.pattern.test(name)).toBe(false),
  )
})

describe('which cluster', () => {
  test('KUBECONFIG wins over the file at home, and that over the pod', async () => {
    const pod = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' }
    const account = '/var/run/secrets/kubernetes.io/serviceaccount'
    const files = {
      '/k': config('one'),
      '/home/me/.kube/config': config('two'),
      [`${account}/token`]: 'x',
      [`${account}/namespace`]: 'pods',
    }
    const home = { home: '/home/me' }
    const hosts = [
      await access({ ...pod, KUBECONFIG: '/k' }, files, home),
      await access(pod, files, home),
      await access(pod, files),
    ]
    expect(hosts.map(({ server, namespace }) => [server.host, namespace])).toEqual([
      ['one.example.com:6443', 'ns-one'],
      ['two.example.com:6443', 'ns-two'],
      ['[fd00::1]', 'pods'],
    ])
  })

  test('of several files the first to name something wins, and missing ones are passed over', async () => {
    const files = {
      '/a': { ...config('one'), 'current-context': '' },
      '/b': config('two'),
      '/c': config('one', { server: 'https://late' }),
    }
    const found = await access({ KUBECONFIG: '/missing:/a:/b:/c' }, files, { context: 'one' })
    expect(found.server.host).toBe('one.example.com:6443')
    expect((await access({ KUBECONFIG: '/a:/b' }, files)).contextName).toBe('two')
  })

  test.each([
    ['no file', { KUBECONFIG: '/none' }, {}, {}, 'CONFIG_INVALID'],
    ['nothing at all', {}, {}, {}, 'CONFIG_INVALID'],
    ['a file that is none', { KUBECONFIG: '/k' }, { '/k': 'token: [canary' }, {}, 'CONFIG_INVALID'],
    ['an unknown context', { KUBECONFIG: '/k' }, { '/k': config('one') }, { context: 'two' }, 'CONFIG_INVALID'],
    ['plain http', { KUBECONFIG: '/k' }, { '/k': config('one', { server: 'http://one' }) }, {}, 'INSECURE'],
    [
      'no verification',
      { KUBECONFIG: '/k' },
      { '/k': config('one', { 'insecure-skip-tls-verify': true }) },
      {},
      'INSECURE',
    ],
  ])('%s is refused', async (_, env, files, more, code) => {
    const failure = await access(env as Record<string, string>, files as Files, more).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code })
    expect(JSON.stringify((failure as { details: object }).details)).not.toContain('canary')
  })

  test('the proxy of the kubeconfig wins over that of the environment', async () => {
    const env = { KUBECONFIG: '/k', HTTPS_PROXY: 'http://env:1' }
    const proxyOf = async (cluster: object) =>
      (await access(env, { '/k': config('one', cluster) })).config.getCurrentCluster()?.proxyUrl
    expect([await proxyOf({}), await proxyOf({ 'proxy-url': 'http://own:1' })]).toEqual([
      'http://env:1',
      'http://own:1',
    ])
  })
})
