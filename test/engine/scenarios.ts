import type { Before, Plan, Step } from '../../src/core/plan.js'
import type { Version } from '../../src/core/secret.js'
import { undoOf } from '../../src/core/undo.js'
import { apply, fresh } from '../../src/engine/apply.js'
import type { Bundle } from '../../src/engine/bundle.js'
import { factsFor, worldOf } from '../../src/engine/recover.js'
import { swapped } from '../../src/engine/runs.js'
import { boot, bundleOf, ENV, lookAt, type Machine, N, type Process, planOf, ref, seed } from '../support/world.js'

/** A command's plan, made on a machine, with the values that it needs. */
export interface Scenario {
  readonly name: string
  /** Names and files that a second writer may touch. */
  readonly names: readonly string[]
  /** Whether he may remove them: of two removals of one name nobody can say whose it was. */
  readonly foreignRemoves: boolean
  prepare(on: Machine): Promise<{ readonly plan: Plan; readonly values: Bundle }>
  /** What has to be there when it is done. */
  goal(on: Machine): Readonly<Record<string, string>>
}

const isHard = (on: Machine): boolean => on.provider.lacks?.includes('undelete') === true

const OLD_FILE = 'A=a1\nB=b2\nC=c1\nD=d2\n'
const NEW_FILE = "A='${secret:a}'\nB='${secret:b}'\nC='${secret:c}'\nD='${secret:d}'\n"

async function beforeOf(on: Machine, name: string): Promise<{ before: Before; deletedVersion?: Version }> {
  const now = await lookAt(on, name)
  if (now.state === 'present') return { before: now.version }
  const known = now.state === 'deleted' && now.version !== undefined ? { deletedVersion: now.version } : {}
  return { before: now.state, ...known }
}

async function put(on: Machine, name: string, text: string, old?: string): Promise<Step> {
  const saved = old === undefined ? {} : { saved: ref('old', name, old) }
  return { op: 'put', name: N(name), value: ref('new', name, text), ...(await beforeOf(on, name)), ...saved }
}

function rewrite(): Step {
  const saved = ref('old', ENV, OLD_FILE)
  const content = ref('new', ENV, NEW_FILE)
  return {
    op: 'rewrite-env',
    path: ENV,
    before: saved.fingerprint,
    after: content.fingerprint,
    saved,
    content,
    changedLines: 4,
  }
}

/** `a` is new, `b` replaces another value, `c` is equal already, `d` was deleted (or is absent). */
async function startMigrate(on: Machine): Promise<void> {
  on.files.set(ENV, Buffer.from(OLD_FILE))
  await seed(on, { b: 'b1', c: 'c1', d: 'd1', z: 'z' })
  if (!isHard(on)) await seed(on, { d: null })
}

async function migratePlan(on: Machine): Promise<{ plan: Plan; values: Bundle }> {
  const puts = [
    await put(on, 'a', 'a1'),
    await put(on, 'b', 'b2', 'b1'),
    await put(on, 'c', 'c1', 'c1'),
    await put(on, 'd', 'd2', isHard(on) ? 'd1' : undefined),
  ]
  const values = bundleOf({
    new: { a: 'a1', b: 'b2', c: 'c1', d: 'd2', [ENV]: NEW_FILE },
    old: { b: 'b1', c: 'c1', d: 'd1', [ENV]: OLD_FILE },
  })
  return { plan: planOf([puts, [rewrite()]]), values }
}

const migrate: Scenario = {
  name: 'migrate',
  names: ['a', 'b', 'c', 'd', ENV],
  foreignRemoves: true,
  goal: () => ({ a: 'a1', b: 'b2', c: 'c1', d: 'd2', z: 'z', [ENV]: NEW_FILE }),
  async prepare(on) {
    await startMigrate(on)
    return migratePlan(on)
  },
}

const rollback: Scenario = {
  name: 'rollback',
  names: ['a', 'b', 'd', ENV],
  foreignRemoves: false,
  goal: (on) => ({ a: 'absent', b: 'b1', c: 'c1', d: isHard(on) ? 'd1' : 'absent', z: 'z', [ENV]: OLD_FILE }),
  async prepare(on) {
    await startMigrate(on)
    const { plan, values } = await migratePlan(on)
    await carryOut(boot(on), plan, values)
    return undoPlan(boot(on), plan.id, 'b001')
  },
}

