import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type SecretName, secretName } from '../../src/core/names.js'
import type { Provider } from '../../src/core/ports.js'
import { SecretValue, version } from '../../src/core/secret.js'
import { connect } from '../../src/providers/vault/connect.js'
import { conformance, type Expected, type Outside, type Subject } from '../support/conformance.js'
import { generated } from '../support/conformance-hostile.js'
import { server } from './support/env.js'
import { envOf, type Kv, kv1, kv2, raw, tokenWith, WAIT } from './vault-api.js'
import { type Gate, openGate } from './vault-k8s-gate.js'
import { bare, manners, settingsOf } from './vault-k8s-run.js'

const run = `vibebox/run-${Date.now().toString(36)}/`
const text = (value: string) => SecretValue.fromText(value)

const outsideOf = (kv: Kv): Outside => ({
  async write(name, bytes) {
    await raw('POST', kv.pathOf(name), kv.bodyOf({ value: Buffer.from(bytes).toString('utf8') }))
  },
  async read(name) {
    const fields = kv.fieldsOf((await raw('GET', kv.pathOf(name))).json)
    if (fields?.['value'] === undefined) return undefined
    const isBinary = fields['vibesecrets_encoding']?.endsWith(':base64')
    return Buffer.from(fields['value'], isBinary ? 'base64' : 'utf8')
  },
})

function subjectOf(kv: Kv): () => Promise<Subject> {
  return async () => {
    const gate = await openGate(server('TEST_VAULT_ADDR'))
    const provider = await connect(settingsOf(envOf(kv, gate.url)), bare)
    const forbidden = await connect(settingsOf(envOf(kv, gate.url, await tokenWithout(kv))), bare)
    const down = await openGate(server('TEST_VAULT_ADDR'))
    const unreachable = await connect(settingsOf(envOf(kv, down.url)), bare)
    await down.close()
    return {
      provider,
      prefix: `${run}conformance/`,
      outside: outsideOf(kv),
      between: (act) => gate.beforeMutation(act),
      forbidden,
      unreachable,
      requests: gate.requests,
      cleanup: async () => {
        await gate.close()
      },
    }
  }
}

/** May use the mount, and no name of this test. */
async function tokenWithout(kv: Kv): Promise<string> {
  const policy = `path "${kv.mount}/nothing" { capabilities = ["read"] }`
  return tokenWith(`none-${kv.mount}`, policy)
}

const shared = { id: 'vault', binary: true, emptyValues: true } as const
const expected2: Expected = {
  traits: { ...shared, compareAndSet: 'service', labels: true, descriptions: true, writesOverDeleted: true },
  abilities: ['readEach', 'undelete', 'versions', 'label', 'destroyOldVersions'],
}
const expected1: Expected = {
  traits: { ...shared, compareAndSet: 'read-first', labels: false, descriptions: false, writesOverDeleted: false },
  abilities: ['readEach'],
}
conformance('vault KV v2', subjectOf(kv2), expected2)
conformance('vault KV v1', subjectOf(kv1), expected1)

