import { describe, expect, test } from '@jest/globals'
import { Failure, isFailure } from '../../../src/core/failure.js'
import type { Action } from '../../../src/providers/aws/actions.js'
import { classify } from '../../../src/providers/aws/classify.js'
import { connect } from '../../../src/providers/aws/connect.js'
import { commonPrefix } from '../../../src/providers/aws/describe.js'
import { description } from '../../../src/providers/aws/description.js'
import { deletion, factsOf } from '../../../src/providers/aws/facts.js'
import { accountOfKey, identityOf } from '../../../src/providers/aws/identity.js'
import { choose } from '../../../src/providers/aws/options.js'
import { labelsOf, retag, tagsOf } from '../../../src/providers/aws/tags.js'
import { tokenOf, versionOf } from '../../../src/providers/aws/token.js'
import { goesDirect, refusePlainHttp } from '../../../src/providers/aws/transport.js'
import type { Settings } from '../../../src/providers/description.js'

const settings = (env: Settings['env'], options: Settings['options'] = {}): Settings => ({
  env,
  options,
  timeoutMs: 1_000,
  insecureHttp: false,
  readFile: async () => undefined,
})
const ports = {
  clock: { now: () => new Date(0), sleep: async () => {} },
  random: (count: number) => new Uint8Array(count),
}

const codeOf = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no failure',
    (error: unknown) => (isFailure(error) ? error.code : String(error)),
  )

