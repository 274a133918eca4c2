import { Failure, type FailureDetails } from '../../core/failure.js'
import type { Provider } from '../../core/ports.js'
import { around, type Call } from './around.js'

/** Every call ends: with its answer, or with TIMEOUT, also where an SDK knows no deadline. */
export function withDeadline(provider: Provider, timeoutMs: number): Provider {
  if (provider.traits.paced === true) return provider
  return around(provider, (call, run) => before(timeoutMs * shares(call), detailsOf(call), run))
}

/** A batch is many requests behind one call. */
const shares = ({ names }: Call<unknown>): number => 1 + Math.floor(names.length / 50)

function detailsOf(call: Call<unknown>): FailureDetails {
  const [secret] = call.names
  return {
    doing: call.kind === 'read' ? 'reading' : 'writing',
    ...(call.names.length === 1 && secret !== undefined && { secret }),
    ...(call.kind === 'write' && { mayHaveHappened: true }),
  }
}

/** `run`, or TIMEOUT after `timeoutMs`. What was begun is not ended by it: its answer is no longer waited for. */
export async function before<T>(timeoutMs: number, details: FailureDetails, run: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const why = `no answer within ${timeoutMs} ms`
    timer = setTimeout(() => reject(new Failure('TIMEOUT', { ...details, why })), timeoutMs)
  })
  try {
    return await Promise.race([run(), late])
  } finally {
    clearTimeout(timer)
  }
}