for (const [title, kv] of [
  ['vault KV v2', kv2],
  ['vault KV v1', kv1],
] as const)
  describe(`${title} on a real server`, () => {
    let gate: Gate
    let provider: Provider
    beforeAll(async () => {
      gate = await openGate(server('TEST_VAULT_ADDR'))
      provider = manners.wrap(await connect(settingsOf(envOf(kv, gate.url)), manners.ports))
    }, WAIT)
    afterAll(async () => {
      await provider.close()
      await gate.close()
    })

    const named = (folder: string, count: number): SecretName[] =>
      Array.from({ length: count }, (_, at) => secretName(`${run}${folder}/${at % 7}/name ${at}`))
    const writeAll = (names: readonly SecretName[], values: readonly SecretValue[]) =>
      Promise.all(
        names.map((name, at) => provider.write(name, values[at]!, { expect: 'absent', token: `token-${at}` })),
      )

    test(
      '1,000 hostile values are read by Vault itself with 0 differing bytes, and a second run changes nothing',
      async () => {
        const names = named('thousand', 1_000)
        const values = generated(1_000, 7, { nul: true })
        gate.reset()
        await writeAll(names, values)
        expect(gate.mutations()).toBe(1_000)
        const outside = outsideOf(kv)
        const differing: string[] = []
        for (const [at, name] of names.entries())
          if (!Buffer.from(values[at]!.revealBytes()).equals(Buffer.from((await outside.read(name)) ?? [])))
            differing.push(name)
        expect(differing).toEqual([])
        gate.reset()
        const found = await provider.readMany(names)
        expect(
          [...found.values()].filter((one, at) => one.state === 'present' && one.value.equals(values[at]!)).length,
        ).toBe(1_000)
        let listed = 0
        for await (const one of provider.list({ prefix: `${run}thousand/` })) listed += one.state === 'present' ? 1 : 0
        expect([listed, gate.mutations()]).toEqual([1_000, 0])
      },
      WAIT,
    )

    test(
      'where half of all requests are turned away, 500 of 500 arrive, each once',
      async () => {
        const names = named('throttled', 500)
        const values = generated(500, 8, { nul: true })
        gate.throttle(0.5)
        gate.reset()
        try {
          await writeAll(names, values)
          const found = await provider.readMany(names)
          expect(
            [...found.values()].filter((one, at) => one.state === 'present' && one.value.equals(values[at]!)).length,
          ).toBe(500)
        } finally {
          gate.throttle(0)
        }
        expect(gate.mutations()).toBe(500)
        expect(gate.turnedAway()).toBeGreaterThan(500)
        if (provider.versions === undefined) return
        for (const name of names.slice(0, 50)) {
          const versions = []
          for await (const one of provider.versions(name)) versions.push(one.version)
          expect(versions).toEqual(['1'])
        }
      },
      WAIT,
    )

    test(
      'Retry-After is told to the one who waits',
      async () => {
        const direct = await connect(settingsOf(envOf(kv, gate.url)), bare)
        gate.throttle(1, '7')
        const failure = await direct.read(secretName(`${run}x`)).catch((error: unknown) => error)
        gate.throttle(0)
        await direct.close()
        expect(failure).toMatchObject({ code: 'THROTTLED', details: { retryAfterMs: 7_000 } })
      },
      WAIT,
    )

    test(
      'a write whose answer is lost is told as written once, or as in doubt',
      async () => {
        const name = secretName(`${run}lost`)
        gate.reset()
        gate.loseNextAnswer()
        const write = provider.write(name, text('v'), { expect: 'absent', token: 'lost-1' })
        if (kv === kv2) expect(await write).toBe('1')
        else await expect(write).rejects.toMatchObject({ code: 'UNAVAILABLE', details: { mayHaveHappened: true } })
        expect(gate.mutations()).toBe(kv === kv2 ? 2 : 1)
        expect(await provider.read(name)).toMatchObject({ state: 'present', writtenBy: 'lost-1' })
      },
      WAIT,
    )

    test(
      'fields of others are kept letter by letter by write and remove',
      async () => {
        const name = secretName(`${run}siblings`)
        await raw('POST', kv.pathOf(name), kv.bodyOf({ user: 'app "x"', deep: { a: [1, { b: null }] }, value: 'old' }))
        const found = await provider.read(name)
        if (found.state !== 'present') throw new Error(found.state)
        const next = await provider.write(name, text('new'), { expect: found.version, token: 't' })
        expect(kv.fieldsOf((await raw('GET', kv.pathOf(name))).json)).toMatchObject({
          user: 'app "x"',
          deep: { a: [1, { b: null }] },
          value: 'new',
        })
        await provider.remove(name, { expect: next })
        expect(await provider.read(name)).toEqual({ state: 'absent' })
        const left = kv.fieldsOf((await raw('GET', kv.pathOf(name))).json)
        expect(left).toEqual({ user: 'app "x"', deep: { a: [1, { b: null }] } })
        await provider.write(name, text('again'), { expect: 'absent', token: 'u' })
        expect(kv.fieldsOf((await raw('GET', kv.pathOf(name))).json)).toMatchObject({ user: 'app "x"', value: 'again' })
      },
      WAIT,
    )

    test(
      'odd names are one name each, and are listed as they were written',
      async () => {
        const odd = [
          'a b',
          'q?x=1',
          'h#x',
          'p%41',
          'plus+',
          'ä😀',
          "it's",
          'back\\slash',
          '.x',
          'x.',
          '*',
          '&#x2F;',
          '{{x}}',
        ]
        const names = odd.map((one) => secretName(`${run}odd/${one}`))
        for (const name of names) await provider.write(name, text(name), { expect: 'absent', token: name })
        for (const name of names) {
          const found = await provider.read(name)
          expect(found.state === 'present' && found.value.reveal()).toBe(name)
        }
        const listed = []
        for await (const one of provider.list({ prefix: `${run}odd/` })) listed.push(one.name)
        expect(listed.sort()).toEqual([...names].sort())
      },
      WAIT,
    )

    test(
      'names that Vault would take for others are refused before any request',
      async () => {
        gate.reset()
        for (const wrong of [
          '/a',
          'a/',
          'a//b',
          'a/../b',
          '..x',
          'dots...',
          './a',
          '..',
          'a/. ',
          ' a',
          'a/ b',
          'a\u200bb',
        ])
          await expect(
            provider.write(secretName(wrong), text('v'), { expect: 'absent', token: 't' }),
          ).rejects.toMatchObject({ code: 'NAME_INVALID' })
        for (const wrong of ['../../sys/health', 'a/./b', 'a//b', 'a/'])
          await expect(provider.read(secretName(wrong))).rejects.toMatchObject({ code: 'NAME_INVALID' })
        expect(gate.requests()).toBe(0)
      },
      WAIT,
    )

    test(
      'a path without an engine is no absence',
      async () => {
        const lost = await connect(
          settingsOf({ ...envOf(kv, gate.url), VAULT_PATH: 'nowhere', VAULT_KV_VERSION: '2' }),
          bare,
        )
        await expect(lost.read(secretName('x'))).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
        await lost.close()
      },
      WAIT,
    )

    test(
      'a redirect is refused, and nothing is sent to its target',
      async () => {
        const trap = await openGate(server('TEST_VAULT_ADDR'))
        gate.answer({ status: 307, headers: { Location: `${trap.url}/v1/secret/data/x` } })
        const failure = await provider.read(secretName(`${run}x`)).catch((error: unknown) => error)
        gate.answer()
        expect(failure).toMatchObject({ code: 'PROTOCOL' })
        expect(trap.requests()).toBe(0)
        await trap.close()
      },
      WAIT,
    )

    test.each([
      [503, '{"errors":["Vault is sealed"]}', 'UNAVAILABLE'],
      [502, '<html>bad gateway</html>', 'UNAVAILABLE'],
      [404, '<html>not found</html>', 'PROTOCOL'],
      [200, '<html>welcome</html>', 'PROTOCOL'],
      [400, '{"errors":["Upgrading from non-versioned to versioned data."]}', 'UNAVAILABLE'],
    ])(
      'an answer %i %s is a doubt, never an absence',
      async (status, body, code) => {
        const direct = await connect(settingsOf(envOf(kv, gate.url)), bare)
        gate.answer({ status, body })
        const failure = await direct.read(secretName(`${run}x`)).catch((error: unknown) => error)
        gate.answer()
        await direct.close()
        expect(failure).toMatchObject({ code })
      },
      WAIT,
    )
  })

