import type { SecretName } from './names.js'
import { numbered, type Plan, type Step, type ValueRef } from './plan.js'
import type { Labels, Lookup, Outcome, Present } from './ports.js'
import type { SecretValue } from './secret.js'

/** What the journal knows of a run. */
export interface Progress {
  readonly settled: ReadonlyMap<number, Outcome>
  readonly intended: ReadonlySet<number>
}

/** What is there now. Every name and file of the plan has to be in it: a gap is never taken for absence. */
export interface Facts {
  readonly secrets: ReadonlyMap<SecretName, Lookup>
  /** The keyed fingerprint of each file; `undefined` when there is no such file. */
  readonly files: ReadonlyMap<string, string | undefined>
  readonly fingerprint: (value: SecretValue) => string
  /** Whether the provider can bring a deleted name back. */
  readonly undelete: boolean
}

/** A part that stays as it is, and why. */
export interface Left {
  readonly what: 'secret' | 'file'
  readonly name: string
  readonly why: 'changed by someone else' | 'removed by someone else' | 'its old value was not kept'
}

export interface Undo {
  readonly stages: readonly (readonly Step[])[]
  readonly left: readonly Left[]
}

type Of<K extends Step['op']> = Extract<Step, { op: K }>
/** One step back, a reason to leave it, or nothing to do because it is as it was. */
type Inverse = Step | Left['why'] | undefined

/**
 * The way back, from what was done and what is there now. Stages come in reverse: the file, written last, is
 * restored first, so that it never refers to a secret that is gone. References swap sides: the bundle of the undoing
 * run is the bundle of the undone one with `new` and `old` exchanged.
 */
export function undoOf(plan: Plan, progress: Progress, facts: Facts): Undo {
  const left: Left[] = []
  const stages = plan.stages.map((): Step[] => [])
  for (const { index, stage, step } of numbered(plan)) {
    if (!wasTouched(index, progress)) continue
    const back = inverse(step, facts)
    if (typeof back === 'string') left.push({ ...subject(step), why: back })
    else if (back !== undefined) stages[stage]?.push(back)
  }
  return { stages: stages.reverse().filter((steps) => steps.length > 0), left }
}

/** An intention without a settlement may have taken effect: what is there now decides. */
function wasTouched(index: number, { settled, intended }: Progress): boolean {
  return settled.has(index) ? settled.get(index) === 'done' : intended.has(index)
}

function subject(step: Step): Pick<Left, 'what' | 'name'> {
  return step.op === 'rewrite-env' ? { what: 'file', name: step.path } : { what: 'secret', name: step.name }
}

function inverse(step: Step, facts: Facts): Inverse {
  switch (step.op) {
    case 'put':
      return takeBack(step, [step.value], facts)
    case 'history':
      return takeBack(step, step.values, facts)
    case 'remove':
      return bringBack(step, facts)
    case 'undelete':
      return deleteAgain(step, facts)
    case 'rewrite-env':
      return rewriteBack(step, facts)
    case 'keep':
      return endKeeping(step, facts)
    case 'replace':
      return takeBack(asPut(step), [step.value], facts)
  }
}

/** `written`: what the step writes, so that it can be told from what others wrote. */
function takeBack(step: Of<'put'> | Of<'history'>, written: readonly ValueRef[], facts: Facts): Inverse {
  const now = lookup(step.name, facts)
  const overNothing = step.before === 'absent' || step.before === 'deleted'
  if (now.state !== 'present') return overNothing ? undefined : 'removed by someone else'
  const ours = written.find((ref) => ref.fingerprint === facts.fingerprint(now.value))
  const onlyLabels = ours !== undefined && ours.fingerprint === step.saved?.fingerprint
  if (now.version === step.before && !onlyLabels) return undefined
  if (overNothing) return takeAway(step, ours, now)
  if (ours !== undefined) return putBack(step, ours, now)
  return step.saved?.fingerprint === facts.fingerprint(now.value) ? undefined : 'changed by someone else'
}

