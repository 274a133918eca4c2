import type { Provider } from '../../core/ports.js'
import { around } from './around.js'
import type { Limiter } from './limiter.js'

/** Each call waits for its turn. */
export function withLimit(provider: Provider, limiter: Limiter): Provider {
  if (provider.traits.paced === true) return provider
  return around(provider, (_call, run) => limiter.run(run))
}
