import { describe, expect, test } from '@jest/globals'
import { Unanswered } from '../../../src/providers/http.js'
import { type Asked, failureOfError, failureOfReply } from '../../../src/providers/vault/classify.js'

const around = { host: 'vault.example.com', now: new Date('2026-11-24T12:00:00Z') }
const read: Asked = { doing: 'reading', secret: 'a', capability: 'read', path: 'secret/data/a' }
const write: Asked = { ...read, doing: 'writing', capability: 'update' }
const canary = 'canary-5up3r'

const reply = (status: number, errors: string[] | string, headers: Record<string, string> = {}) => ({
  status,
  headers,
  text: typeof errors === 'string' ? errors : JSON.stringify({ errors }),
})

describe('what a reply of Vault means', () => {
  test.each([
    [400, ['check-and-set parameter did not match the current version'], 'CONFLICT'],
    [400, ['check-and-set parameter required for this call'], 'CONFLICT'],
    [400, ['Upgrading from non-versioned to versioned data. This backend will be unavailable'], 'UNAVAILABLE'],
    [400, ['invalid role or secret ID'], 'UNAUTHENTICATED'],
    [400, ['missing client token'], 'UNAUTHENTICATED'],
    [403, ['2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n'], 'UNAUTHENTICATED'],
    [403, ['permission denied'], 'PERMISSION_DENIED'],
    [404, ['no handler for route "nowhere/data/a". route entry not found.'], 'CONFIG_INVALID'],
    [405, ['unsupported operation'], 'PROTOCOL'],
    [412, ['required index state not present'], 'UNAVAILABLE'],
    [413, ['request body too large'], 'VALUE_UNFIT'],
    [429, ['request path "secret/data/a": rate limit quota exceeded'], 'THROTTLED'],
    [472, [], 'UNAVAILABLE'],
    [473, [], 'UNAVAILABLE'],
    [500, ['internal error'], 'UNAVAILABLE'],
    [500, ['put failed due to value being too large'], 'VALUE_UNFIT'],
    [503, ['Vault is sealed'], 'UNAVAILABLE'],
    [502, '<html>', 'UNAVAILABLE'],
    [302, '', 'PROTOCOL'],
    [418, 'x', 'PROTOCOL'],
  ])('%i %j is %s', (status, errors, code) => {
    expect(failureOfReply(reply(status, errors), read, around).code).toBe(code)
  })

  test('a server error leaves a write in doubt, a refusal does not', () => {
    const happened = (status: number, asked: Asked) =>
      failureOfReply(reply(status, []), asked, around).details.mayHaveHappened
    expect([happened(502, write), happened(429, write), happened(403, write), happened(502, read)]).toEqual([
      true,
      undefined,
      undefined,
      undefined,
    ])
  })

  test.each([
    ['7', 7_000],
    ['Tue, 24 Nov 2026 12:00:30 GMT', 30_000],
    ['Tue, 24 Nov 2026 11:00:00 GMT', 0],
    ['soon', undefined],
  ])('Retry-After %s is %p ms', (header, ms) => {
    const failure = failureOfReply(reply(429, [], { 'retry-after': header }), read, around)
    expect(failure.details.retryAfterMs).toBe(ms)
  })

  test('a denial names the line of the policy', () => {
    expect(failureOfReply(reply(403, ['permission denied']), write, around).details.hints).toEqual([
      { what: 'add to a policy of this token: path "secret/data/a" { capabilities = ["update"] }' },
    ])
  })

  test('a redirect tells the host of its target and no more', () => {
    const location = { location: `https://user:${canary}@other.example.com/v1/${canary}` }
    const { details } = failureOfReply(reply(307, '', location), read, around)
    expect(details.why).toContain('redirects to other.example.com,')
    expect(JSON.stringify(details)).not.toContain(canary)
  })

  test('no word of a server is shown', () => {
    for (const status of [400, 403, 404, 405, 429, 500])
      for (const asked of [read, write])
        expect(JSON.stringify(failureOfReply(reply(status, [canary]), asked, around).details)).not.toContain(canary)
  })
})

describe('what no reply of Vault means', () => {
  test.each([
    ['ETIMEDOUT', 'TIMEOUT'],
    ['ECONNREFUSED', 'UNAVAILABLE'],
    ['ENOTFOUND', 'UNAVAILABLE'],
    ['ECONNRESET', 'UNAVAILABLE'],
    ['EPROTO', 'UNAVAILABLE'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'PROTOCOL'],
    ['CERT_HAS_EXPIRED', 'PROTOCOL'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'PROTOCOL'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'PROTOCOL'],
  ])('%s is %s', (code, failure) => {
    expect(failureOfError(new Unanswered(code, false), read, around).code).toBe(failure)
  })

  test('only a write that had left is in doubt', () => {
    const doubt = (sent: boolean, asked: Asked) =>
      failureOfError(new Unanswered('ECONNRESET', sent), asked, around).details.mayHaveHappened
    expect([doubt(true, write), doubt(false, write), doubt(true, read)]).toEqual([true, undefined, undefined])
  })

  test('an unknown error shows nothing of itself, and is not carried along', () => {
    const failure = failureOfError(Object.assign(new Error(canary), { config: { data: canary } }), write, around)
    expect(failure.code).toBe('INTERNAL')
    expect(failure.cause).toBeUndefined()
    expect(JSON.stringify(failure.details)).not.toContain(canary)
  })
})
