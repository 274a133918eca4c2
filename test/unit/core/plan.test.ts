import { expect, test } from '@jest/globals'
import { isEmpty, numbered } from '../../../src/core/plan.js'
import { N, planOf } from '../../support/world.js'

const undelete = (name: string) => ({ op: 'undelete', name: N(name) }) as const

test('steps are numbered through all stages, first to last', () => {
  const plan = planOf([[undelete('a'), undelete('b')], [], [undelete('c')]])
  expect(numbered(plan).map(({ index, stage, step }) => [index, stage, 'name' in step && step.name])).toEqual([
    [0, 0, 'a'],
    [1, 0, 'b'],
    [2, 2, 'c'],
  ])
})

test('a plan without a step is empty, however many stages it has', () => {
  expect([isEmpty(planOf([])), isEmpty(planOf([[], []])), isEmpty(planOf([[], [undelete('a')]]))]).toEqual([
    true,
    true,
    false,
  ])
})

test('a plan survives JSON', () => {
  const plan = planOf([[undelete('a')]])
  expect(JSON.parse(JSON.stringify(plan))).toEqual(plan)
})