describe("the SDK's errors", () => {
  const check = (
    thrown: object,
    action: Action,
    expected: Partial<{ code: string; why: RegExp; hint: RegExp; doubt: boolean; retryAfterMs: number }>,
  ) => {
    const failure = classify(thrown, { action, name: 'vibebox/a', region: 'eu-central-1' })
    if (expected.code !== undefined) expect(failure.code).toBe(expected.code)
    if (expected.why !== undefined) expect(failure.details.why).toMatch(expected.why)
    if (expected.hint !== undefined) expect(JSON.stringify(failure.details.hints)).toMatch(expected.hint)
    expect(failure.details.mayHaveHappened === true).toBe(expected.doubt ?? false)
    if (expected.retryAfterMs !== undefined) expect(failure.details.retryAfterMs).toBe(expected.retryAfterMs)
    expect(JSON.stringify(failure.details)).not.toContain('s3cret')
  }
  const denied = (action: string) => ({
    name: 'AccessDeniedException',
    message: `User: arn:aws:iam::1:user/s3cret is not authorized to perform: ${action} on resource: x because no identity-based policy allows it`,
  })

  test('a missing permission is named as the policy has it', () => {
    check(denied('secretsmanager:GetSecretValue'), 'BatchGetSecretValue', {
      code: 'PERMISSION_DENIED',
      why: /^secretsmanager:GetSecretValue is not allowed$/,
      hint: /"Action\\":\\"secretsmanager:GetSecretValue.*arn:aws:secretsmanager:eu-central-1:\*:secret:vibebox\/a-\*/,
    })
    check({ name: 'AccessDeniedException', message: 'explicit deny' }, 'PutSecretValue', {
      code: 'PERMISSION_DENIED',
      why: /secretsmanager:PutSecretValue is denied by a policy/,
    })
    check({ name: 'AccessDeniedException', message: 'Access to KMS is not allowed' }, 'GetSecretValue', {
      code: 'PERMISSION_DENIED',
      why: /kms:Decrypt/,
    })
    check({ name: 'EncryptionFailure' }, 'CreateSecret', {
      code: 'PERMISSION_DENIED',
      why: /kms:GenerateDataKey/,
      hint: /eu-central-1/,
    })
    check({ name: 'DecryptionFailure' }, 'GetSecretValue', { code: 'PERMISSION_DENIED', why: /kms:Decrypt/ })
  })

  test('credentials and region that are missing, wrong or old', () => {
    for (const name of [
      'CredentialsProviderError',
      'ExpiredTokenException',
      'UnrecognizedClientException',
      'InvalidSignatureException',
    ])
      check({ name }, 'GetSecretValue', { code: 'UNAUTHENTICATED', hint: /aws sso login/ })
    check(
      { name: 'InvalidSignatureException', message: 'Signature expired: 1 is now earlier than 2' },
      'GetSecretValue',
      { code: 'UNAVAILABLE', why: /clock/ },
    )
    check(new Error('Region is missing'), 'GetSecretValue', {
      code: 'CONFIG_INVALID',
      hint: /AWS_SECRET_MANAGER_REGION/,
    })
  })

  test('what is there or not', () => {
    check({ name: 'ResourceNotFoundException' }, 'GetSecretValue', { code: 'SECRET_NOT_FOUND' })
    check({ name: 'ResourceExistsException' }, 'CreateSecret', { code: 'CONFLICT' })
    check({ name: 'InvalidRequestException', message: 'currently marked deleted' }, 'GetSecretValue', {
      code: 'SECRET_DELETED',
    })
    check({ name: 'InvalidRequestException', message: 'something else' }, 'GetSecretValue', { code: 'PROTOCOL' })
    check({ name: 'InvalidParameterException' }, 'UpdateSecretVersionStage', { code: 'CONFLICT' })
    check({ name: 'LimitExceededException' }, 'CreateSecret', { code: 'VALUE_UNFIT' })
  })

  test('"slow down" is waited for as long as it says', () => {
    check({ name: 'ThrottlingException', $response: { headers: { 'retry-after': '3' } } }, 'PutSecretValue', {
      code: 'THROTTLED',
      retryAfterMs: 3_000,
    })
    check({ name: 'Unknown', $metadata: { httpStatusCode: 429 } }, 'PutSecretValue', { code: 'THROTTLED' })
  })

  test('only a write whose request may have arrived is in doubt', () => {
    check({ name: 'Error', code: 'ECONNREFUSED' }, 'PutSecretValue', { code: 'UNAVAILABLE' })
    check(
      { name: 'Error', message: 'AWS SDK error wrapper for Error: connect ECONNREFUSED 127.0.0.1:9' },
      'PutSecretValue',
      { code: 'UNAVAILABLE' },
    )
    check({ name: 'TimeoutError', code: 'ECONNRESET' }, 'PutSecretValue', { code: 'UNAVAILABLE', doubt: true })
    check({ name: 'TimeoutError', code: 'ECONNRESET' }, 'GetSecretValue', { code: 'UNAVAILABLE' })
    check({ name: 'TimeoutError', message: 'no reply' }, 'PutSecretValue', { code: 'TIMEOUT', doubt: true })
    check({ name: 'InternalServiceError', $metadata: { httpStatusCode: 500 } }, 'PutSecretValue', {
      code: 'UNAVAILABLE',
      doubt: true,
    })
    check({ name: 'SyntaxError', $response: { statusCode: 502 } }, 'ListSecrets', { code: 'UNAVAILABLE' })
  })

  test('a redirect is not followed, a certificate that is not trusted is said', () => {
    check({ name: 'x', $metadata: { httpStatusCode: 302 } }, 'GetSecretValue', { code: 'PROTOCOL', why: /redirect/ })
    check({ name: 'Error', code: 'SELF_SIGNED_CERT_IN_CHAIN' }, 'GetSecretValue', {
      code: 'PROTOCOL',
      hint: /AWS_CA_BUNDLE/,
    })
    expect(classify(undefined, { action: 'GetSecretValue', name: undefined, region: '' }).code).toBe('PROTOCOL')
  })

  test('a Failure of ours stays what it is', () => {
    const ours = new Failure('INSECURE', { why: 'plain http' })
    expect(classify(ours, { action: 'GetSecretValue', name: 'a', region: '' })).toMatchObject({
      code: 'INSECURE',
      details: { why: 'plain http' },
    })
  })
})

