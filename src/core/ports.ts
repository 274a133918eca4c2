/** What the core asks of the outside world. Types only: this file imports nothing at run time. */
import type { NameRules, SecretName } from './names.js'
import type { Before, Plan, Step, ValueRef } from './plan.js'
import type { SecretValue, Version } from './secret.js'

export const providerIds = ['aws', 'gcp', 'azure', 'vault', 'k8s', 'env', 'local'] as const
export type ProviderId = (typeof providerIds)[number] | 'memory'

/** Metadata of ours beside a secret: at most 12 keys, values of at most 256 characters, so that it fits everywhere. */
export type Labels = Readonly<Record<string, string>>

/** The answer to "what is there?". Absence is an answer; "I could not find out" is a thrown Failure. */
export type Lookup =
  | { readonly state: 'absent' }
  | {
      readonly state: 'deleted'
      readonly version?: Version
      readonly recoverableUntil?: Date
      readonly deletedAt?: Date
    }
  | Present
export interface Present {
  readonly state: 'present'
  readonly version: Version
  readonly value: SecretValue
  readonly createdAt?: Date
  readonly labels: Labels
  readonly description?: string
  /** The token of the write that made this version, where the provider keeps it. */
  readonly writtenBy?: string
}

export interface Listing {
  readonly name: SecretName
  readonly state: 'present' | 'deleted'
  /** Where the listing tells it without a further request. */
  readonly version?: Version
  readonly createdAt?: Date
  readonly updatedAt?: Date
  readonly recoverableUntil?: Date
  readonly labels?: Labels
  readonly description?: string
  /** The service's own rotation of this name. */
  readonly nativeRotation?: { readonly every?: string; readonly by?: string; readonly nextAt?: Date }
}

export interface WriteOptions {
  /** What has to be there for the write to happen. */
  readonly expect: Before
  /** Comes back as `writtenBy`; the same token with the same value again is the same write. */
  readonly token: string
  readonly labels?: Labels
  readonly description?: string
  /** For services that keep an expiry date beside the value. */
  readonly expiresAfterMs?: number
}
export interface Write extends WriteOptions {
  readonly name: SecretName
  readonly value: SecretValue
}

/** What every provider must do. It never prints, reads no environment variable and keeps no cache. */
export interface Provider {
  readonly traits: Traits
  /** Account, project, vault, or cluster and namespace. Written into each plan; apply refuses another one. */
  identity(): Promise<string>
  /** Names and facts, never values; as few requests as the service allows. Only names that start with `prefix`. */
  list(options?: { readonly prefix?: string }): AsyncIterable<Listing>
  /** Throws unless the answer is certain: a 403, a timeout or a throttle is never `absent`. */
  read(name: SecretName, version?: Version): Promise<Lookup>
  /** As `read` for many, in the fewest requests the service has. Throws when one of them is in doubt. */
  readMany(names: readonly SecretName[]): Promise<ReadonlyMap<SecretName, Lookup>>
  /**
   * As `readMany`, but a doubt about one name stands in the map as its Failure and does not hide the others.
   * Without it the caller reads one by one.
   */
  readEach?(names: readonly SecretName[]): Promise<ReadonlyMap<SecretName, Lookup | Error>>
  /** Refuses with CONFLICT unless `expect` is there now. May throw after taking effect: callers look again. */
  write(name: SecretName, value: SecretValue, options: WriteOptions): Promise<Version>
  /** Removes in the softest way the service has. Refuses with CONFLICT unless `expect` is there now. */
  remove(name: SecretName, options: { readonly expect: Version }): Promise<void>
  close(): Promise<void>
  // What a provider may do. A missing member is a missing ability: no flag can disagree with a method.
  /** Brings a softly deleted name back as it was. */
  undelete?(name: SecretName): Promise<void>
  /** Newest first. */
  versions?(name: SecretName): AsyncIterable<VersionListing>
  /** Replaces our labels (and the description when given), the value untouched. */
  label?(
    name: SecretName,
    labels: Labels,
    options: { readonly expect: Version; readonly description?: string },
  ): Promise<void>
  /** Many in one request; all or none. The answer has every name. */
  writeMany?(writes: readonly Write[]): Promise<ReadonlyMap<SecretName, Version>>
  removeMany?(removes: readonly { readonly name: SecretName; readonly expect: Version }[]): Promise<void>
  /** Ends versions for good, newest `keep` excepted; for services that bill each one. Returns how many ended. */
  destroyOldVersions?(name: SecretName, keep: number): Promise<number>
  readonly staging?: Staging
  readonly rotation?: NativeRotation
}

