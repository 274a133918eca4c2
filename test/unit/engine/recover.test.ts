import { expect, test } from '@jest/globals'
import { apply, fresh } from '../../../src/engine/apply.js'
import { examine, recover, unfinished, worldOf } from '../../../src/engine/recover.js'
import { carryOut, scenarios, stateOf, undoPlan } from '../../engine/scenarios.js'
import { Crash, Faults } from '../../support/faults.js'
import { boot, machine, N, V } from '../../support/world.js'

/** A migration that was killed after its writes, before it knew that they stand. */
async function killed() {
  const on = machine()
  const { plan, values } = await scenarios.migrate.prepare(on)
  const faults = new Faults({ at: 9, kind: 'crash-after' })
  await expect(carryOut(boot(on, faults), plan, values)).rejects.toThrow(Crash)
  return on
}

test('an unfinished run can be finished or undone', async () => {
  const on = await killed()
  const { runs, surroundings } = boot(on)
  const prospect = await examine(await runs.load('a001'), worldOf('a001', runs, surroundings))
  expect(prospect).toMatchObject({ resumable: true, undoable: true, foreign: [] })
  const { settled } = await recover('a001', runs, surroundings)
  expect(settled.size).toBe(5)
  expect(await stateOf(on)).toMatchObject(scenarios.migrate.goal(on))
})

test('with somebody else in between it cannot be finished, and says by whom it is held up', async () => {
  const on = await killed()
  const raw = boot(on).surroundings.provider
  const now = await raw.read(N('d'))
  const expected = now.state === 'present' ? now.version : now.state
  await raw.write(N('d'), V('another'), { expect: expected, token: 'them' })
  const { runs, surroundings } = boot(on)
  const prospect = await examine(await runs.load('a001'), worldOf('a001', runs, surroundings))
  expect(prospect).toMatchObject({ resumable: false, foreign: ['d'], undoable: false })
  expect(prospect.undo.left).toEqual([{ what: 'secret', name: 'd', why: 'changed by someone else' }])
})

test('a run that is being undone is not resumed: the undoing one is', async () => {
  const on = await killed()
  const { runs, surroundings } = boot(on)
  const { plan, values } = await undoPlan({ runs, surroundings, events: [] }, 'a001', 'b001')
  await runs.begin(plan, values)
  expect(unfinished(await runs.list()).map(({ id }) => id)).toEqual(['b001'])
  await recover('a001', runs, surroundings)
  expect((await runs.list()).map(({ id, state }) => [id, state])).toEqual([
    ['b001', 'done'],
    ['a001', 'undone'],
  ])
  expect(await stateOf(on)).toMatchObject({ a: 'absent', b: 'b1', d: 'absent' })
})

test('a run that ended is left alone, without a single call', async () => {
  const on = machine()
  const { plan, values } = await scenarios.set.prepare(on)
  const { runs, surroundings } = boot(on)
  await runs.begin(plan, values)
  await apply({ plan, progress: fresh }, worldOf(plan.id, runs, surroundings))
  const faults = new Faults()
  const later = boot(on, faults)
  expect((await recover(plan.id, later.runs, later.surroundings)).settled.size).toBe(1)
  expect(faults.log).toHaveLength(1)
})
