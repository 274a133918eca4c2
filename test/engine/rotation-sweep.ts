import { apply, fresh } from '../../src/engine/apply.js'
import { worldOf } from '../../src/engine/recover.js'
import { planRollback, runToUndo } from '../../src/flows/rollback.js'
import type { RotateRequest } from '../../src/flows/rotate.js'
import { type Fault, Faults } from '../support/faults.js'
import { copyOf, type Machine, machine, N, seed } from '../support/world.js'
import { accepted, attempt, contextOf, held, JWT, OLD, request, rotate } from './rotation-world.js'
import { faultsOf, type ProviderKind } from './sweep.js'

const FIRST = 'first-value-of-all'

export interface Subject {
  readonly name: string
  readonly wish: RotateRequest
  readonly start: (on: Machine) => Promise<void>
}

export const jwt: Subject = { name: 'jwt', wish: request(), start: (on) => seed(on, { [JWT]: FIRST, z: 'z' }) }
export const random: Subject = {
  name: 'random',
  wish: request({ name: N('session-secret') }),
  start: (on) => seed(on, { 'session-secret': FIRST, z: 'z' }),
}

async function startOf({ start }: Subject, kind: ProviderKind): Promise<Machine> {
  const on = machine(kind)
  await start(on)
  return on
}

/** One rotation with faults; then somebody types the command again. Throws where a promise is broken. */
async function runCase(
  start: Machine,
  { name, wish }: Subject,
  faults: readonly (Fault | undefined)[],
): Promise<Faults> {
  const on = copyOf(start)
  const secret = wish.name
  const mustVerify = (): void => {
    const now = accepted(on, secret)
    if (now.length === 0) throw new Error('there is no current value')
    if (name === 'jwt' && !now.includes(FIRST)) throw new Error('a token signed a minute ago does not verify')
  }
  const [first, ...others] = faults.map((fault) => new Faults(fault, mustVerify))
  for (const each of [first, ...others]) {
    await attempt(() => rotate(contextOf(on, each).context, wish))
    mustVerify()
  }
  await finish(on, wish)
  mustVerify()
  const now = await held(on, secret)
  if (now === FIRST) throw new Error('nothing was rotated')
  if (name === 'jwt' && (await held(on, OLD)) !== FIRST) throw new Error('the old value is not kept')
  await mustBeIdle(on)
  await undo(on)
  if ((await held(on, secret)) !== FIRST) throw new Error(`a rollback leaves ${await held(on, secret)}`)
  if (name === 'jwt' && !['absent', 'deleted'].includes(await held(on, OLD)))
    throw new Error('a rollback leaves the old value')
  return first!
}

/** The command once more, without a fault: what is unfinished is finished, else it begins. */
async function finish(on: Machine, wish: RotateRequest): Promise<void> {
  const rotation = await attempt(() => rotate(contextOf(on).context, wish))
  // Done already, its answer lost: too soon for another one.
  if (rotation instanceof Error && (rotation as { code?: string }).code !== 'LOCKED') throw rotation
}

async function mustBeIdle(on: Machine): Promise<void> {
  const { process } = contextOf(on)
  const open = (await process.runs.list()).filter(({ state }) => state === 'open')
  if (open.length > 0) throw new Error(`run ${open[0]?.id} is open`)
}

async function undo(on: Machine): Promise<void> {
  const { context } = contextOf(on)
  const run = await runToUndo(context.runs, { target: context.identity })
  const { plan, values, left } = await planRollback({ run, keepSecrets: false }, context)
  if (left.length > 0) throw new Error(`left: ${JSON.stringify(left)}`)
  await context.runs.begin(plan, values)
  await apply({ plan, progress: fresh }, worldOf(plan.id, context.runs, context))
}

/** One case after the other; a broken promise names the case. Returns how many there were. */
export async function sweep(subject: Subject, kind: ProviderKind, cases: (faults: Fault[]) => (readonly Fault[])[]) {
  const start = await startOf(subject, kind)
  const { log } = await runCase(start, subject, [undefined])
  const all = cases(faultsOf(log))
  for (const faults of all) {
    await runCase(start, subject, faults).catch((error: Error) => {
      throw new Error(`${subject.name} ${JSON.stringify(faults)}: ${error.message}`, { cause: error })
    })
  }
  return all.length
}

/** Every `every`-th of all pairs of faults. */
export const pairs =
  (every: number) =>
  (faults: Fault[]): Fault[][] =>
    faults.flatMap((a) => faults.map((b) => [a, b])).filter((_, at) => at % every === 0)
