import { Failure } from '../core/failure.js'
import type { SecretName } from '../core/names.js'
import type { Lookup, Present } from '../core/ports.js'
import { lookUp } from '../engine/look.js'
import { type Kept, keptOf, oldNameOf } from '../rotation/labels.js'
import type { Context } from './context.js'

/** What the provider holds of one secret and of the value before it. */
export interface Sighting {
  readonly current: Present
  readonly old: Lookup
  /** What stands beside the old value, when a rotation kept it. */
  readonly kept?: Kept
}

/** One look at both names. A secret that is not there cannot be rotated. */
export async function lookAtSecret(name: SecretName, context: Context): Promise<Sighting> {
  const beside = oldNameOf(name)
  const found = await lookUp(context, [name, beside])
  const current = found.get(name)
  if (current?.state !== 'present') throw missing(name, current?.state === 'deleted', context)
  const old = found.get(beside) ?? { state: 'absent' }
  const kept = old.state === 'present' ? keptOf(old.labels) : undefined
  return { current, old, ...(kept === undefined ? {} : { kept }) }
}

const missing = (name: SecretName, deleted: boolean, { identity }: Context): Failure =>
  new Failure(deleted ? 'SECRET_DELETED' : 'SECRET_NOT_FOUND', {
    doing: 'rotating',
    secret: name,
    target: identity,
    why: deleted ? 'it is deleted' : 'there is no such secret',
    hints: [
      deleted
        ? { what: 'bring it back', command: `vibesecrets delete ${name} --recover` }
        : { what: 'see what is there', command: 'vibesecrets list' },
    ],
  })