export interface VersionListing {
  readonly version: Version
  readonly createdAt?: Date
  readonly state: 'enabled' | 'disabled' | 'deleted' | 'destroyed'
}

/** A value that is stored but not current. Where the service has none, `sidecarStaging(provider)` supplies it. */
export interface Staging {
  pending(name: SecretName): Promise<Lookup>
  /** Refuses when something is pending: the pending entry, with its owner's token, is the lock between two hosts. */
  stage(
    name: SecretName,
    value: SecretValue,
    options: { readonly token: string; readonly labels?: Labels },
  ): Promise<void>
  /** Makes the pending value current. It stays pending until `discard`. */
  promote(name: SecretName, options: { readonly expect: Version; readonly token: string }): Promise<void>
  discard(name: SecretName): Promise<void>
}

/** The service rotates by itself (AWS with a Lambda function). */
export interface NativeRotation {
  enable(
    name: SecretName,
    options: { readonly by: string; readonly everyDays: number; readonly now?: boolean },
  ): Promise<void>
  cancel(name: SecretName): Promise<void>
}

/** Facts that no method can show. */
export interface Traits {
  readonly id: ProviderId
  readonly writable: boolean
  /** Largest value, in bytes as the service counts them. */
  readonly maxBytes: number
  /** Largest sum of all values in one place (Kubernetes: the whole Secret), in bytes. */
  readonly maxTotalBytes?: number
  readonly emptyValues: boolean
  readonly binary: boolean
  readonly names: NameRules
  /** Who enforces `expect`: the service in one request, or we by reading first (a race remains, and is said). */
  readonly compareAndSet: 'service' | 'read-first'
  /** A finished write may stay invisible for this long, in milliseconds. */
  readonly settlesWithinMs: number
  /** Whether labels and descriptions are kept. */
  readonly labels: boolean
  readonly descriptions: boolean
  /** What `write` with `expect: 'deleted'` does is known: the service brings the name back and writes. */
  readonly writesOverDeleted: boolean
  /** The service's own quota, for pacing. */
  readonly limits?: { readonly perSecond: number; readonly burst: number; readonly concurrency: number }
  /** Sends each of its requests through `Ports.send`, so that retry, pacing and deadlines are there already. */
  readonly paced?: boolean
  /** Others keep names of their own there (the process environment): one that nobody expects says nothing. */
  readonly shared?: true
  /** The file that holds everything (local, env): for messages and for locks. */
  readonly file?: string
}

export interface Clock {
  now(): Date
  /** Resolves after `ms`; rejects when the run was interrupted. */
  sleep(ms: number): Promise<void>
}

/** Cryptographically strong, `count` bytes. */
export type Random = (count: number) => Uint8Array

/** What happened to a step. `skipped`: it was true before we began. */
export type Outcome = 'done' | 'skipped'

/** Durable before it returns: `intend` before the act (one fsync for a stage), `settle` after the proof. */
export interface Journal {
  open(plan: Plan): Promise<void>
  intend(plan: string, steps: readonly number[]): Promise<void>
  settle(plan: string, steps: readonly number[], outcome: Outcome): Promise<void>
  close(plan: string, how: 'done' | 'undone' | 'abandoned'): Promise<void>
}

export type Event =
  | { readonly type: 'planned'; readonly plan: Plan }
  | { readonly type: 'progress'; readonly what: string; readonly done: number; readonly total?: number }
  | {
      readonly type: 'step'
      readonly plan: string
      readonly index: number
      readonly step: Step
      readonly state: 'begun' | Outcome
    }
  | { readonly type: 'notice'; readonly code: string; readonly text: string; readonly hint?: string }
  | { readonly type: 'retry'; readonly what: string; readonly attempt: number; readonly inMs: number }

/** Terminal, JSON lines and audit log are sinks. A sink that throws stops the run. */
export interface Sink {
  emit(event: Event): Promise<void>
}

