import { Failure } from '../core/failure.js'
import type { SecretName } from '../core/names.js'
import { numbered, type Plan, type Step } from '../core/plan.js'
import { SecretValue } from '../core/secret.js'
import { type Left, undoOf } from '../core/undo.js'
import { lookUp } from '../engine/look.js'
import { type RunRecord, swapped } from '../engine/runs.js'
import { type Context, draft, type Prepared } from './context.js'

export interface RollbackRequest {
  /** The run to undo; without it the newest that changed this target. */
  readonly run?: string
  /** Put only the file back, and leave the store as it is. */
  readonly keepSecrets: boolean
}

export interface RollbackPlan extends Prepared {
  readonly undone: RunRecord
  /** What somebody else changed since: left alone, and named. */
  readonly left: readonly Left[]
}

/** Commands whose runs a plain `rollback` takes back: what moved many secrets, or a credential. */
export const undoable: ReadonlySet<Plan['command']> = new Set(['migrate', 'restore', 'rotate', 'copy'])

/** The inverse of a recorded run, as a plan of its own: provider and file, to what they were. Only reads. */
export async function planRollback(request: RollbackRequest, context: Context): Promise<RollbackPlan> {
  const run = await runToUndo(request, context)
  if (run.target !== context.identity)
    throw new Failure('PLAN_STALE', { doing: 'rolling back', target: context.identity, why: `run ${run.id} changed ${run.target}` })
  const steps = numbered(run.plan).map(({ step }) => step)
  const inverse = undoOf(run.plan, run.progress, {
    secrets: await lookUp(context, namesOf(steps)),
    files: await filesOf(steps, context),
    fingerprint: (value) => value.fingerprint(context.fingerprintKey),
    undelete: context.provider.undelete !== undefined,
  })
  const stages = request.keepSecrets ? inverse.stages.map((stage) => stage.filter(({ op }) => op === 'rewrite-env')) : inverse.stages
  const left = request.keepSecrets ? inverse.left.filter(({ what }) => what === 'file') : inverse.left
  const file = run.plan.file === undefined ? {} : { file: run.plan.file }
  const plan = draft(context, await context.runs.newId(), 'rollback', stages, { undoes: run.id, ...file })
  const { new: fresh, old } = swapped(await context.runs.bundle(run.id))
  return { undone: run, plan, left, values: { new: new Map(fresh), old: new Map(old) } }
}

async function runToUndo(request: RollbackRequest, { runs, identity }: Context): Promise<RunRecord> {
  const found =
    request.run === undefined
      ? await runs.newest((run) => run.target === identity && undoable.has(run.command) && (run.state === 'done' || run.state === 'open'))
      : (await runs.list()).find((run) => run.id === request.run)
  if (found === undefined) throw nothingToUndo(request, identity)
  if (found.state === 'undone')
    throw new Failure('PLAN_USED', { doing: 'rolling back', target: found.target, why: `run ${found.id} was taken back already` })
  return found
}

const nothingToUndo = (request: RollbackRequest, target: string): Failure =>
  new Failure('INPUT_MISSING', {
    doing: 'rolling back',
    target,
    why: request.run === undefined ? 'no run on this target is recorded on this machine' : `no run ${request.run} is recorded on this machine`,
    hints: [{ what: 'see the recorded runs', command: 'vibesecrets rollback --list' }],
  })

const namesOf = (steps: readonly Step[]): SecretName[] => steps.flatMap((step) => (step.op === 'rewrite-env' ? [] : [step.name]))

async function filesOf(steps: readonly Step[], { files, fingerprintKey }: Context): Promise<Map<string, string | undefined>> {
  const found = new Map<string, string | undefined>()
  for (const step of steps) {
    if (step.op !== 'rewrite-env') continue
    const bytes = await files.read(step.path)
    found.set(step.path, bytes && SecretValue.fromBytes(bytes).fingerprint(fingerprintKey))
  }
  return found
}
