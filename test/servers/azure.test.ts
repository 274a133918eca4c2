import type { SecretClient } from '@azure/keyvault-secrets'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { isFailure } from '../../src/core/failure.js'
import { secretName } from '../../src/core/names.js'
import type { Provider } from '../../src/core/ports.js'
import { sidecarStaging } from '../../src/engine/staging.js'
import { connect } from '../../src/providers/azure/connect.js'
import { parallel } from '../../src/providers/parallel.js'
import { conformance } from '../support/conformance.js'
import { generated } from '../support/conformance-hostile.js'
import { codeOf, collect, hex, present, text } from '../support/conformance-subject.js'
import { type AzureDouble, startAzureDouble } from '../support/doubles/azure.js'
import {
  azureClient,
  azureExpected,
  azureOutside,
  azureSettings,
  openAzure,
  politeAzure,
  realPorts,
} from '../support/doubles/azure-subject.js'
import { fastClock } from '../support/doubles/fast-clock.js'

const WAIT = 300_000

conformance(
  'azure (double)',
  async () => openAzure(await startAzureDouble(), (double) => connect(azureSettings(double), realPorts)),
  azureExpected,
)
conformance(
  'azure with manners, slow to delete and to recover (double)',
  async () => {
    const double = await startAzureDouble()
    double.store.slowness = 2
    return openAzure(double, () => politeAzure(double, { clock: fastClock(100), totalMs: 1e9 }))
  },
  azureExpected,
)

describe('azure in numbers (double)', () => {
  let double: AzureDouble
  let provider: Provider
  let client: SecretClient
  const namesOf = (start: string, count: number) =>
    Array.from({ length: count }, (_, at) => secretName(`vibebox-${start}-${String(at).padStart(4, '0')}`))
  beforeAll(async () => {
    double = await startAzureDouble({ seed: 7 })
    provider = await politeAzure(double, { clock: fastClock(200), totalMs: 1e9 })
    client = await azureClient(double)
  }, WAIT)
  afterAll(() => double.close())

  test(
    '1,000 hostile values: a look and a write each, a read each, 0 bytes differ for the own client',
    async () => {
      const names = namesOf('many', 1_000)
      const values = generated(1_000, 42, { nul: true })
      const valueAt = (at: number) => values[at] ?? text('')
      double.reset()
      await parallel(names, 16, (name, at) =>
        provider.write(name, valueAt(at), {
          expect: 'absent',
          token: `m/${at}`,
          labels: { 'original-key': `KEY_${at}` },
        }),
      )
      expect(Object.fromEntries(double.counts)).toEqual({ GetSecret: 1_000, SetSecret: 1_000 })

      double.reset()
      const found = await provider.readMany(names)
      expect(Object.fromEntries(double.counts)).toEqual({ GetSecret: 1_000 })
      expect(double.mutating()).toBe(0)
      for (const [at, name] of names.entries()) {
        const one = present(found.get(name))
        const wanted = [hex(valueAt(at)), `m/${at}`, { 'original-key': `KEY_${at}` }]
        expect([hex(one.value), one.writtenBy, one.labels]).toEqual(wanted)
      }

      double.reset()
      expect(await collect(provider.list({ prefix: 'vibebox-many-' }))).toHaveLength(1_000)
      const costs = JSON.stringify(Object.fromEntries(double.counts))
      process.stdout.write(`azure (double): listing 1,000 costs ${costs}, reading them 1,000\n`)
      expect(double.total()).toBeLessThanOrEqual(42)

      const outside = azureOutside(client)
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
      process.stdout.write(`azure (double): 500 of 500 arrived with ${double.total()} requests\n`)
      for (const name of names) expect(double.store.live(name).versions).toHaveLength(1)
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
          if (at % 4 === 0) await provider.undelete?.(name)
        })
      } finally {
        double.fault(undefined)
      }
      for (const [at, name] of names.entries()) {
        const found = await provider.read(name)
        expect(found.state).toBe(at % 4 === 2 ? 'deleted' : 'present')
        if (found.state !== 'present') continue
        expect([hex(found.value), found.writtenBy]).toEqual([hex(text('two')), `n/${at}`])
        expect(double.store.live(name).versions).toHaveLength(2)
      }
    },
    WAIT,
  )

  test('who gets no answer hears that in time, and of a write that it may have happened', async () => {
    const hasty = await connect({ ...azureSettings(double), timeoutMs: 500 }, realPorts)
    double.fault((method) => (method === 'GetSecret' ? 'hang' : undefined))
    expect(await codeOf(hasty.read(secretName('vibebox-hang')))).toBe('TIMEOUT')
    double.fault((method) => (method === 'SetSecret' ? 'hang' : undefined))
    const write = hasty.write(secretName('vibebox-hang'), text('v'), { expect: 'absent', token: 'h' })
    const failure = await write.catch((error: unknown) => error)
    double.fault(undefined)
    expect(isFailure(failure, 'TIMEOUT') && failure.details.mayHaveHappened).toBe(true)
  })

  test.each([
    ['forbidden', 'PERMISSION_DENIED'],
    ['unauthenticated', 'UNAUTHENTICATED'],
    ['throttled', 'THROTTLED'],
    ['unavailable', 'UNAVAILABLE'],
    ['lost-reply', 'UNAVAILABLE'],
  ] as const)('a read that is %s is a doubt', async (fault, code) => {
    const bare = await connect(azureSettings(double), realPorts)
    const name = secretName(`vibebox-fault-${fault}`)
    await bare.write(name, text('v'), { expect: 'absent', token: fault })
    double.fault((method) => (method === 'GetSecret' ? fault : undefined))
    try {
      expect(await codeOf(bare.read(name))).toBe(code)
      const each = await bare.readEach?.([name])
      expect(await codeOf(Promise.reject(each?.get(name)))).toBe(code)
    } finally {
      double.fault(undefined)
    }
  })

  test('a pending value beside the secret is seen, promoted and discarded', async () => {
    const staging = sidecarStaging(provider)
    const name = secretName('vibebox-staged')
    const made = await provider.write(name, text('one'), { expect: 'absent', token: 's/1' })
    await staging.stage(name, text('two'), { token: 's/2', labels: { until: 'noon' } })
    expect(present(await staging.pending(name)).writtenBy).toBe('s/2')
    await staging.promote(name, { expect: made, token: 's/2' })
    await staging.discard(name)
    expect(hex(present(await provider.read(name)).value)).toBe(hex(text('two')))
    await staging.stage(name, text('three'), { token: 's/3' })
    expect(hex(present(await staging.pending(name)).value)).toBe(hex(text('three')))
  })
})
