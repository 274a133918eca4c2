/**
 * vibesecrets as a library. `createSecretManager` is for applications that read their secrets; the rest is what the
 * commands are made of. A flow is called with a context (one connected provider and
 * this machine's records), returns a plan to look at, and `perform` makes it true.
 *
 * @packageDocumentation
 */
export {
  Failure,
  type FailureCode,
  type FailureDetails,
  failureCodes,
  type Hint,
  isFailure,
  type Place,
} from './core/failure.js'
export { keyOfName, nameOfKey, type SecretName, secretName } from './core/names.js'
export type { Plan, Step, ValueRef } from './core/plan.js'
export type {
  Clock,
  Event,
  Labels,
  Listing,
  Lookup,
  Present,
  Provider,
  ProviderId,
  Sink,
  Staging,
  Traits,
  Write,
  WriteOptions,
} from './core/ports.js'
export { formatReference, isReference, parseReferences, type Segment } from './core/reference.js'
export { SecretValue, type Version } from './core/secret.js'
export type { Context, Prepared } from './flows/context.js'
export { type CopyPlan, type CopyRequest, type DiffRow, diff, planCopy } from './flows/copy.js'
export { type EnvInput, type EnvSource, readInput } from './flows/env-input.js'
export { type GetRequest, get } from './flows/get.js'
export { listAll } from './flows/list.js'
export { type MigratePlan, type MigrateRequest, planMigrate } from './flows/migrate.js'
export { perform } from './flows/perform.js'
export { recover } from './flows/recover.js'
export { planRollback, type RollbackPlan, type RollbackRequest } from './flows/rollback.js'
export { getSigningKeys } from './flows/rotate-keys.js'
export { type ChangePlan, planRemove, planSet, planUndelete, type SetRequest } from './flows/set.js'
export { type CheckRow, type ValidateReport, type ValidateRequest, validate } from './flows/validate.js'
export {
  createSecretManager,
  type SecretManager,
  type SecretManagerOptions,
  type SetOptions,
} from './manager.js'
export type { Connect, Description, Ports, Settings } from './providers/description.js'
export { descriptions, services } from './providers/index.js'
