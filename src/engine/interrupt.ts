import { Failure } from '../core/failure.js'
import type { World } from '../core/ports.js'

/** Throws when the run was told to stop. Asked between acts, never within one. */
export function checkInterrupt({ signal }: Pick<World, 'signal'>): void {
  if (signal?.aborted === true) throw interruption(signal)
}

const interruption = ({ reason }: AbortSignal): Failure =>
  reason instanceof Failure ? reason : new Failure('INTERRUPTED', {}, { cause: reason })
