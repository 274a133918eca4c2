import type { SecretManagerServiceClient } from '@google-cloud/secret-manager'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { isFailure } from '../../src/core/failure.js'
import { secretName } from '../../src/core/names.js'
import type { Provider } from '../../src/core/ports.js'
import { sidecarStaging } from '../../src/engine/staging.js'
import { connect } from '../../src/providers/gcp/connect.js'
import { parallel } from '../../src/providers/parallel.js'
import { conformance } from '../support/conformance.js'
import { generated } from '../support/conformance-hostile.js'
import { codeOf, collect, hex, present, text } from '../support/conformance-subject.js'
import { fastClock } from '../support/doubles/fast-clock.js'
import { type GcpDouble, startGcpDouble } from '../support/doubles/gcp.js'
import {
  gcpClient,
  gcpExpected,
  gcpOutside,
  gcpSettings,
  openGcp,
  politeGcp,
  realPorts,
} from '../support/doubles/gcp-subject.js'

const WAIT = 300_000

conformance(
  'gcp (double)',
  async () => openGcp(await startGcpDouble(), (address) => connect(gcpSettings(address), realPorts)),
  gcpExpected,
)
conformance(
  'gcp with manners and a staging beside it, pages of 40 (double)',
  async () => {
    const double = await startGcpDouble()
    double.store.largestPage = 40
    return openGcp(double, async (address) => {
      const provider = await politeGcp(address, { clock: fastClock(100), totalMs: 1e9 })
      return { ...provider, staging: sidecarStaging(provider) }
    })
  },
  { ...gcpExpected, abilities: [...gcpExpected.abilities, 'staging'] },
)

