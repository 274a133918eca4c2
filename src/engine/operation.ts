import type { SecretName } from '../core/names.js'
import type { Step } from '../core/plan.js'
import type { Lookup, World, Write } from '../core/ports.js'
import type { Version } from '../core/secret.js'

/** `foreign`: neither as it was planned on nor as it should become. Someone else was here: stop. */
export type Verdict = 'todo' | 'done' | 'foreign'

/** One token for each step, one owner for each run: what we wrote can be told from what others wrote. */
export interface StepWorld extends World {
  readonly owner: string
  readonly token: string
  /** Whether the journal holds an intention of this step: half-done states are then ours. */
  readonly begun: boolean
  /** What the stage's last look found. Throws the doubt about a name that could not be read. */
  seen(name: SecretName): Lookup
}

export interface Removal {
  readonly name: SecretName
  readonly expect: Version
}

export interface Operation<S extends Step> {
  /** What failures call it: a secret's name or a file's path. */
  subject(step: S): string
  /** The names that `seen` has to answer for: they are looked up together with those of the whole stage. */
  names(step: S): readonly SecretName[]
  /** Only reads. Decides before the act and proves after it. */
  observe(step: S, world: StepWorld): Promise<Verdict>
  /** May throw after taking effect. Its answer is never trusted. */
  act(step: S, world: StepWorld): Promise<void>
  /** The act as part of a batch; `undefined` when it has to go alone. */
  write?(step: S, world: StepWorld): Promise<Write | undefined>
  removal?(step: S, world: StepWorld): Removal | undefined
}

export type Of<K extends Step['op']> = Extract<Step, { op: K }>
