import { Failure } from '../../core/failure.js'
import type { ValueRef } from '../../core/plan.js'
import type { World } from '../../core/ports.js'
import type { SecretValue } from '../../core/secret.js'

/** The planned value. Another one under its name means that the plan is for other input: PLAN_STALE. */
export async function plannedValue(ref: ValueRef, world: World): Promise<SecretValue> {
  const value = await world.value(ref)
  if (value.fingerprint(world.fingerprintKey) === ref.fingerprint) return value
  throw new Failure('PLAN_STALE', { names: [ref.entry], why: 'the value is not the one that was planned' })
}
