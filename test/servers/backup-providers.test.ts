import { randomBytes } from 'node:crypto'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { cleanEnv, run } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'
import { server } from './support/env.js'

/** Backups from one service into another, through the command line; each value as it was. */
const mark = randomBytes(4).toString('hex')
const folder = tempFolder('backup-providers')
const env = {
  ...cleanEnv(folder),
  AWS_ENDPOINT_URL_SECRETS_MANAGER: server('TEST_AWS_LOCALSTACK'),
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_SECRET_MANAGER_REGION: 'us-east-1',
  VAULT_ADDR: server('TEST_VAULT_ADDR'),
  VAULT_TOKEN: server('TEST_VAULT_TOKEN'),
  KUBECONFIG: server('TEST_KUBECONFIG'),
}
const vibesecrets = (args: readonly string[], stdin = '') => run(args, { cwd: folder, env, stdin })
/** A place of this test's own in each service. */
const scope: Readonly<Record<string, readonly string[]>> = {
  aws: ['aws', '--prefix', `${mark}/`],
  vault: ['vault', '--prefix', `${mark}/`],
  k8s: ['k8s', '-e', mark],
  local: ['local'],
}
const at = (provider: string): readonly string[] => scope[provider] ?? [provider]
const values: Readonly<Record<string, readonly string[]>> = {
  'database-url': ['postgres://one', 'postgres://two'],
  'tls-key': ['-----BEGIN\r\nab\n\n'],
  dash: ['-rf'],
  large: ['x'.repeat(20_000)],
}

let recipient = ''
beforeAll(async () => {
  recipient = (await vibesecrets(['backup', 'keygen', '--output', 'key.txt'])).stdout.trim()
  for (const [name, versions] of Object.entries(values))
    for (const value of versions) {
      const { code, stderr } = await vibesecrets(['set', name, ...at('aws'), '--yes'], value)
      expect([code, stderr.replace(/^warning: the value ends.*\n/, '')]).toEqual([0, ''])
    }
}, 180_000)

async function expectAll(provider: string): Promise<void> {
  for (const [name, versions] of Object.entries(values))
    expect([name, (await vibesecrets(['get', name, ...at(provider)])).stdout]).toEqual([name, versions.at(-1)])
}

describe('across services', () => {
  test.each([
    ['aws', 'vault'],
    ['vault', 'k8s'],
    ['k8s', 'local'],
    ['local', 'vault'],
  ])(
    '%s → %s: every value, and what is lost is said before',
    async (from, to) => {
      const file = `${from}-${to}.age`
      const made = await vibesecrets(['backup', ...at(from), '-r', recipient, '--all-versions', '--out', file])
      expect([made.code, made.stderr.replace(/^warning: one recipient.*\n.*\n/, '')]).toEqual([0, ''])
      if (to === 'vault' && from === 'local')
        for (const name of Object.keys(values)) await vibesecrets(['delete', name, ...at('vault'), '--yes'])
      const planned = await vibesecrets([
        'restore',
        file,
        ...at(to),
        '--identity',
        'key.txt',
        '--all-versions',
        '--dry-run',
      ])
      expect([planned.code, planned.stderr]).toEqual([0, ''])
      if (to === 'k8s') expect(planned.stdout).toContain('keeps no versions')
      const restored = await vibesecrets([
        'restore',
        file,
        ...at(to),
        '--identity',
        'key.txt',
        '--all-versions',
        '--yes',
      ])
      expect(restored.code).toBe(0)
      await expectAll(to)
      const again = await vibesecrets(['restore', file, ...at(to), '--identity', 'key.txt', '--all-versions', '--yes'])
      expect([again.code, again.stdout.includes('nothing to do')]).toEqual([0, true])
    },
    300_000,
  )
})
