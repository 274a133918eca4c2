import { describe, expect, test } from '@jest/globals'
import { classify, retryAfterMs } from '../../../src/providers/azure/classify.js'
import { type Operation, operations } from '../../../src/providers/azure/operations.js'

const SECRET = 'hunter2-in-the-answer'
const asked = (operation: Operation) => ({ operation, secret: 'vibebox-db', host: 'my-vault.vault.azure.net' })
const answered = (statusCode: number, code: string, inner?: string, headers: Record<string, string> = {}) =>
  Object.assign(new Error(SECRET), {
    name: 'RestError',
    statusCode,
    code,
    ...(inner !== undefined && { details: { error: { code, innerError: { code: inner } } } }),
    request: { body: SECRET },
    response: { headers: { get: (name: string) => headers[name] } },
  })
const network = (code: string) => Object.assign(new Error(SECRET), { name: 'RestError', code })
const named = (name: string, message: string) => Object.assign(new Error(message), { name })

describe('errors of Azure become failures', () => {
  test.each([
    [answered(401, 'Unauthorized'), 'UNAUTHENTICATED'],
    [answered(403, 'Forbidden', 'ForbiddenByRbac'), 'PERMISSION_DENIED'],
    [answered(403, 'Forbidden', 'ForbiddenByFirewall'), 'PERMISSION_DENIED'],
    [answered(403, 'Forbidden', 'SecretDisabled'), 'PROTOCOL'],
    [answered(404, 'SecretNotFound'), 'SECRET_NOT_FOUND'],
    [answered(404, 'NotFound'), 'PROTOCOL'],
    [answered(409, 'Conflict', 'ObjectIsDeletedButRecoverable'), 'CONFLICT'],
    [answered(409, 'Conflict', 'ObjectIsBeingRecovered'), 'UNAVAILABLE'],
    [answered(409, 'Conflict', 'ObjectIsBeingDeleted'), 'UNAVAILABLE'],
    [answered(429, 'Throttled'), 'THROTTLED'],
    [answered(503, 'ServiceUnavailable'), 'UNAVAILABLE'],
    [answered(307, 'Moved'), 'PROTOCOL'],
    [answered(400, 'BadParameter'), 'PROTOCOL'],
    [network('ENOTFOUND'), 'UNAVAILABLE'],
    [network('ECONNRESET'), 'UNAVAILABLE'],
    [network('SELF_SIGNED_CERT_IN_CHAIN'), 'PROTOCOL'],
    [named('AbortError', 'The operation was aborted.'), 'TIMEOUT'],
    [named('CredentialUnavailableError', 'EnvironmentCredential is unavailable.'), 'UNAUTHENTICATED'],
    [named('AggregateAuthenticationError', 'ChainedTokenCredential authentication failed.'), 'UNAUTHENTICATED'],
    [named('AuthenticationError', 'AADSTS7000222: The provided client secret keys are expired.'), 'UNAUTHENTICATED'],
    [named('AuthenticationError', 'request to https://login failed: getaddrinfo ENOTFOUND'), 'UNAVAILABLE'],
    [named('CredentialUnavailableError', 'endpoints_resolution_error: See https://aka.ms/'), 'UNAVAILABLE'],
    [named('AggregateAuthenticationError', 'ManagedIdentity: connect ENETUNREACH 169.254.169.254'), 'UNAUTHENTICATED'],
    [named('Error', "The challenge resource 'vault.azure.net' does not match the requested domain."), 'INSECURE'],
    ['a text', 'PROTOCOL'],
  ])('%s', (error, expected) => expect(classify(error, asked('get')).code).toBe(expected))

  test('every operation names the action and the role that are missing', () => {
    for (const operation of Object.keys(operations) as Operation[]) {
      const { details } = classify(answered(403, 'Forbidden', 'ForbiddenByRbac'), asked(operation))
      expect(details.why).toBe(`${operations[operation].action} is not granted`)
      expect(details.hints?.[0]?.what).toContain(operations[operation].role)
    }
  })

  test('a write without an answer may have happened; a read and a refusal changed nothing', () => {
    const doubt = (operation: Operation, error: unknown) => classify(error, asked(operation)).details.mayHaveHappened
    expect(doubt('set', network('ECONNRESET'))).toBe(true)
    expect(doubt('set', answered(500, 'InternalError'))).toBe(true)
    expect(doubt('set', named('AbortError', 'aborted'))).toBe(true)
    expect(doubt('set', network('ECONNREFUSED'))).toBeUndefined()
    expect(doubt('set', answered(429, 'Throttled'))).toBeUndefined()
    expect(doubt('get', network('ECONNRESET'))).toBeUndefined()
  })

  test('the time to wait comes from the answer', () => {
    const error = answered(429, 'Throttled', undefined, { 'retry-after': '7' })
    expect(classify(error, asked('get')).details.retryAfterMs).toBe(7_000)
    expect(retryAfterMs((name) => ({ 'retry-after-ms': '250' })[name])).toBe(250)
    expect(retryAfterMs(() => 'soon')).toBeUndefined()
  })

  test('no word of the answer, and nothing of the request, goes into a failure', () => {
    const errors = [300, 400, 401, 403, 404, 409, 413, 429, 500].map((status) => answered(status, SECRET, SECRET))
    for (const error of [...errors, network('EPIPE'), named('AuthenticationError', SECRET), new Error(SECRET)])
      for (const operation of Object.keys(operations) as Operation[]) {
        const failure = classify(error, asked(operation))
        expect(JSON.stringify([failure.details, String(failure.cause)])).not.toContain(SECRET)
      }
  })
})
