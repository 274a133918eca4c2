import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { SecretValue } from '../../src/core/secret.js'
import { run } from '../../src/system/spawn.js'
import type { TargetPorts, TargetSettings } from '../../src/targets/settings.js'

/** Ports over the real machine; a reference resolves to itself. */
export const targetPorts: TargetPorts = {
  clock: { now: () => new Date(), sleep: (ms) => new Promise((done) => setTimeout(done, ms)) },
  random: (count) => randomBytes(count),
  resolve: async (text) => SecretValue.fromText(text),
  readFile: (path) => readFile(path),
  run,
  env: {},
  timeoutMs: 20_000,
}

export const postgresSettings = (more: Partial<TargetSettings>): TargetSettings => ({
  type: 'postgres',
  command: [],
  ...more,
})
export const mysqlSettings = (more: Partial<TargetSettings>): TargetSettings => ({
  type: 'mysql',
  command: [],
  ...more,
})
