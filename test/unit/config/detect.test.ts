import { describe, expect, test } from '@jest/globals'
import { detect } from '../../../src/config/detect.js'
import { scopeOf } from '../../../src/config/scope.js'

type Env = Record<string, string>
const reading = { mutates: false, whenNone: 'local' } as const
const writing = { mutates: true, whenNone: 'local' } as const

const KEYS = { AWS_ACCESS_KEY_ID: 'x' }
test.each<[string, Env, string]>([
  ['nothing', {}, 'local'],
  ['the fallback switch', { ENABLE_SECRET_MANAGER: 'false', VAULT_ADDR: 'x' }, 'env'],
  ['the fallback switch, as 0', { ENABLE_SECRET_MANAGER: '0', VAULT_ADDR: 'x' }, 'env'],
  ['the switch on', { ENABLE_SECRET_MANAGER: 'true', VAULT_ADDR: 'x' }, 'vault'],
  ['aws by its own region', { AWS_SECRET_MANAGER_REGION: 'eu' }, 'aws'],
  ['gcp by its own project', { GCP_PROJECT_ID: 'p' }, 'gcp'],
  ['azure by URL', { AZURE_KEYVAULT_URL: 'u' }, 'azure'],
  ['azure by name', { AZURE_KEY_VAULT_NAME: 'u' }, 'azure'],
  ['azure by both is one candidate', { AZURE_KEYVAULT_URL: 'u', AZURE_KEY_VAULT_NAME: 'u' }, 'azure'],
  ['vault', { VAULT_ADDR: 'u' }, 'vault'],
  ['k8s by Secret', { K8S_SECRET_NAME: 's' }, 'k8s'],
  ['k8s by namespace', { K8S_SECRET_NAMESPACE: 's' }, 'k8s'],
  ['own variables before ambient ones', { VAULT_ADDR: 'u', GOOGLE_CLOUD_PROJECT: 'p', AWS_PROFILE: 'x' }, 'vault'],
  ['ambient aws', { AWS_REGION: 'eu', ...KEYS }, 'aws'],
  ['ambient aws, profile', { AWS_PROFILE: 'p' }, 'aws'],
  ['a region without credentials reaches nothing', { AWS_REGION: 'eu' }, 'local'],
  ['ambient gcp', { GOOGLE_CLOUD_PROJECT: 'p' }, 'gcp'],
  ['in a cluster', { KUBERNETES_SERVICE_HOST: '10.0.0.1' }, 'k8s'],
  ['an empty variable says nothing', { VAULT_ADDR: '', GCP_PROJECT_ID: 'p' }, 'gcp'],
])('%s', (_name, env, provider) => {
  expect(detect(env, writing).provider).toBe(provider)
  expect(detect(env, reading).provider).toBe(provider)
})

test('credential files make a region enough', () => {
  expect(detect({ AWS_REGION: 'eu' }, { ...writing, awsCredentials: true }).provider).toBe('aws')
})

test('the library falls back to the environment, silently; the command line to local, and says so', () => {
  expect(detect({}, { mutates: false, whenNone: 'env' })).toEqual({ provider: 'env', because: 'nothing' })
  expect(detect({}, reading).notice?.text).toContain('local')
})

describe('more than one in a tier', () => {
  const env = { VAULT_ADDR: 'u', GCP_PROJECT_ID: 'p' }

  test('a writing command refuses and names them', () => {
    const attempt = () => detect(env, writing)
    expect(attempt).toThrow('PROVIDER_AMBIGUOUS')
    expect(attempt).toThrow(expect.objectContaining({ details: expect.objectContaining({ names: ['gcp', 'vault'] }) }))
  })

  test('a reading one takes the first and says so', () => {
    const found = detect(env, reading)
    expect(found.provider).toBe('gcp')
    expect(found.notice?.text).toMatch(/gcp.*vault/)
  })

  test('also among ambient ones', () => {
    expect(() => detect({ AWS_REGION: 'eu', ...KEYS, KUBERNETES_SERVICE_HOST: 'h' }, writing)).toThrow(
      'PROVIDER_AMBIGUOUS',
    )
  })
})

test.each<[string, Parameters<typeof scopeOf>[0], object]>([
  ['aws', { provider: 'aws', env: {} }, { prefix: 'vibebox/' }],
  [
    'aws production',
    { provider: 'aws', env: {}, environment: 'production' },
    { prefix: 'vibebox/production/', environment: 'production' },
  ],
  [
    'gcp production',
    { provider: 'gcp', env: {}, environment: 'production' },
    { prefix: 'vibebox-production-', environment: 'production' },
  ],
  ['azure', { provider: 'azure', env: {} }, { prefix: 'vibebox-' }],
  ['vault production', { provider: 'vault', env: {}, environment: 'p1' }, { prefix: 'vibebox/p1/', environment: 'p1' }],
  ['k8s', { provider: 'k8s', env: {} }, { prefix: '', secretName: 'vibebox-secrets' }],
  [
    'k8s production',
    { provider: 'k8s', env: {}, environment: 'production' },
    { prefix: '', environment: 'production', secretName: 'vibebox-secrets-production' },
  ],
  [
    'k8s with a name',
    { provider: 'k8s', env: { K8S_SECRET_NAME: 'app' }, environment: 'Dev' },
    { prefix: '', environment: 'Dev', secretName: 'app-dev' },
  ],
  ['local', { provider: 'local', env: {} }, { prefix: '' }],
  [
    'local production',
    { provider: 'local', env: {}, environment: 'production' },
    { prefix: 'production/', environment: 'production' },
  ],
  [
    'env production',
    { provider: 'env', env: {}, environment: 'production' },
    { prefix: '', environment: 'production' },
  ],
  ['a prefix variable', { provider: 'aws', env: { AWS_SECRET_PREFIX: 'app/' } }, { prefix: 'app/' }],
  ['a prefix by flag wins', { provider: 'aws', env: { AWS_SECRET_PREFIX: 'app/' }, prefix: 'x/' }, { prefix: 'x/' }],
  [
    'an empty prefix by flag',
    { provider: 'aws', env: {}, prefix: '', environment: 'p' },
    { prefix: 'p/', environment: 'p' },
  ],
  [
    'a prefix of the file loses against the variable',
    { provider: 'aws', env: { AWS_SECRET_PREFIX: 'app/' }, prefix: 'x/', prefixIsFromFile: true },
    { prefix: 'app/' },
  ],
  [
    'an environment is not glued to a word',
    { provider: 'aws', env: {}, prefix: 'app', environment: 'p' },
    { prefix: 'app/p/', environment: 'p' },
  ],
  [
    'another provider’s variable says nothing',
    { provider: 'gcp', env: { AWS_SECRET_PREFIX: 'app/' } },
    { prefix: 'vibebox-' },
  ],
])('scope: %s', (_name, request, scope) => expect(scopeOf(request)).toEqual(scope))

test.each(['', 'a/b', '../x', 'a b', '-a', 'a-', 'x'.repeat(64), 'a\nb', 'é'])(
  '%j is no environment',
  (environment) => {
    expect(() => scopeOf({ provider: 'aws', env: {}, environment })).toThrow('CONFIG_INVALID')
  },
)
