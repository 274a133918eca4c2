import { expect, test } from '@jest/globals'
import type { Plan } from '../../../src/core/plan.js'
import { journalFile } from '../../../src/engine/journal.js'
import { bundleFile, createRuns, type Runs, refsOf } from '../../../src/engine/runs.js'
import { memoryFolder } from '../../support/folder.js'
import { bundleOf, countingRandom, KEY, N, planOf, ref } from '../../support/world.js'
import { goldenBundle, goldenPlan } from './golden.js'

const runsIn = (folder = memoryFolder(), random = countingRandom()): Runs => createRuns(folder, async () => KEY, random)

async function begin(runs: Runs, id: string, more: Partial<Plan> = {}): Promise<void> {
  await runs.begin(planOf([], { id, ...more }), bundleOf({}))
}

test('a run is loaded with plan, progress and values', async () => {
  const folder = memoryFolder()
  await runsIn(folder).begin(goldenPlan, goldenBundle)
  const runs = runsIn(folder)
  const { plan, progress, state, counts } = await runs.load('3fa2')
  expect(plan).toEqual(goldenPlan)
  expect({ state, counts, begun: progress.intended.size }).toEqual({
    state: 'open',
    counts: { steps: 6, done: 0, skipped: 0 },
    begun: 0,
  })
  for (const step of plan.stages.flat()) {
    for (const each of refsOf(step)) expect((await runs.value('3fa2', each)).fingerprint(KEY)).toBe(each.fingerprint)
  }
})

test('values are durable before the journal begins', async () => {
  const folder = memoryFolder()
  folder.create = async () => {
    expect([...folder.files.keys()]).toEqual([bundleFile('a001')])
    throw new Error('killed')
  }
  await expect(begin(runsIn(folder), 'a001')).rejects.toThrow('killed')
  expect(await runsIn(folder).list()).toEqual([])
})

test('a plan whose values are not all there is not begun', async () => {
  const plan = planOf([[{ op: 'put', name: N('a'), value: ref('new', 'a', 'x'), before: 'absent' }]])
  const folder = memoryFolder()
  await expect(runsIn(folder).begin(plan, bundleOf({}))).rejects.toMatchObject({
    code: 'INTERNAL',
    details: { names: ['a'] },
  })
  expect(folder.files.size).toBe(0)
})

test('a plan is carried out once', async () => {
  const folder = memoryFolder()
  const runs = runsIn(folder)
  await begin(runs, 'a001')
  const sealed = folder.files.get(bundleFile('a001'))
  await expect(begin(runs, 'a001')).rejects.toMatchObject({ code: 'PLAN_USED' })
  for (const how of ['done', 'undone'] as const) {
    await runs.journal.close('a001', how)
    await expect(begin(runs, 'a001')).rejects.toMatchObject({ code: 'PLAN_USED' })
  }
  expect(folder.files.get(bundleFile('a001'))).toBe(sealed)
})

test('a plan that was abandoned before anything was begun can be tried again', async () => {
  const runs = runsIn()
  await begin(runs, 'a001')
  await runs.journal.close('a001', 'abandoned')
  await begin(runs, 'a001')
  expect((await runs.load('a001')).state).toBe('open')
})

test('a run whose first line is torn never began', async () => {
  const folder = memoryFolder(new Map([[journalFile('a001'), Buffer.from('{"format":1,"pl')]]))
  expect(await runsIn(folder).list()).toEqual([])
  await begin(runsIn(folder), 'a001')
  expect((await runsIn(folder).load('a001')).state).toBe('open')
})

test('runs are listed newest first; what undoes another one is newer', async () => {
  const runs = runsIn()
  await begin(runs, 'a002', { createdAt: '2026-01-02T00:00:00.000Z' })
  await begin(runs, 'a001', { createdAt: '2026-01-02T00:00:00.000Z', undoes: 'a002' })
  await begin(runs, 'a003', { createdAt: '2026-01-01T00:00:00.000Z' })
  expect((await runs.list()).map(({ id }) => id)).toEqual(['a001', 'a002', 'a003'])
  expect((await runs.newest(({ plan }) => plan.undoes === undefined))?.id).toBe('a002')
})

test('a run that cannot be read stops the list, and stands beside the others in a scan', async () => {
  const folder = memoryFolder()
  await begin(runsIn(folder), 'a001')
  await begin(runsIn(folder), 'a002')
  const bad = Buffer.concat([Buffer.from('{}\n'), folder.files.get(journalFile('a002')) ?? Buffer.of()])
  folder.files.set(journalFile('a002'), bad)
  await expect(runsIn(folder).list()).rejects.toMatchObject({ code: 'DAMAGED', details: { names: ['a002'] } })
  const { runs, unreadable } = await runsIn(folder).scan()
  expect([runs.map(({ id }) => id), [...unreadable.keys()]]).toEqual([['a001'], ['a002']])
})

test('a lost bundle and a wrong key are told apart', async () => {
  const folder = memoryFolder()
  await begin(runsIn(folder), 'a001')
  const other = createRuns(folder, async () => new Uint8Array(32), countingRandom())
  await expect(other.bundle('a001')).rejects.toMatchObject({ code: 'KEY_WRONG' })
  folder.files.delete(bundleFile('a001'))
  await expect(runsIn(folder).bundle('a001')).rejects.toMatchObject({ code: 'DAMAGED' })
})

test('a new id is one that no run has', async () => {
  const same = (count: number): Uint8Array => new Uint8Array(count).fill(0xab)
  const runs = runsIn(memoryFolder(), same)
  expect(await runs.newId()).toBe('abab')
  await begin(runs, 'abab')
  expect(await runs.newId()).toBe('ababa')
})

test('an unknown run is missing, whatever its name', async () => {
  for (const run of ['beef', '../x', ''])
    await expect(runsIn().load(run)).rejects.toMatchObject({ code: 'INPUT_MISSING' })
})

test('pruning forgets what ended before, values and all, and nothing else', async () => {
  const folder = memoryFolder()
  const runs = runsIn(folder)
  await begin(runs, 'a001', { createdAt: '2026-01-01T00:00:00.000Z' })
  await begin(runs, 'a002', { createdAt: '2026-01-01T00:00:00.000Z' })
  await begin(runs, 'a003', { createdAt: '2026-03-01T00:00:00.000Z' })
  for (const run of ['a001', 'a003']) await runs.journal.close(run, 'done')
  expect(await runs.prune(new Date('2026-02-01'))).toEqual(['a001'])
  expect([...folder.files.keys()].filter((path) => path.includes('a001'))).toEqual([])
  expect((await runs.list()).map(({ id }) => id).sort()).toEqual(['a002', 'a003'])
  await expect(runs.forget('a002')).rejects.toMatchObject({ code: 'USAGE' })
})