/** Files that a plan changes: the .env file. Durable and atomic. */
export interface EnvFiles {
  /** `undefined` when there is no such file. */
  read(path: string): Promise<Uint8Array | undefined>
  /**
   * Mode, owner and (where the file system has them) extended attributes of the replaced file are kept. Refuses with
   * CONFLICT when the file does not hold `expect` at the last moment, after everything slow has been done.
   */
  replace(path: string, bytes: Uint8Array, expect?: Uint8Array): Promise<void>
  /** Removes what a killed writer left beside the file. The caller holds the lock of the run that writes it. */
  sweep?(path: string): Promise<void>
}

/** What a login says. Only an explicit refusal of the password is `refused`; everything in doubt is `unknown`. */
export type Probe = 'accepted' | 'refused' | 'unknown'

/** The thing that a secret opens. A value is a password, a connection URL or a JSON document that holds one. */
export interface Target {
  readonly kind: 'postgres' | 'mysql'
  /** For people: `role "app" on db.example:5432 (PostgreSQL 15)`. Holds no value. */
  describe(): Promise<string>
  /** One fresh login, never repeated by itself: services lock accounts after a few. */
  probe(value: SecretValue): Promise<Probe>
  /**
   * Makes `next` open it. `retained`: `current` goes on working until `discardOld`. Refuses before the change with
   * VALUE_UNFIT, CONFIG_INVALID and PERMISSION_DENIED; any other failure may come after taking effect: probe again.
   */
  change(current: SecretValue, next: SecretValue): Promise<{ readonly retained: boolean }>
  /** `current` with `password` in place of the one it holds, all else as it was; the other user, where two take turns. */
  successor(current: SecretValue, password: SecretValue): Promise<SecretValue>
  /** Ends `old`, which `change` retained; `current` is the value in force. Repeatable. */
  discardOld?(old: SecretValue, current: SecretValue): Promise<void>
  /** Runs `work` as the only one of all hosts; LOCKED when another one is at it. `login`: a value that is accepted. */
  lock?<T>(login: SecretValue, work: () => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** How far a restart has come. `waiting` and `failed` say why, in words. */
export type RolloutState =
  | { readonly state: 'todo' | 'complete' }
  | { readonly state: 'waiting' | 'failed'; readonly why: string }

/** Restarts what reads secrets at its start. `workload` is `deployment/web`; `mark` is an ISO time, the restart's name. */
export interface Rollout {
  describe(workload: string): Promise<string>
  /** Repeatable: a workload that has the mark is left alone. */
  restart(workload: string, mark: string): Promise<void>
  /** One look: `todo` when the workload has another mark. */
  state(workload: string, mark: string): Promise<RolloutState>
  /** Looks until it is complete; NOT_CONFIRMED when it failed or `timeoutMs` passed. */
  watch(workload: string, mark: string, options: { readonly timeoutMs: number }): Promise<void>
  close(): Promise<void>
}

/** What a hook is told. `values` go to a program's standard input alone, never into argv, environment or a webhook. */
export interface HookCall {
  readonly event: string
  readonly facts: Readonly<Record<string, string | number>>
  readonly values?: Readonly<Record<string, SecretValue>>
}
/** What it answered. `stdout` may hold values; `said` is its last words, redacted, for people. */
export interface HookAnswer {
  readonly stdout: SecretValue
  readonly said: string
}
/** A program or a webhook of the user. */
export interface Hook {
  describe(): string
  /** NOT_CONFIRMED when it ended with a failure of its own, TIMEOUT when it did not end. */
  call(call: HookCall): Promise<HookAnswer>
}

export interface World {
  readonly provider: Provider
  readonly journal: Journal
  readonly clock: Clock
  readonly sink: Sink
  readonly files: EnvFiles
  /** Keys fingerprints: of this machine, never stored beside values. */
  readonly fingerprintKey: Uint8Array
  /** Steps of a stage that run at a time. */
  readonly concurrency: number
  /** Ends the run between two acts; what was begun is recoverable. */
  readonly signal?: AbortSignal
  /** The value that a step refers to, from the run's sealed bundle. */
  value(ref: ValueRef): Promise<SecretValue>
}
