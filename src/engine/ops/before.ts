import { Failure } from '../../core/failure.js'
import type { SecretName } from '../../core/names.js'
import type { Before } from '../../core/plan.js'
import type { Lookup } from '../../core/ports.js'
import type { Version } from '../../core/secret.js'
import type { StepWorld } from '../operation.js'

/** The part of a writing step that says what it writes over. */
export interface Over {
  readonly name: SecretName
  readonly before: Before
  readonly deletedVersion?: Version
}

/** Whether `now` is what the step was planned on; also our own half way, undeleted but not yet written. */
export function isBefore(step: Over, now: Lookup, world: StepWorld): boolean {
  if (now.state === 'absent') return step.before === 'absent'
  if (now.state === 'deleted') return step.before === 'deleted' && mayBe(step.deletedVersion, now.version)
  return now.version === step.before || (world.begun && isUndeleted(step, now.version))
}

const isUndeleted = (step: Over, now: Version): boolean => step.before === 'deleted' && now === step.deletedVersion

const mayBe = (planned: Version | undefined, now: Version | undefined): boolean =>
  planned === undefined || now === undefined || planned === now

/** Whether a write can go out as it is, or the name has to be brought back first. */
export function canWriteNow(step: Over, world: StepWorld): boolean {
  return world.seen(step.name).state !== 'deleted' || world.provider.traits.writesOverDeleted
}

/** What the write has to expect. Brings a deleted name back first where the service cannot write over it. */
export async function readyForWrite(step: Over, world: StepWorld): Promise<Before> {
  const now = world.seen(step.name)
  if (canWriteNow(step, world)) return now.state === 'present' ? now.version : step.before
  if (world.provider.undelete === undefined) throw new Failure('SECRET_DELETED', { secret: step.name })
  await world.provider.undelete(step.name)
  // The version is known before the undelete, so that nobody's write in between can pass for the old value.
  const known = step.deletedVersion ?? (now.state === 'deleted' ? now.version : undefined)
  return known ?? versionNow(step.name, world)
}

async function versionNow(name: SecretName, world: StepWorld): Promise<Before> {
  const now = await world.provider.read(name)
  return now.state === 'present' ? now.version : now.state
}