describe('tokens and version ids', () => {
  const check = (token: string) => {
    const id = versionOf(token)
    expect(id.length).toBeGreaterThanOrEqual(32)
    expect(id.length).toBeLessThanOrEqual(64)
    expect(id).toMatch(/^[\w.:/-]+$/)
    return tokenOf(id)
  }

  test('a token comes back from its version id', () => {
    for (const token of [
      'a',
      'run-1',
      '4f2a/12',
      'a'.repeat(49),
      'ends-with---',
      'x y',
      'ü',
      '0123456789abcdef0123456789abcdef/1234.5',
    ])
      expect(check(token)).toBe(token)
  })

  test('a token too long to keep still gives one id, another token another', () => {
    expect(check('x'.repeat(80))).toBeUndefined()
    expect(versionOf('x'.repeat(80))).toBe(versionOf('x'.repeat(80)))
    expect(versionOf('x'.repeat(80))).not.toBe(versionOf('x'.repeat(81)))
    expect(new Set(['a', 'a-', 'a--', '-a', 'A'].map(versionOf)).size).toBe(5)
  })

  test('versions of others carry no token', () => {
    for (const id of [
      '3b1f2c9e-0000-4000-8000-000000000000',
      'terraform-20261124',
      'vibesecrets-',
      'vibesecrets-99-short',
    ])
      expect(tokenOf(id)).toBeUndefined()
  })
})

describe('labels as tags', () => {
  const check = (labels: Record<string, string>) => {
    const tags = tagsOf(labels)
    for (const { Key, Value } of tags) {
      expect(Key).toMatch(/^vibesecrets:[\p{L}\p{Z}\p{N}_.:/=+\-@]+$/u)
      expect(Value).toMatch(/^(?!\p{Z})[\p{L}\p{Z}\p{N}_.:/=+\-@]*(?<!\p{Z})$/u)
    }
    expect(labelsOf(tags)).toEqual(labels)
  }

  test('come back whatever they hold', () => {
    check({ 'original-key': 'DATABASE_URL', run: '4f2a', empty: '' })
    check({ odd: 'a=b;"c"\n{} 🔑 %20=41', spaces: '  both ', equals: '=3D' })
  })

  test('only what differs is changed, and tags of others stay', () => {
    const tags = [
      { Key: 'team', Value: 'platform' },
      { Key: 'vibesecrets:a', Value: '1' },
      { Key: 'vibesecrets:b', Value: '2' },
      { Key: 'vibesecrets-pending:c', Value: '3' },
    ]
    expect(retag(tags, { a: '1', d: '4' })).toEqual({
      set: [{ Key: 'vibesecrets:d', Value: '4' }],
      drop: ['vibesecrets:b'],
    })
    expect(labelsOf(tags)).toEqual({ a: '1', b: '2' })
  })

  test('one that is too long as a tag is refused before any request', () => {
    expect(() => tagsOf({ long: '{'.repeat(200) })).toThrow(Failure)
  })
})

describe('settings', () => {
  test("the region of ours wins over the file's, and that over the ambient one", () => {
    const all = { AWS_SECRET_MANAGER_REGION: 'a', AWS_REGION: 'c', AWS_DEFAULT_REGION: 'd' }
    expect(choose(settings(all, { region: 'b' })).region).toBe('a')
    expect(choose(settings({ ...all, AWS_SECRET_MANAGER_REGION: '' }, { region: 'b' })).region).toBe('b')
    expect(choose(settings({ AWS_REGION: 'c', AWS_DEFAULT_REGION: 'd' })).region).toBe('c')
    expect(choose(settings({ AWS_DEFAULT_REGION: 'd' })).region).toBe('d')
    expect(choose(settings({})).region).toBeUndefined()
  })

  test('a profile wins over keys of the environment', () => {
    const keys = { AWS_ACCESS_KEY_ID: 'A', AWS_SECRET_ACCESS_KEY: 'B' }
    expect(choose(settings(keys)).credentials).toEqual({ accessKeyId: 'A', secretAccessKey: 'B' })
    expect(choose(settings({ ...keys, AWS_PROFILE: 'p' })).credentials).toBeUndefined()
    expect(choose(settings({ AWS_ACCESS_KEY_ID: 'A' })).credentials).toBeUndefined()
  })

  for (const [key, value] of Object.entries({ region: 1, replicas: 'eu', tags: ['a'], 'recovery-days': 3 }))
    test(`a wrong ${key} is refused by name`, () => {
      expect(() => choose(settings({}, { [key]: value }))).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
    })

  test('every option and variable is described once', () => {
    const keys = description.options.map(({ key }) => key)
    const names = description.variables.map((variable) => variable.name)
    expect([new Set(keys).size, new Set(names).size]).toEqual([keys.length, names.length])
  })
})

