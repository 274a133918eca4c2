import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Clock } from '../../src/core/ports.js'
import type { Ports, Settings } from '../../src/providers/description.js'
import { createManners } from '../../src/providers/wrap/manners.js'
import { defaultTries } from '../../src/providers/wrap/retry.js'

export const clock: Clock = {
  now: () => new Date(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
}
export const bare: Ports = { clock, random: (count) => randomBytes(count) }

/** What the program itself puts around a provider; waits are shortened. */
export const manners = createManners({
  ...defaultTries,
  timeoutMs: 30_000,
  clock: { now: clock.now, sleep: (ms) => clock.sleep(Math.min(ms, 20)) },
  random: bare.random,
})

export const settingsOf = (env: Record<string, string>, more: Partial<Settings> = {}): Settings => ({
  env,
  options: {},
  timeoutMs: 30_000,
  insecureHttp: false,
  readFile: async (path) => readFile(path).catch(() => undefined),
  ...more,
})
