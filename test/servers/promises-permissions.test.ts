import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { tempFolder } from '../support/temp.js'
import { openStation, type Station } from './support/places.js'
import { type K8sPlace, kubectl } from './support/services-k8s.js'
import { freshPrefix } from './support/services-prefix.js'
import { raw, tokenWith } from './vault-api.js'

const WAIT = 300_000

/** Each command with what has to be there before it; `$` stands for the provider. */
const commands: Readonly<Record<string, { readonly args: readonly string[]; readonly exit?: number }>> = {
  list: { args: ['list', '$'] },
  get: { args: ['get', 'api-key', '$'] },
  validate: { args: ['validate', '$'] },
  migrate: { args: ['migrate', '$', '--no-rewrite', '--on-conflict=overwrite', '--yes'] },
  delete: { args: ['delete', 'api-key', '$', '--yes'] },
}

/** A run that was refused half-way waits to be finished, and would hold up the next one. */
const ownState = () => ({ XDG_STATE_HOME: tempFolder('state') })

async function policiesOf(station: Station): Promise<ReadonlyMap<string, string>> {
  const { code, stdout } = await station.run(['doctor', station.provider, '--permissions', '--json'])
  expect(code).toBe(0)
  const { items } = JSON.parse(stdout) as { items: { command: string; policy: string }[] }
  return new Map(items.map(({ command, policy }) => [command, policy]))
}

async function ready(station: Station, command: string): Promise<readonly string[]> {
  const value = command === 'migrate' ? 'api-key-before-migrate' : 'api-key-of-today'
  await station.place.put(new Map([['api-key', Buffer.from(value)]]))
  writeFileSync(join(station.folder, '.env'), 'API_KEY=api-key-of-today\n')
  return (commands[command]?.args ?? []).map((word) => (word === '$' ? station.provider : word))
}

describe('the policy that doctor prints, created in Vault', () => {
  let station: Station
  let policies: ReadonlyMap<string, string>
  beforeAll(async () => {
    station = await openStation('vault-kv2')
    policies = await policiesOf(station)
  }, WAIT)
  afterAll(() => station.place.close(), WAIT)
  const tokenFor = (policy: string): Promise<string> => tokenWith(`doctor-${freshPrefix()}`, policy)
  const outcome = async (command: string, policy: string) =>
    station.run(await ready(station, command), { ...ownState(), VAULT_TOKEN: await tokenFor(policy) })

  test.each(Object.keys(commands))(
    'lets %s do its work, and no path of it can be left out',
    async (command) => {
      const policy = policies.get(command) ?? ''
      const { code, stderr } = await outcome(command, policy)
      expect([code, stderr]).toEqual([0, ''])
      const data = new RegExp(`path "secret/${command === 'list' ? 'metadata' : 'data'}/[^}]*}`)
      expect(policy).toMatch(data)
      const less = await outcome(
        command,
        `${policy.replace(data, '')}\npath "secret/other" { capabilities = ["read"] }`,
      )
      expect(less.code).toBe(77)
      expect(less.stdout + less.stderr).toMatch(/no "(?:read|list)" on secret\/(?:meta)?data\//)
    },
    WAIT,
  )
})

describe('the Role that doctor prints, created in Kubernetes', () => {
  const account = `doctor-${freshPrefix()}`
  let station: Station
  let policies: ReadonlyMap<string, string>
  let token: string
  beforeAll(async () => {
    station = await openStation('k8s')
    policies = await policiesOf(station)
    await kubectl(['create', 'serviceaccount', account])
    await kubectl(['create', 'rolebinding', account, '--role=vibesecrets-test', `--serviceaccount=default:${account}`])
    token = (await kubectl(['create', 'token', account])).trim()
  }, WAIT)
  afterAll(async () => {
    await kubectl(['delete', 'rolebinding,serviceaccount', account])
    await kubectl(['delete', 'role', 'vibesecrets-test', '--ignore-not-found'])
    await station.place.close()
  }, WAIT)
  const outcome = async (command: string, role: string) => {
    await kubectl(['apply', '-f', '-'], role.replace('name: vibesecrets,', 'name: vibesecrets-test,'))
    return station.run(await ready(station, command), {
      ...ownState(),
      KUBECONFIG: (station.place as K8sPlace).kubeconfigFor(token),
    })
  }

  test.each(Object.keys(commands))(
    'lets %s do its work, and without a verb of it says which is missing',
    async (command) => {
      const role = policies.get(command) ?? ''
      const { code, stderr } = await outcome(command, role)
      expect([code, stderr]).toEqual([0, ''])
      const verb = role.includes('"patch"') ? 'patch' : 'get'
      const less = await outcome(command, role.replace(`"${verb}"`, '"watch"'))
      expect(less.code).toBe(77)
      expect(less.stdout + less.stderr).toContain(`no "${verb}" on secrets/${(station.place as K8sPlace).secret}`)
    },
    WAIT,
  )
})

test(
  'a policy is what Vault takes as one',
  async () => {
    const station = await openStation('vault-kv2')
    for (const [command, policy] of await policiesOf(station)) {
      const name = `doctor-${freshPrefix()}-${command}`
      expect((await raw('PUT', `sys/policies/acl/${name}`, { policy })).status).toBe(204)
      await raw('DELETE', `sys/policies/acl/${name}`)
    }
    await station.place.close()
  },
  WAIT,
)