describe('gcp in numbers (double)', () => {
  let double: GcpDouble
  let provider: Provider
  let client: SecretManagerServiceClient
  const namesOf = (start: string, count: number) =>
    Array.from({ length: count }, (_, at) => secretName(`vibebox-${start}-${String(at).padStart(4, '0')}`))
  beforeAll(async () => {
    double = await startGcpDouble({ seed: 7 })
    provider = await politeGcp(double.address, { clock: fastClock(200), totalMs: 1e9 })
    client = gcpClient(double.address)
  }, WAIT)
  afterAll(async () => {
    await Promise.all([provider.close(), client.close()])
    await double.close()
  })

  test(
    '1,000 hostile values: two requests each to create, one each and a listing to read, 0 bytes differ for the own client',
    async () => {
      const names = namesOf('many', 1_000)
      const values = generated(1_000, 42, { nul: true })
      const valueAt = (at: number) => values[at] ?? text('')
      expect([...(await provider.readMany(names)).values()].every(({ state }) => state === 'absent')).toBe(true)
      double.reset()
      await parallel(names, 16, (name, at) =>
        provider.write(name, valueAt(at), {
          expect: 'absent',
          token: `m/${at}`,
          labels: { 'original-key': `KEY_${at}` },
        }),
      )
      expect(Object.fromEntries(double.counts)).toEqual({ CreateSecret: 1_000, AddSecretVersion: 1_000 })

      double.reset()
      const found = await provider.readMany(names)
      expect(Object.fromEntries(double.counts)).toEqual({ AccessSecretVersion: 1_000, ListSecrets: 1 })
      expect(double.mutating()).toBe(0)
      process.stdout.write(`gcp (double): reading 1,000 costs ${JSON.stringify(Object.fromEntries(double.counts))}\n`)
      names.forEach((name, at) => {
        const one = present(found.get(name))
        expect([hex(one.value), one.writtenBy, one.labels]).toEqual([
          hex(valueAt(at)),
          `m/${at}`,
          { 'original-key': `KEY_${at}` },
        ])
      })

      const outside = gcpOutside(client)
      const same = await parallel(names, 16, async (name, at) => hex(await outside.read(name)) === hex(valueAt(at)))
      expect(same.filter((one) => !one)).toHaveLength(0)
    },
    WAIT,
  )

  test(
    'with half of all requests throttled 500 of 500 arrive, once each',
    async () => {
      const names = namesOf('throttled', 500)
      double.reset()
      double.throttle(0.5)
      try {
        await parallel(names, 16, (name, at) =>
          provider.write(name, text(`value ${at}`), { expect: 'absent', token: `t/${at}` }),
        )
        const found = await provider.readMany(names)
        for (const [at, name] of names.entries())
          expect(hex(present(found.get(name)).value)).toBe(hex(text(`value ${at}`)))
        const listed = await collect(provider.list({ prefix: 'vibebox-throttled-' }))
        expect(listed.map(({ name }) => name).sort()).toEqual(names)
      } finally {
        double.throttle(0)
      }
      process.stdout.write(`gcp (double): 500 of 500 arrived with ${double.total()} requests\n`)
      for (const name of names)
        expect(double.store.need(`projects/test-project/secrets/${name}`).versions).toHaveLength(1)
    },
    WAIT,
  )

  test(
    'replies that are lost change nothing: what was written once is there once',
    async () => {
      const names = namesOf('lost', 30)
      const seen = new Set<string>()
      double.fault((method, resource) => {
        const isFirst = !seen.has(`${method} ${resource}`)
        seen.add(`${method} ${resource}`)
        return isFirst ? 'lost-reply' : undefined
      })
      try {
        await parallel(names, 8, async (name, at) => {
          const made = await provider.write(name, text('one'), { expect: 'absent', token: `l/${at}` })
          const next = await provider.write(name, text('two'), { expect: made, token: `n/${at}` })
          if (at % 2 === 0) await provider.remove(name, { expect: next })
        })
      } finally {
        double.fault(undefined)
      }
      for (const [at, name] of names.entries()) {
        const found = await provider.read(name)
        expect(found.state).toBe(at % 2 === 0 ? 'deleted' : 'present')
        expect(double.store.need(`projects/test-project/secrets/${name}`).versions).toHaveLength(2)
        if (found.state === 'present')
          expect([hex(found.value), found.writtenBy]).toEqual([hex(text('two')), `n/${at}`])
      }
    },
    WAIT,
  )

  test(
    'one write over what is there costs two looks by number, one at the secret, and two writes',
    async () => {
      const [name] = namesOf('one', 1) as [ReturnType<typeof secretName>]
      const made = await provider.write(name, text('one'), { expect: 'absent', token: 'o/1' })
      double.reset()
      await provider.write(name, text('two'), { expect: made, token: 'o/2' })
      expect(Object.fromEntries(double.counts)).toEqual({
        GetSecret: 1,
        AccessSecretVersion: 2,
        UpdateSecret: 1,
        AddSecretVersion: 1,
      })
    },
    WAIT,
  )

  test('who gets no answer hears that in time, and of a write that it may have happened', async () => {
    const hasty = await connect({ ...gcpSettings(double.address), timeoutMs: 500 }, realPorts)
    double.fault((method) => (method === 'AccessSecretVersion' ? 'hang' : undefined))
    expect(await codeOf(hasty.read(secretName('vibebox-hang')))).toBe('TIMEOUT')
    double.fault((method) => (method === 'CreateSecret' ? 'hang' : undefined))
    const write = hasty.write(secretName('vibebox-hang'), text('v'), { expect: 'absent', token: 'h' })
    const failure = await write.catch((error: unknown) => error)
    double.fault(undefined)
    expect(isFailure(failure, 'TIMEOUT') && failure.details.mayHaveHappened).toBe(true)
    await hasty.close()
  })

  test.each([
    ['forbidden', 'PERMISSION_DENIED'],
    ['unauthenticated', 'UNAUTHENTICATED'],
    ['throttled', 'THROTTLED'],
    ['unavailable', 'UNAVAILABLE'],
    ['damaged', 'UNAVAILABLE'],
  ] as const)('a read that is %s is a doubt', async (fault, code) => {
    const bare = await connect(gcpSettings(double.address), realPorts)
    const name = secretName(`vibebox-fault-${fault}`)
    await bare.write(name, text('v'), { expect: 'absent', token: fault })
    double.fault((method) => (method === 'AccessSecretVersion' ? fault : undefined))
    try {
      expect(await codeOf(bare.read(name))).toBe(code)
      const each = await bare.readEach?.([name])
      expect(await codeOf(Promise.reject(each?.get(name)))).toBe(code)
    } finally {
      double.fault(undefined)
      await bare.close()
    }
  })
})