function takeAway(step: Of<'put'> | Of<'history'>, ours: ValueRef | undefined, now: Present): Inverse {
  const halfWay = step.deletedVersion !== undefined && now.version === step.deletedVersion
  if (ours === undefined && !halfWay) return 'changed by someone else'
  return {
    op: 'remove',
    name: step.name,
    before: now.version,
    ...(ours && { saved: swapped(ours) }),
    ...kept(step.labels, step.description),
  }
}

function putBack(step: Of<'put'> | Of<'history'>, ours: ValueRef, now: Present): Inverse {
  if (step.saved === undefined) return 'its old value was not kept'
  const labels = step.savedLabels ?? (step.labels && {})
  const description = step.savedDescription ?? (step.description === undefined ? undefined : '')
  return {
    op: 'put',
    name: step.name,
    value: swapped(step.saved),
    before: now.version,
    saved: swapped(ours),
    ...(labels && { labels }),
    ...(description !== undefined && { description }),
    ...kept(step.labels, step.description),
  }
}

/** What another host keeps, or what has ended since, is not ours to take back. */
function endKeeping(step: Of<'keep'>, facts: Facts): Inverse {
  const now = lookup(step.name, facts)
  if (now.state !== 'present' || now.labels['by'] !== step.labels['by']) return undefined
  return takeBack({ ...step, op: 'put' }, [step.value], facts)
}

function asPut({ old: _, graceMs: __, ...step }: Of<'replace'>): Of<'put'> {
  return { ...step, op: 'put' }
}

function bringBack(step: Of<'remove'>, facts: Facts): Inverse {
  const now = lookup(step.name, facts)
  if (now.state === 'present') return isBack(step, now, facts) ? undefined : 'changed by someone else'
  if (now.state === 'deleted') {
    if (now.version !== undefined && now.version !== step.before) return 'changed by someone else'
    const value = step.saved && { value: swapped(step.saved) }
    if (facts.undelete) return { op: 'undelete', name: step.name, ...value, version: step.before }
  }
  if (step.saved === undefined) return 'its old value was not kept'
  return {
    op: 'put',
    name: step.name,
    value: swapped(step.saved),
    before: now.state,
    ...(step.savedLabels && { labels: step.savedLabels }),
    ...(step.savedDescription !== undefined && { description: step.savedDescription }),
  }
}

function isBack(step: Of<'remove'>, now: Present, facts: Facts): boolean {
  return now.version === step.before || step.saved?.fingerprint === facts.fingerprint(now.value)
}

function deleteAgain(step: Of<'undelete'>, facts: Facts): Inverse {
  const now = lookup(step.name, facts)
  if (now.state !== 'present') return undefined
  const ours = now.version === step.version || step.value?.fingerprint === facts.fingerprint(now.value)
  if (!ours) return 'changed by someone else'
  return { op: 'remove', name: step.name, before: now.version, ...(step.value && { saved: swapped(step.value) }) }
}

function rewriteBack(step: Of<'rewrite-env'>, facts: Facts): Inverse {
  if (!facts.files.has(step.path)) throw new RangeError('a file of the plan was not looked at')
  const now = facts.files.get(step.path)
  if (now === undefined) return 'removed by someone else'
  if (now === step.before) return undefined
  if (now !== step.after) return 'changed by someone else'
  return {
    ...step,
    before: step.after,
    after: step.before,
    saved: swapped(step.content),
    content: swapped(step.saved),
  }
}

const swapped = (ref: ValueRef): ValueRef => ({ ...ref, from: ref.from === 'new' ? 'old' : 'new' })

const kept = (labels: Labels | undefined, description: string | undefined) => ({
  ...(labels && { savedLabels: labels }),
  ...(description !== undefined && { savedDescription: description }),
})

function lookup(name: SecretName, facts: Facts): Lookup {
  const found = facts.secrets.get(name)
  if (found === undefined) throw new RangeError('a name of the plan was not looked up')
  return found
}