describe('the way there', () => {
  test('plain http goes to this machine only', async () => {
    for (const host of ['localhost', '127.0.0.1', '127.1.2.3', '[::1]', '::1', 'aws.localhost'])
      expect(() => refusePlainHttp('http:', host, false)).not.toThrow()
    for (const host of ['10.0.0.1', 'localhost.example.com', '127.example.com', 'aws'])
      expect(() => refusePlainHttp('http:', host, false)).toThrow(expect.objectContaining({ code: 'INSECURE' }))
    expect(() => refusePlainHttp('http:', '10.0.0.1', true)).not.toThrow()
    expect(() => refusePlainHttp('https:', '10.0.0.1', false)).not.toThrow()
    const remote = settings({ AWS_REGION: 'x', AWS_ENDPOINT_URL: 'http://10.0.0.1' })
    expect(await codeOf(connect(remote, ports))).toBe('INSECURE')
  })

  test('NO_PROXY names hosts, domains and everything', () => {
    const check = (host: string, NO_PROXY: string) => goesDirect(host, { NO_PROXY })
    expect(check('secretsmanager.x.amazonaws.com', '.amazonaws.com')).toBe(true)
    expect(check('secretsmanager.x.amazonaws.com', 'example.com, amazonaws.com')).toBe(true)
    expect(check('a.b', '*')).toBe(true)
    expect(check('notamazonaws.com', 'amazonaws.com')).toBe(false)
    expect(check('a.b', '')).toBe(false)
  })

  test('a CA bundle that is missing is said before anything is sent', async () => {
    const env = { AWS_REGION: 'x', AWS_CA_BUNDLE: '/nowhere/ca.pem' }
    expect(await codeOf(connect(settings(env), ports))).toBe('CONFIG_INVALID')
  })
})

describe('identity', () => {
  test("an access key tells its account's number", () => {
    expect(accountOfKey('ASIAQNZGKIQY56JQ7WML')).toBe('029608264753')
    expect(accountOfKey('AKIAIOSFODNN7EXAMPLE')).toBeUndefined()
    expect(accountOfKey('test')).toBeUndefined()
  })

  test('account, region and address make the place', () => {
    const key = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE' }
    expect(identityOf({ ...key, accountId: '123456789012' }, {}, 'eu-central-1')).toBe('123456789012 eu-central-1')
    expect(identityOf(key, { accountId: '1' }, 'x')).toBe('1 x')
    expect(identityOf(key, { endpoint: 'http://127.0.0.1:4566/' }, 'x')).toBe('key …MPLE x at http://127.0.0.1:4566')
  })
})

describe('facts', () => {
  test('the date of a deletion is the end or the beginning, as the clock tells', () => {
    const now = new Date('2026-01-10')
    expect(deletion(new Date('2026-02-01'), now)).toEqual({ recoverableUntil: new Date('2026-02-01') })
    expect(deletion(new Date('2026-01-01'), now)).toEqual({ deletedAt: new Date('2026-01-01') })
    expect(deletion(undefined, now)).toEqual({})
  })

  test('a listing and a description give the same facts', () => {
    const stages = { v1: ['AWSPREVIOUS'], v2: ['AWSCURRENT', 'VIBESECRETS'], v3: ['AWSPENDING'] }
    const shared = { Name: 'a', Tags: [{ Key: 'vibesecrets:k', Value: 'v' }], Description: 'd' }
    const listed = factsOf({ ...shared, SecretVersionsToStages: stages })
    expect(listed).toMatchObject({ current: 'v2', pending: 'v3', labels: { k: 'v' }, description: 'd', replicas: [] })
    expect(factsOf({ ...shared, VersionIdsToStages: stages })).toEqual(listed)
    expect(factsOf({ Name: 'a' }).current).toBeUndefined()
  })

  test('names have the longest common beginning', () => {
    expect(commonPrefix(['vibebox/a', 'vibebox/ab', 'vibebox/b'])).toBe('vibebox/')
    expect(commonPrefix(['x', 'y'])).toBe('')
    expect(commonPrefix(['same'])).toBe('same')
  })
})
