import { expect, test } from '@jest/globals'
import { exitOf, Failure, failureCodes, isFailure } from '../../../src/core/failure.js'

test('codes and exits are public: none changes', () => {
  expect(Object.fromEntries(failureCodes.map((code) => [code, exitOf(code)]))).toEqual({
    INTERNAL: 1,
    USAGE: 2,
    CONFIG_INVALID: 2,
    NO_TERMINAL: 2,
    PROVIDER_AMBIGUOUS: 2,
    UNSUPPORTED: 2,
    INSECURE: 2,
    DIFFERS: 3,
    CONFLICT: 4,
    FOREIGN_CHANGE: 5,
    PLAN_STALE: 5,
    PLAN_USED: 5,
    UNKNOWN_STATE: 6,
    NOT_CONFIRMED: 7,
    AUDIT_UNAVAILABLE: 8,
    INPUT_INVALID: 65,
    INPUT_AMBIGUOUS: 65,
    NAME_INVALID: 65,
    VALUE_UNFIT: 65,
    DAMAGED: 65,
    FORMAT_NEWER: 65,
    INPUT_MISSING: 66,
    SECRET_NOT_FOUND: 66,
    SECRET_DELETED: 66,
    UNAVAILABLE: 69,
    TIMEOUT: 69,
    PROTOCOL: 69,
    NO_EFFECT: 69,
    IO: 74,
    DISK_FULL: 74,
    LOCKED: 75,
    THROTTLED: 75,
    PERMISSION_DENIED: 77,
    UNAUTHENTICATED: 77,
    KEY_MISSING: 77,
    KEY_WRONG: 77,
    INTERRUPTED: 130,
    TERMINATED: 143,
  })
})

test('only what passes by itself is worth another try', () => {
  const retryable = failureCodes.filter((code) => new Failure(code).retryable)
  expect(retryable).toEqual(['UNAVAILABLE', 'TIMEOUT', 'LOCKED', 'THROTTLED'])
})

test('more can be said of a failure; what it says already is kept', () => {
  const cause = new Error('x')
  const said = new Failure('IO', { doing: 'writing' }, { cause }).with({ doing: 'reading', secret: 'a' })
  expect([said.code, said.details, said.cause]).toEqual(['IO', { doing: 'writing', secret: 'a' }, cause])
})

test('a failure is told by its code', () => {
  const failure = new Failure('IO')
  expect([isFailure(failure), isFailure(failure, 'IO'), isFailure(failure, 'LOCKED', 'USAGE')]).toEqual([
    true,
    true,
    false,
  ])
  expect([isFailure(new Error('IO')), isFailure(undefined)]).toEqual([false, false])
})
