import { describe, expect, test } from '@jest/globals'
import { parseRecipe } from '../../../src/core/recipe.js'
import { guessStrategy } from '../../../src/rotation/choose.js'
import { dueAt, tooSoonAfter } from '../../../src/rotation/due.js'
import { graceLacks } from '../../../src/rotation/jwt.js'
import { isOver, keptOf, labelsOfKept, rotatedAt } from '../../../src/rotation/labels.js'
import { recipeFor } from '../../../src/rotation/recipes.js'
import { N, V } from '../../support/world.js'

describe('the strategy that a name asks for', () => {
  test.each([
    ['jwt-secret', 'jwt'],
    ['session-jwt', 'jwt'],
    ['TOKEN_SIGNING_KEY', 'jwt'],
    ['signing-secret', 'jwt'],
    ['encryption-key', 'encryption-key'],
    ['field-encryption-key', 'encryption-key'],
    ['master-key', 'encryption-key'],
    ['database-password', 'database'],
    ['database-url', 'database'],
    ['DB_PASS', 'database'],
    ['replica.postgres-url', 'database'],
    ['stripe-key', 'issued'],
    ['stripe-secret-key', 'issued'],
    ['maps-api-key', 'issued'],
    ['aws-secret-access-key', 'issued'],
    ['google-client-secret', 'issued'],
    ['redis-url', 'issued'],
    ['smtp-password', 'issued'],
    ['session-secret', 'random'],
    ['cookie-secret', 'random'],
    ['csrf', 'random'],
    ['internal-webhook-secret', 'random'],
  ])('%s: %s', (name, strategy) => expect(guessStrategy(N(name))).toBe(strategy))
})

describe('the recipe of the next value', () => {
  const usual = { kind: 'alphanumeric', length: 32 } as const
  test.each([
    ['9b2d1f0c-1c3e-4a8b-9f00-0123456789ab', { kind: 'uuid' }],
    ['0123456789abcdef0123456789abcdef', { kind: 'hex', length: 32 }],
    [`${'ab'.repeat(32)}`, { kind: 'hex', length: 64 }],
    [Buffer.alloc(32, 7).toString('base64'), { kind: 'key256' }],
    [Buffer.alloc(16, 7).toString('base64'), { kind: 'key128' }],
    ['hunter2', usual],
    ['0123456789abcdef', usual],
  ])('is of the kind of %s', (current, recipe) => expect(recipeFor({}, V(current), usual)).toEqual(recipe))

  test.each([
    [{ length: 48 }, { kind: 'alphanumeric', length: 48 }],
    [{ charset: 'hex:40' }, { kind: 'hex', length: 40 }],
    [
      { charset: 'hex', length: 40 },
      { kind: 'hex', length: 40 },
    ],
    [
      { charset: 'abcdefghijkmnpqrstuvwxyz23456789' },
      { kind: 'alphanumeric', charset: 'abcdefghijkmnpqrstuvwxyz23456789' },
    ],
    [{ charset: 'password?exclude=0O1lI' }, parseRecipe('password?exclude=0O1lI')],
    [{ charset: 'hexagons' }, { kind: 'alphanumeric', charset: 'hexagons' }],
  ])('is what was asked for: %j', (wish, recipe) => expect(recipeFor(wish, V('x'), usual)).toEqual(recipe))

  test('a length for a uuid makes it plain characters', () =>
    expect(recipeFor({ length: 40 }, V('9b2d1f0c-1c3e-4a8b-9f00-0123456789ab'), usual)).toEqual({
      kind: 'alphanumeric',
      length: 40,
    }))
})

const at = (text: string): Date => new Date(`2026-03-29T${text}Z`)

describe('what is due', () => {
  const hour = 3_600_000
  test('one interval after the last change', () =>
    expect(dueAt({ changedAt: at('00:00:00'), everyMs: hour })).toEqual(at('01:00:00')))
  test('never without an interval', () => expect(dueAt({ changedAt: at('00:00:00') })).toBe('never'))
  test('unknown where nobody tells how old the value is', () => expect(dueAt({ everyMs: hour })).toBe('unknown'))
  test.each([
    [{ rotatedAt: at('00:00:00') }, at('00:00:59.999'), true],
    [{ rotatedAt: at('00:00:00') }, at('00:01:00'), false],
    [{ changedAt: at('00:00:00') }, at('00:00:01'), false],
    [{ changedAt: at('00:00:00'), minimumMs: hour }, at('00:59:59'), true],
    [{ changedAt: at('00:00:00'), minimumMs: hour }, at('01:00:00'), false],
    [{}, at('00:00:00'), false],
  ])('%j at %s is too soon: %s', (age, now, soon) => expect(tooSoonAfter(age, now) !== undefined).toBe(soon))
})

describe('the deadline beside an old value', () => {
  const kept = { of: 'jwt-secret', since: at('00:00:00'), until: at('02:00:00'), by: 'ab12' }
  test('comes back from its labels, which fit every provider', () => {
    const labels = labelsOfKept(kept)
    expect(keptOf(labels)).toEqual(kept)
    expect(Object.keys(labels).length).toBeLessThanOrEqual(12)
  })
  test.each([
    ['00:00:00', false],
    ['01:59:59', false],
    ['01:59:59.999', false],
    ['02:00:00', true],
    ['02:00:01', true],
  ])('at %s it is over: %s', (now, over) => expect(isOver(kept, at(now))).toBe(over))
  test.each([
    [{ role: '' }],
    [{ until: '2026-03-29' }],
    [{ until: '2026-02-30T00:00:00.000Zx' }],
    [{ until: '29 Mar 2026 02:00 +0200' }],
    [{ since: '' }],
  ])('what cannot be read has none: %j', (wrong) => expect(keptOf({ ...labelsOfKept(kept), ...wrong })).toBeUndefined())
  test('labels of others say nothing', () => {
    expect(keptOf(undefined)).toBeUndefined()
    expect(keptOf({ role: 'old' })).toBeUndefined()
    expect(rotatedAt({ rotated: 'yesterday' })).toBeUndefined()
  })
  test('a grace is too short by what tokens and caches live beyond it', () => {
    expect(graceLacks({ graceMs: 10, tokenLifeMs: 8, cacheTtlMs: 5 })).toBe(3)
    expect(graceLacks({ graceMs: 13, tokenLifeMs: 8, cacheTtlMs: 5 })).toBe(0)
    expect(graceLacks({ graceMs: 0 })).toBe(0)
  })
})