describe('vault KV v2 details', () => {
  let provider: Provider
  beforeAll(async () => {
    provider = await connect(settingsOf(envOf(kv2, server('TEST_VAULT_ADDR'))), bare)
  }, WAIT)
  afterAll(() => provider.close())

  test(
    'custom_metadata of others stays beside our labels',
    async () => {
      const name = secretName(`${run}custom`)
      await raw('POST', `secret/metadata/${name}`, { custom_metadata: { owner: 'team' } })
      const made = await provider.write(name, text('v'), {
        expect: 'absent',
        token: 't',
        labels: { a: '' },
        description: 'd\n',
      })
      await provider.label!(name, { b: '1' }, { expect: made })
      expect((await raw('GET', `secret/metadata/${name}`)).json.data.custom_metadata).toEqual({
        owner: 'team',
        'vibesecrets-b': '1',
        'vibesecrets.description': '%d%0A',
      })
    },
    WAIT,
  )

  test(
    'a field that `vault kv patch` replaced is not ours any more',
    async () => {
      const name = secretName(`${run}patched`)
      await provider.write(name, SecretValue.fromBytes(Uint8Array.of(0, 255)), { expect: 'absent', token: 'mine' })
      const fields = (await raw('GET', kv2.pathOf(name))).json.data.data
      await raw('POST', kv2.pathOf(name), { data: { ...fields, value: 'dGV4dA==' } })
      const found = await provider.read(name)
      expect(found).toMatchObject({ state: 'present', version: '2' })
      expect(found).not.toHaveProperty('writtenBy')
      expect(found.state === 'present' && found.value.reveal()).toBe('dGV4dA==')
    },
    WAIT,
  )

  test(
    'a destroyed version is deleted, cannot come back, and can be written over',
    async () => {
      const name = secretName(`${run}destroyed`)
      await provider.write(name, text('v'), { expect: 'absent', token: 't' })
      await raw('POST', `secret/destroy/${name}`, { versions: [1] })
      expect(await provider.read(name)).toMatchObject({ state: 'deleted', version: '1' })
      await expect(provider.undelete!(name)).rejects.toMatchObject({ code: 'SECRET_DELETED' })
      expect(await provider.write(name, text('w'), { expect: 'deleted', token: 'u' })).toBe('2')
    },
    WAIT,
  )

  test(
    'labels that Vault would refuse are refused before the value is written',
    async () => {
      const name = secretName(`${run}labels`)
      const labels = { long: 'é'.repeat(257) }
      await expect(provider.write(name, text('v'), { expect: 'absent', token: 't', labels })).rejects.toMatchObject({
        code: 'VALUE_UNFIT',
      })
      expect((await provider.read(name)).state).toBe('absent')
    },
    WAIT,
  )

  test(
    'a version that never was is absent',
    async () => {
      const name = secretName(`${run}patched`)
      for (const wrong of ['99', '0', '-1', 'x', '1?list=1'])
        expect((await provider.read(name, version(wrong))).state).toBe('absent')
    },
    WAIT,
  )
})

test(
  'vault KV v1 keeps numbers of others that JSON.parse would round',
  async () => {
    const path = `kv1/${run}numbers`
    const body = '{"id":123456789012345678901234567890,"ratio":1.0,"value":"old"}'
    const headers = { 'X-Vault-Token': server('TEST_VAULT_TOKEN') }
    await fetch(`${server('TEST_VAULT_ADDR')}/v1/${path}`, { method: 'POST', headers, body })
    const provider = await connect(settingsOf(envOf(kv1, server('TEST_VAULT_ADDR'))), bare)
    const name = secretName(`${run}numbers`)
    const found = await provider.read(name)
    if (found.state !== 'present') throw new Error(found.state)
    await provider.write(name, text('new'), { expect: found.version, token: 't' })
    const said = await (await fetch(`${server('TEST_VAULT_ADDR')}/v1/${path}`, { headers })).text()
    expect(said).toContain('"id":123456789012345678901234567890')
    expect(said).toContain('"ratio":1.0')
    await provider.close()
  },
  WAIT,
)
