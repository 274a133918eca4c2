import { Failure } from '../../core/failure.js'
import type { Provider } from '../../core/ports.js'
import { around } from './around.js'

/** For commands that only look: a write throws before it reaches the provider. "Makes no change" is then no promise. */
export function readOnly(provider: Provider): Provider {
  return around(provider, (call, run) => (call.kind === 'read' ? run() : refuse(call.method)))
}

async function refuse(method: string): Promise<never> {
  throw new Failure('INTERNAL', { doing: method, why: 'a command that only reads tried to write' })
}
