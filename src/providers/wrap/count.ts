import type { Provider } from '../../core/ports.js'
import { around } from './around.js'

/** Counts calls by method, for tests of what a command costs. */
export function countCalls(provider: Provider): {
  readonly provider: Provider
  readonly calls: ReadonlyMap<string, number>
  /** Calls that may change something. */
  readonly writes: () => number
} {
  const calls = new Map<string, number>()
  let writes = 0
  const counted = around(provider, (call, run) => {
    calls.set(call.method, (calls.get(call.method) ?? 0) + 1)
    if (call.kind === 'write') writes++
    return run()
  })
  return { provider: counted, calls, writes: () => writes }
}
