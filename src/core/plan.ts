import type { SecretName } from './names.js'
import type { Labels } from './ports.js'
import type { Version } from './secret.js'

/**
 * Where a value is, never the value. Each run has one sealed bundle of values: `new` ones that it writes and `old`
 * ones that it replaces. Fingerprints are keyed.
 */
export interface ValueRef {
  readonly from: 'new' | 'old'
  /** The entry of the bundle; by custom the secret's name. */
  readonly entry: string
  readonly fingerprint: string
}

/** What a `put` found and replaces: nothing, a deleted name, or the version that is current. */
export type Before = Version | 'absent' | 'deleted'

/** One thing to make true, as data. One file in engine/ops for each `op`. */
export type Step =
  | {
      readonly op: 'put'
      readonly name: SecretName
      readonly value: ValueRef
      readonly before: Before
      /** Of a `deleted` name: the version that comes back when it is undeleted, where the service tells. */
      readonly deletedVersion?: Version
      /** The value that is replaced, so that the step can be undone. */
      readonly saved?: ValueRef
      readonly savedLabels?: Labels
      readonly savedDescription?: string
      readonly labels?: Labels
      readonly description?: string
      readonly expiresAfterMs?: number
    }
  | {
      readonly op: 'remove'
      readonly name: SecretName
      readonly before: Version
      readonly saved?: ValueRef
      readonly savedLabels?: Labels
      readonly savedDescription?: string
    }
  | {
      readonly op: 'undelete'
      readonly name: SecretName
      /** What has to be there after it: undelete brings back exactly the deleted value. */
      readonly value?: ValueRef
      /** The version that comes back, where the service tells. */
      readonly version?: Version
    }
  | {
      readonly op: 'rewrite-env'
      /** Absolute, symlinks resolved. */
      readonly path: string
      /** SHA-256 keyed fingerprints of the whole file before and after: `foreign` when it is neither. */
      readonly before: string
      readonly after: string
      /** Entries of the bundle that hold the file's bytes before and after. */
      readonly saved: ValueRef
      readonly content: ValueRef
      readonly changedLines: number
    }
  | {
      /** Versions from oldest to newest, for restore and copy onto a provider that keeps versions. */
      readonly op: 'history'
      readonly name: SecretName
      readonly values: readonly ValueRef[]
      readonly before: Before
      readonly deletedVersion?: Version
      readonly saved?: ValueRef
      readonly savedLabels?: Labels
      readonly savedDescription?: string
      readonly labels?: Labels
      readonly description?: string
    }
  | {
      /**
       * Keeps a value that is about to be replaced beside its secret, with labels that say until when it is accepted:
       * any host can end it. The label `by` tells this keeping from another host's of the same value.
       */
      readonly op: 'keep'
      readonly name: SecretName
      readonly value: ValueRef
      readonly before: Before
      readonly deletedVersion?: Version
      readonly saved?: ValueRef
      readonly savedLabels?: Labels
      readonly savedDescription?: string
      readonly labels: Labels
    }
  | {
      /** A `put` over a value that stands beside it as `old`, accepted for `graceMs` from the moment of the write on. */
      readonly op: 'replace'
      readonly name: SecretName
      readonly value: ValueRef
      readonly before: Version
      readonly old: SecretName
      readonly graceMs: number
      readonly saved?: ValueRef
      readonly savedLabels?: Labels
      readonly savedDescription?: string
      readonly labels?: Labels
      readonly expiresAfterMs?: number
    }

export type Command = 'migrate' | 'rollback' | 'rotate' | 'restore' | 'copy' | 'set' | 'delete'

/** JSON: printable, storable, comparable. Steps of one stage are independent; stages run in order. */
export interface Plan {
  readonly format: 1
  /** Four or more hex digits, unique on this machine. */
  readonly id: string
  readonly command: Command
  /** What `Provider.identity()` said: apply refuses another one. */
  readonly target: string
  readonly provider: string
  /** What the operator named, to connect to the same place again. */
  readonly prefix: string
  readonly environment?: string
  readonly createdAt: string
  readonly stages: readonly (readonly Step[])[]
  /** The .env file that the plan was made from, absolute. */
  readonly file?: string
  /** The run that this plan undoes. */
  readonly undoes?: string
}

/** Steps in the order of their numbers, which the journal uses: stage by stage, first to last. */
export function numbered(
  plan: Plan,
): readonly { readonly index: number; readonly stage: number; readonly step: Step }[] {
  let index = 0
  return plan.stages.flatMap((steps, stage) => steps.map((step) => ({ index: index++, stage, step })))
}

export const isEmpty = (plan: Plan): boolean => plan.stages.every((stage) => stage.length === 0)
