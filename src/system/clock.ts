import { setTimeout as wait } from 'node:timers/promises'
import { Failure } from '../core/failure.js'
import type { Clock } from '../core/ports.js'

/** The machine's clock. With a signal, `sleep` rejects with INTERRUPTED as soon as the run is asked to stop. */
export function systemClock(signal?: AbortSignal): Clock {
  return {
    now: () => new Date(),
    sleep: (ms) => sleep(ms, signal),
  }
}

async function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await wait(ms, undefined, signal === undefined ? {} : { signal })
  } catch (error) {
    if (signal?.aborted === true) throw interruption(signal, error)
    throw error
  }
}

/** Who asked to stop may say how, with a Failure as the signal's reason. */
function interruption(signal: AbortSignal, error: unknown): Failure {
  return signal.reason instanceof Failure ? signal.reason : new Failure('INTERRUPTED', {}, { cause: error })
}
