import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { secretName } from '../../src/core/names.js'
import type { Provider } from '../../src/core/ports.js'
import { connect } from '../../src/providers/aws/connect.js'
import { parallel } from '../../src/providers/parallel.js'
import { type AwsProxy, startAwsProxy } from './aws-proxy.js'
import { conformance } from './conformance.js'
import { awsClient, awsExpected, awsSettings, openAws, politeAws, readOutside, realPorts } from './conformance-aws.js'
import { generated } from './conformance-hostile.js'
import { collect, hex, present, text } from './conformance-subject.js'

const WAIT = 900_000
const run = Date.now().toString(36)
const namesOf = (start: string, count: number) =>
  Array.from({ length: count }, (_, at) => secretName(`vibebox/${run}-${start}/name-${String(at).padStart(4, '0')}`))

/** Everything that AWS has to do with a real service at the other end. */
export function awsSuite(title: string, upstream: () => string): void {
  conformance(`aws (${title})`, () => openAws(upstream(), (url) => connect(awsSettings(url), realPorts)), awsExpected)
  conformance(`aws with manners (${title})`, () => openAws(upstream(), (url) => politeAws(url)), awsExpected)

  describe(`aws on ${title}`, () => {
    let proxy: AwsProxy
    let provider: Provider
    beforeAll(async () => {
      proxy = await startAwsProxy({ upstream: upstream(), seed: 7 })
      provider = await politeAws(proxy.url)
    }, WAIT)
    afterAll(async () => {
      await provider.close()
      await proxy.close()
    }, WAIT)

    test(
      '1,000 hostile values: created in 1,000 writes, read in 10 lists and 50 batches, 0 bytes differ for the own client',
      async () => {
        const names = namesOf(`many-${title}`, 1_000)
        const values = generated(1_000, 42, { nul: true })
        const valueAt = (at: number) => values[at] ?? text('')
        proxy.reset()
        const before = await provider.readMany(names)
        expect([...before.values()].every(({ state }) => state === 'absent')).toBe(true)
        await parallel(names, 16, async (name, at) => {
          await provider.write(name, valueAt(at), {
            expect: 'absent',
            token: `${run}/${at}`,
            labels: { 'original-key': `KEY_${at}` },
          })
        })
        expect(proxy.mutating()).toBe(1_000)
        const found = await provider.readMany(names)
        expect(proxy.total() - proxy.mutating()).toBeLessThanOrEqual(130)

        proxy.reset()
        const again = await provider.readMany(names)
        const counts = Object.fromEntries(proxy.counts)
        process.stdout.write(`aws (${title}): reading 1,000 costs ${JSON.stringify(counts)}\n`)
        expect(counts['ListSecrets']).toBeLessThanOrEqual(10)
        expect(counts['BatchGetSecretValue']).toBeLessThanOrEqual(50)
        expect(proxy.total()).toBeLessThanOrEqual(60)
        names.forEach((name, at) => {
          for (const one of [found.get(name), again.get(name)]) {
            expect(hex(present(one).value)).toBe(hex(valueAt(at)))
            expect(present(one).labels).toEqual({ 'original-key': `KEY_${at}` })
          }
        })

        const aws = awsClient(upstream())
        const differing = await parallel(names, 16, async (name, at) =>
          hex(await readOutside(aws, name)) === hex(valueAt(at)) ? 0 : 1,
        )
        aws.destroy()
        expect(differing.reduce<number>((sum, one) => sum + one, 0)).toBe(0)
      },
      WAIT,
    )

    test(
      'with half of all requests throttled 500 of 500 arrive, once each',
      async () => {
        const names = namesOf(`throttled-${title}`, 500)
        proxy.reset()
        proxy.throttle(0.5)
        try {
          await parallel(names, 16, (name, at) =>
            provider.write(name, text(`value ${at}`), { expect: 'absent', token: `${run}/t${at}` }),
          )
          const found = await provider.readMany(names)
          for (const [at, name] of names.entries())
            expect(hex(present(found.get(name)).value)).toBe(hex(text(`value ${at}`)))
          const listed = await collect(provider.list({ prefix: names[0]?.slice(0, -4) ?? '' }))
          expect(listed.map(({ name }) => name).sort()).toEqual(names)
        } finally {
          proxy.throttle(0)
        }
        process.stdout.write(`aws (${title}): 500 of 500 arrived with ${proxy.total()} requests\n`)
        const versions = await parallel(names, 8, (name) => collect(provider.versions?.(name) ?? nothing()))
        expect(versions.every((all) => all.length === 1)).toBe(true)
      },
      WAIT,
    )

    test(
      'replies that are lost change nothing: what was written once is there once',
      async () => {
        const names = namesOf(`lost-${title}`, 12)
        let calls = 0
        proxy.fault(() => (calls++ % 2 === 0 ? { losesReply: true } : undefined))
        try {
          for (const [at, name] of names.entries()) {
            const made = await provider.write(name, text('one'), { expect: 'absent', token: `${run}/l${at}` })
            const next = await provider.write(name, text('two'), { expect: made, token: `${run}/m${at}` })
            if (at % 2 === 0) await provider.remove(name, { expect: next })
          }
        } finally {
          proxy.fault(undefined)
        }
        for (const [at, name] of names.entries()) {
          const found = await provider.read(name)
          expect(found.state).toBe(at % 2 === 0 ? 'deleted' : 'present')
          if (found.state !== 'present') continue
          expect([hex(found.value), found.writtenBy]).toEqual([hex(text('two')), `${run}/m${at}`])
          expect((await collect(provider.versions?.(name) ?? nothing())).length).toBe(2)
        }
      },
      WAIT,
    )
  })
}

async function* nothing(): AsyncIterable<never> {}
