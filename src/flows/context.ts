import type { SecretName } from '../core/names.js'
import type { Plan, Step, ValueRef } from '../core/plan.js'
import type { Clock, EnvFiles, Lookup, Provider, Random, Sink } from '../core/ports.js'
import type { SecretValue } from '../core/secret.js'
import type { Runs } from '../engine/runs.js'

/** What a flow works with: one connected provider, scoped by prefix and environment, and this machine's records. */
export interface Context {
  readonly provider: Provider
  /** Account, project, vault or cluster, as the service says it, with the prefix. */
  readonly identity: string
  readonly prefix: string
  readonly environment?: string
  readonly fingerprintKey: Uint8Array
  readonly clock: Clock
  readonly random: Random
  readonly sink: Sink
  readonly files: EnvFiles
  readonly runs: Runs
  readonly concurrency: number
  /** Holds the lock of this target on this machine while `work` runs. */
  readonly signal?: AbortSignal
  readonly locked: <T>(work: () => Promise<T>) => Promise<T>
}

/** The values of a run, which its sealed bundle keeps: what it writes and what it replaces. */
export interface Values {
  readonly new: Map<string, SecretValue>
  readonly old: Map<string, SecretValue>
}
export const noValues = (): Values => ({ new: new Map(), old: new Map() })

/** Puts a value into the run's bundle and gives the reference that a step may hold. */
export function keep(
  values: Values,
  from: 'new' | 'old',
  entry: string,
  value: SecretValue,
  key: Uint8Array,
): ValueRef {
  values[from].set(entry, value)
  return { from, entry, fingerprint: value.fingerprint(key) }
}

/** A plan for this context's target, with the fields that every plan has. */
export function draft(
  context: Context,
  id: string,
  command: Plan['command'],
  stages: readonly (readonly Step[])[],
  more: Partial<Pick<Plan, 'file' | 'undoes'>> = {},
): Plan {
  return {
    format: 1,
    id,
    command,
    target: context.identity,
    provider: context.provider.traits.id,
    prefix: context.prefix,
    ...(context.environment === undefined ? {} : { environment: context.environment }),
    createdAt: context.clock.now().toISOString(),
    stages: stages.filter((stage) => stage.length > 0),
    ...more,
  }
}

/** A plan with its values, and the look-ups it was made from, so that they need not be made again. */
export interface Prepared {
  readonly plan: Plan
  readonly values: Values
  readonly seen?: Named<Lookup>
}

export type Named<T> = ReadonlyMap<SecretName, T>
