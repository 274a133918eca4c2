import { numbered, type Plan, type Step } from '../core/plan.js'
import type { Traits } from '../core/ports.js'
import { operationOf } from './ops/index.js'
import type { Course } from './stage.js'
import { type Item, type View, view } from './verdicts.js'

/**
 * Whether all is as it was before the run: nothing of it stands, no act is in doubt, and a look as if none had begun
 * finds every one of them still to be done.
 */
export async function isUntouched(plan: Plan, course: Course): Promise<boolean> {
  const { begun, settled, doubted, world } = course
  if (doubted.size > 0 || [...settled.values()].some((outcome) => outcome !== 'skipped')) return false
  const open = numbered(plan).filter(({ index }) => begun.has(index) && !settled.has(index))
  if (open.length === 0) return true
  if (!open.every(({ step }) => showsAll(step, world.provider.traits))) return false
  const items = open.map((each) => ({ ...each, op: operationOf(each.step) }))
  const look = view(items, { ...course, begun: new Set() })
  return await look.then(
    (seen) => items.every((item) => isAsBefore(item, seen)),
    () => false,
  )
}

/** Steps whose look shows all that their act changes. What changes something else as well is never taken as untouched. */
const SHOWN: ReadonlySet<string> = new Set(['put', 'remove', 'undelete', 'history', 'keep', 'rewrite-env'])

/** Of an act of several requests a late look may not show the first, which went through. */
const showsAll = (step: Step, traits: Traits): boolean =>
  SHOWN.has(step.op) && (traits.settlesWithinMs === 0 || !isOfSeveral(step, traits))

function isOfSeveral(step: Step, { writesOverDeleted }: Traits): boolean {
  if (step.op === 'history') return true
  return 'before' in step && step.before === 'deleted' && !writesOverDeleted
}

/** A history of which some versions stand is still to be done, and not as it was. */
function isAsBefore(item: Item, { verdicts, sight }: View): boolean {
  if (verdicts.get(item) !== 'todo') return false
  if (item.step.op !== 'history') return true
  const now = sight.get(item.step.name)
  if (now === undefined || now instanceof Error) return false
  return (now.state === 'present' ? now.version : now.state) === item.step.before
}
