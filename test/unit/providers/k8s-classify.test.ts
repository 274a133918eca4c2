import { describe, expect, test } from '@jest/globals'
import { Unanswered } from '../../../src/providers/http.js'
import { type Asked, failureOfError } from '../../../src/providers/k8s/classify.js'
import { Refused } from '../../../src/providers/k8s/transport.js'

const around = { host: 'k8s.example.com', now: new Date('2026-11-24T12:00:00Z') }
const get: Asked = { doing: 'reading', verb: 'get', resource: 'secrets', namespace: 'ns', name: 'app' }
const patch: Asked = { ...get, doing: 'writing', verb: 'patch' }
const canary = 'canary-5up3r'

const refused = (status: number, body: unknown, headers = {}) =>
  new Refused({ status, headers, text: typeof body === 'string' ? body : JSON.stringify(body) })
const status = (reason: string, details: object = {}) => ({ kind: 'Status', reason, message: canary, details })

describe('what an answer of Kubernetes means', () => {
  test.each([
    [401, status('Unauthorized'), 'UNAUTHENTICATED'],
    [403, status('Forbidden'), 'PERMISSION_DENIED'],
    [403, status('Forbidden', { causes: [{ reason: 'NamespaceTerminating' }] }), 'UNAVAILABLE'],
    [404, status('NotFound', { kind: 'secrets' }), 'SECRET_NOT_FOUND'],
    [404, status('NotFound', { kind: 'namespaces' }), 'INPUT_MISSING'],
    [404, '404 page not found', 'PROTOCOL'],
    [409, status('Conflict'), 'CONFLICT'],
    [409, status('AlreadyExists'), 'CONFLICT'],
    [413, status('RequestEntityTooLarge'), 'VALUE_UNFIT'],
    [422, status('Invalid', { causes: [{ reason: 'FieldValueTooLong', field: 'data' }] }), 'VALUE_UNFIT'],
    [429, status('TooManyRequests'), 'THROTTLED'],
    [500, status('InternalError'), 'UNAVAILABLE'],
    [504, status('Timeout'), 'UNAVAILABLE'],
    [307, '', 'PROTOCOL'],
    [400, status('BadRequest'), 'PROTOCOL'],
  ])('%i %j is %s, and its words are not shown', (code, body, expected) => {
    for (const asked of [get, patch]) {
      const failure = failureOfError(refused(code, body), asked, around)
      expect(failure.code).toBe(expected)
      expect(JSON.stringify(failure.details)).not.toContain(canary)
    }
  })

  test('a server error leaves a write in doubt, a refusal does not', () => {
    const doubt = (code: number, asked: Asked) =>
      failureOfError(refused(code, ''), asked, around).details.mayHaveHappened
    expect([doubt(503, patch), doubt(503, get), doubt(409, patch), doubt(429, patch)]).toEqual([
      true,
      undefined,
      undefined,
      undefined,
    ])
  })

  test.each([
    [{ 'retry-after': '3' }, {}, 3_000],
    [{}, { retryAfterSeconds: 2 }, 2_000],
    [{}, {}, undefined],
  ])('the time to wait of %j and %j is %p ms', (headers, details, ms) => {
    const failure = failureOfError(refused(429, status('TooManyRequests', details), headers), get, around)
    expect(failure.details.retryAfterMs).toBe(ms)
  })

  test.each([
    [
      'get',
      'secrets',
      'add to a Role: {apiGroups: [""], resources: ["secrets"], resourceNames: ["app"], verbs: ["get"]}',
    ],
    ['create', 'secrets', 'add to a Role: {apiGroups: [""], resources: ["secrets"], verbs: ["create"]}'],
    ['create', 'namespaces', 'add to a ClusterRole: {apiGroups: [""], resources: ["namespaces"], verbs: ["create"]}'],
  ] as const)('a denied %s of %s names its rule', (verb, resource, what) => {
    const { details } = failureOfError(refused(403, status('Forbidden')), { ...get, verb, resource }, around)
    expect(details.hints).toEqual([{ what }])
  })

  test('fields of an invalid object are named, values in their place are not', () => {
    const causes = [
      { reason: 'FieldValueInvalid', field: 'data[a.b]' },
      { reason: 'FieldValueInvalid', field: `data: ${canary}` },
    ]
    const { details } = failureOfError(refused(422, status('Invalid', { causes })), patch, around)
    expect(details.problems).toEqual(['data[a.b]: FieldValueInvalid', 'a field: FieldValueInvalid'])
  })

  test('no answer, and an error of the library', () => {
    expect(failureOfError(new Unanswered('ETIMEDOUT', true), patch, around)).toMatchObject({
      code: 'TIMEOUT',
      details: { mayHaveHappened: true },
    })
    const failure = failureOfError(new Error(canary), patch, around)
    expect([failure.code, failure.cause]).toEqual(['PROTOCOL', undefined])
    expect(JSON.stringify(failure.details)).not.toContain(canary)
  })
})