const set: Scenario = {
  name: 'set',
  names: ['a'],
  foreignRemoves: true,
  goal: () => ({ a: 'a2' }),
  async prepare(on) {
    await seed(on, { a: 'a1' })
    return {
      plan: planOf([[await put(on, 'a', 'a2', 'a1')]]),
      values: bundleOf({ new: { a: 'a2' }, old: { a: 'a1' } }),
    }
  },
}

const remove: Scenario = {
  name: 'delete',
  names: ['a', 'b'],
  foreignRemoves: false,
  goal: () => ({ a: 'absent', b: 'absent', z: 'z' }),
  async prepare(on) {
    await seed(on, { a: 'a1', b: 'b1', z: 'z' })
    const step = async (name: string, text: string): Promise<Step> => {
      const { before } = await beforeOf(on, name)
      return { op: 'remove', name: N(name), before: before as Version, saved: ref('old', name, text) }
    }
    const plan = planOf([[await step('a', 'a1'), await step('b', 'b1')]], { command: 'delete' })
    return { plan, values: bundleOf({ old: { a: 'a1', b: 'b1' } }) }
  },
}

const history: Scenario = {
  name: 'history',
  names: ['a', 'b'],
  foreignRemoves: true,
  goal: () => ({ a: 'a3', b: 'b3' }),
  async prepare(on) {
    await seed(on, { b: 'b0' })
    const step = async (name: string, texts: readonly string[], old?: string): Promise<Step> => ({
      op: 'history',
      name: N(name),
      values: texts.map((text, index) => ref('new', `${name}@${index}`, text)),
      ...(await beforeOf(on, name)),
      ...(old === undefined ? {} : { saved: ref('old', name, old) }),
    })
    const steps = [await step('a', ['a1', 'a2', 'a3']), await step('b', ['b1', 'b1', 'b3'], 'b0')]
    const entries = { 'a@0': 'a1', 'a@1': 'a2', 'a@2': 'a3', 'b@0': 'b1', 'b@1': 'b1', 'b@2': 'b3' }
    return { plan: planOf([steps], { command: 'restore' }), values: bundleOf({ new: entries, old: { b: 'b0' } }) }
  },
}

export const scenarios = { migrate, rollback, set, remove, history }

/** What a command does after the plan was confirmed. */
export async function carryOut({ runs, surroundings }: Process, plan: Plan, values: Bundle): Promise<void> {
  await runs.begin(plan, values)
  await apply({ plan, progress: fresh }, worldOf(plan.id, runs, surroundings))
}

/** The plan that undoes a run, and its values. */
export async function undoPlan(process: Process, run: string, id: string) {
  const { plan, progress } = await process.runs.load(run)
  const { stages, left } = undoOf(plan, progress, await factsFor(plan, process.surroundings))
  const undone = planOf(stages, {
    id,
    command: 'rollback',
    undoes: run,
    createdAt: `2026-01-02T03:05:${id.slice(-2)}.000Z`,
  })
  return { plan: undone, values: swapped(await process.runs.bundle(run)), left }
}

/** All names and the file as text; deleted and absent are one here. */
export async function stateOf(on: Machine): Promise<Record<string, string>> {
  const state: Record<string, string> = {}
  for (const name of on.store.names()) {
    const now = await lookAt(on, name)
    state[name] = now.state === 'present' ? now.value.reveal() : 'absent'
  }
  const file = on.files.get(ENV)
  return { ...state, ...(file && { [ENV]: Buffer.from(file).toString() }) }
}

/** Whoever reads the file finds every secret that it refers to: at every instant. */
export async function danglingReferences(on: Machine): Promise<string[]> {
  const file = on.files.get(ENV)
  if (file === undefined || Buffer.from(file).toString() !== NEW_FILE) return []
  const state = await stateOf(on)
  return ['a', 'b', 'c', 'd'].filter((name) => state[name] === undefined || state[name] === 'absent')
}
