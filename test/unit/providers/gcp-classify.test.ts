import { describe, expect, test } from '@jest/globals'
import { Failure } from '../../../src/core/failure.js'
import { classify } from '../../../src/providers/gcp/classify.js'
import { type Method, methods } from '../../../src/providers/gcp/methods.js'

const SECRET = 'hunter2-in-the-answer'
const asked = (method: Method) => ({ method, secret: 'vibebox-db', project: 'my-project' })
const thrown = (code: number | string, details = SECRET, more: object = {}) =>
  Object.assign(new Error(`${code} ${details}`), { code, details, ...more })

describe('errors of Google become failures', () => {
  test.each([
    ['GetSecret', 5, 'SECRET_NOT_FOUND'],
    ['CreateSecret', 6, 'CONFLICT'],
    ['UpdateSecret', 9, 'CONFLICT'],
    ['UpdateSecret', 10, 'CONFLICT'],
    ['AccessSecretVersion', 9, 'PROTOCOL'],
    ['AccessSecretVersion', 7, 'PERMISSION_DENIED'],
    ['AccessSecretVersion', 8, 'THROTTLED'],
    ['AccessSecretVersion', 16, 'UNAUTHENTICATED'],
    ['AccessSecretVersion', 14, 'UNAVAILABLE'],
    ['AccessSecretVersion', 13, 'UNAVAILABLE'],
    ['AccessSecretVersion', 4, 'TIMEOUT'],
    ['AccessSecretVersion', 12, 'PROTOCOL'],
    ['AccessSecretVersion', 3, 'PROTOCOL'],
    ['CreateSecret', 3, 'CONFIG_INVALID'],
    ['AccessSecretVersion', 'ECONNRESET', 'UNAVAILABLE'],
  ] as const)('%s with code %s is %s', (method, code, expected) =>
    expect(classify(thrown(code), asked(method)).code).toBe(expected),
  )

  test.each([
    ['Could not load the default credentials. Browse to https://cloud.google.com/docs', 'UNAUTHENTICATED'],
    ['Getting metadata from plugin failed with error: invalid_grant', 'UNAUTHENTICATED'],
    ['Getting metadata from plugin failed with error: getaddrinfo ENOTFOUND oauth2.googleapis.com', 'UNAVAILABLE'],
    ['The file at /x/key.json does not exist, or it is not a file.', 'UNAUTHENTICATED'],
  ])('%s', (words, expected) => expect(classify(new Error(words), asked('GetSecret')).code).toBe(expected))

  test('every method names the permission that is missing, and a command', () => {
    for (const method of Object.keys(methods) as Method[]) {
      const { code, details } = classify(thrown(7), asked(method))
      expect(code).toBe('PERMISSION_DENIED')
      expect(details.why).toBe(`${methods[method].permission} is not granted on secret vibebox-db`)
      expect(details.hints?.[0]?.command).toContain(`--role=${methods[method].role}`)
    }
  })

  test('an API that is switched off is told as such', () => {
    const { details } = classify(thrown(7, SECRET, { reason: 'SERVICE_DISABLED' }), asked('ListSecrets'))
    expect(details.hints?.[0]?.command).toBe('gcloud services enable secretmanager.googleapis.com --project=my-project')
  })

  test('a policy of the organization is the fault of the config', () => {
    const error = thrown(9, 'Constraint constraints/gcp.resourceLocations violated')
    expect(classify(error, asked('CreateSecret')).code).toBe('CONFIG_INVALID')
  })

  test('a write without an answer may have happened; a read, a refusal and a missing connection changed nothing', () => {
    const doubt = (method: Method, code: number, details?: string) =>
      classify(thrown(code, details), asked(method)).details.mayHaveHappened
    expect(doubt('AddSecretVersion', 14)).toBe(true)
    expect(doubt('AddSecretVersion', 4)).toBe(true)
    expect(doubt('AddSecretVersion', 8)).toBeUndefined()
    expect(doubt('AddSecretVersion', 7)).toBeUndefined()
    expect(doubt('AddSecretVersion', 14, 'No connection established. Last error: connect ECONNREFUSED')).toBeUndefined()
    expect(doubt('AccessSecretVersion', 14)).toBeUndefined()
  })

  test('the time to wait comes from the answer', () => {
    const error = thrown(8, SECRET, { statusDetails: [{ retryDelay: { seconds: '7', nanos: 500_000_000 } }] })
    expect(classify(error, asked('GetSecret')).details.retryAfterMs).toBe(7_500)
  })

  test('no word of the answer goes into a failure', () => {
    for (const code of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 'EPIPE'])
      for (const method of Object.keys(methods) as Method[]) {
        const failure = classify(thrown(code), asked(method))
        expect(JSON.stringify([failure.details, String(failure.cause)])).not.toContain(SECRET)
      }
  })

  test('a failure of ours stays what it is, with what was asked beside it', () => {
    const failure = classify(new Failure('INSECURE', { why: 'x' }), asked('GetSecret'))
    expect([failure.code, failure.details.secret, failure.details.why]).toEqual(['INSECURE', 'vibebox-db', 'x'])
  })
})
