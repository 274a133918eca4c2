import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { isFailure } from '../../../src/core/failure.js'
import { readPlan } from '../../../src/engine/plan-format.js'
import { goldenPlan } from './golden.js'

const golden = (): Record<string, unknown> => JSON.parse(readFileSync('fixtures/plan/v1/plan.json', 'utf8'))

test('a plan of format 1 is read', () => {
  expect(readPlan(golden())).toEqual(goldenPlan)
})

test('what is no plan is refused', () => {
  for (const json of [null, 1, 'x', [], {}]) expect(() => readPlan(json)).toThrow('DAMAGED')
})

test('a newer format is said to be one', () => {
  expect(() => readPlan({ ...golden(), format: 2 })).toThrow('FORMAT_NEWER')
})

test('a step that this version does not know is of a newer one', () => {
  expect(() => readPlan({ ...golden(), stages: [[{ op: 'teleport' }]] })).toThrow('FORMAT_NEWER')
})

/** Each wrong field by its name, all of them together. */
function check(change: object, problems: readonly string[]): void {
  let found: unknown
  try {
    readPlan({ ...golden(), ...change })
  } catch (error) {
    found = isFailure(error) ? error.details.problems : error
  }
  expect(found).toEqual(problems)
}

test('every field that is wrong is named', () => {
  check({ id: '../../etc', command: 'constructor', createdAt: 'soon' }, [
    'plan: id',
    'plan: command',
    'plan: createdAt',
  ])
  check({ extra: 1 }, ['plan: unknown field extra'])
  check({ stages: [[{ op: 'remove', name: 'a\u0000', before: 'v1' }]] }, ['step 0: name'])
  check({ stages: [[{ op: 'undelete', name: 'a' }], [{ op: 'remove', name: 'a' }]] }, ['step 1: before'])
  check({ stages: [[{ op: 'undelete', name: 'a', value: { from: 'new', entry: 'a', fingerprint: 'plain' } }]] }, [
    'step 0: value',
  ])
  check({ stages: [['x']] }, ['plan: stages'])
  check({ stages: [[{ op: 'undelete', name: 'a', argv: ['rm'] }]] }, ['step 0: unknown field argv'])
})
