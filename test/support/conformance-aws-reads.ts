import { describe, expect, test } from '@jest/globals'
import { isFailure } from '../../src/core/failure.js'
import { secretName } from '../../src/core/names.js'
import { politeAws } from './conformance-aws.js'
import { type Json, openWays, WAIT } from './conformance-aws-ways.js'
import { codeOf, collect, hex, present, text } from './conformance-subject.js'

/** What reading costs, and what it says with fewer permissions, broken batches and lagging listings. */
export function awsReads(title: string, upstream: () => string): void {
  describe(`reading aws (${title})`, () => {
    const ways = openWays(upstream)

    test(
      'creating costs one request, with labels and description too; replacing costs two',
      async () => {
        const { proxy, provider, fresh, token, create, counts } = ways()
        const name = fresh()
        proxy.reset()
        const made = await create(name, 'one', { labels: { a: '1' }, description: 'd' })
        expect(counts()).toEqual({ CreateSecret: 1 })
        proxy.reset()
        await provider.write(name, text('two'), { expect: made, token: token() })
        expect(counts()).toEqual({ PutSecretValue: 1, UpdateSecretVersionStage: 1 })
        proxy.reset()
        await provider.read(name)
        await provider.readMany([name])
        expect(counts()).toEqual({ GetSecretValue: 1, DescribeSecret: 2, BatchGetSecretValue: 1 })
      },
      WAIT,
    )

    test(
      'without BatchGetSecretValue values are read one by one, and it is asked for once only',
      async () => {
        const { proxy, fresh, create, counts, another, deny } = ways()
        const names = [fresh(), fresh(), fresh()]
        for (const name of names) await create(name, name, { labels: { a: name } })
        const limited = await another()
        deny('BatchGetSecretValue')
        proxy.reset()
        for (let round = 0; round < 2; round++) {
          const found = await limited.readMany(names)
          for (const name of names)
            expect([hex(present(found.get(name)).value), present(found.get(name)).labels]).toEqual([
              hex(text(name)),
              { a: name },
            ])
        }
        expect(counts()).toMatchObject({ BatchGetSecretValue: 1, GetSecretValue: 6 })
        await limited.close()
      },
      WAIT,
    )

    test(
      'with GetSecretValue alone an application reads values, and is refused once, not each time',
      async () => {
        const { proxy, fresh, create, counts, another, deny } = ways()
        const name = fresh()
        await create(name, 'one', { labels: { a: '1' } })
        const limited = await another()
        deny('BatchGetSecretValue', 'DescribeSecret', 'ListSecrets')
        proxy.reset()
        for (let round = 0; round < 3; round++) {
          expect([hex(present(await limited.read(name)).value), present(await limited.read(name)).labels]).toEqual([
            hex(text('one')),
            {},
          ])
          expect(hex(present((await limited.readMany([name])).get(name)).value)).toBe(hex(text('one')))
        }
        expect(counts()).toEqual({ GetSecretValue: 9, DescribeSecret: 1, BatchGetSecretValue: 1 })
        await limited.close()
      },
      WAIT,
    )

    test(
      'one bad item of a batch is a doubt about that name and no other',
      async () => {
        const { proxy, provider, fresh, create } = ways()
        const [good, bad, gone] = [fresh(), fresh(), fresh()]
        for (const name of [good, bad, gone]) await create(name, name)
        const spoil = (body: Json): Json => ({
          SecretValues: (body.SecretValues as Json[]).filter((one) => one.Name === good),
          Errors: [{ SecretId: bad, ErrorCode: 'InternalServiceError', Message: 'try later' }],
        })
        proxy.fault((action) => (action === 'BatchGetSecretValue' ? { answer: spoil } : undefined))
        const found = await provider.readEach?.([good, bad, gone])
        const [first, second, third] = [good, bad, gone].map((name) => found?.get(name))
        expect(present(first).state).toBe('present')
        expect([isFailure(second) && second.code, isFailure(third) && third.code]).toEqual(['PROTOCOL', 'PROTOCOL'])
        expect(await codeOf(provider.readMany([good, bad]))).toBe('PROTOCOL')
        expect(await codeOf(provider.readMany([good]))).toBe('no failure')
      },
      WAIT,
    )

    test(
      'a throttled item of a batch is read again until it is there',
      async () => {
        const { proxy, fresh, create } = ways()
        const names = [fresh(), fresh(), fresh()]
        for (const name of names) await create(name, name)
        const patient = await politeAws(proxy.url)
        let spoiled = 0
        proxy.fault((action) => {
          if (action !== 'BatchGetSecretValue' || ++spoiled > 3) return undefined
          return { type: 'ThrottlingException', headers: { 'retry-after': '1' } }
        })
        const found = await patient.readMany(names)
        for (const name of names) expect(hex(present(found.get(name)).value)).toBe(hex(text(name)))
        expect(spoiled).toBe(4)
        await patient.close()
      },
      WAIT,
    )

    test(
      'a second page that is throttled is asked for again; one that stays so ends the listing with a failure',
      async () => {
        const { proxy, provider, fresh, create } = ways()
        const start = fresh('page')
        for (const end of ['a', 'b', 'c']) await create(secretName(`${start}/${end}`), end)
        let refusals = 2
        const short = (body: Json): Json => ({ SecretList: (body.SecretList as Json[]).slice(0, 1), NextToken: '1' })
        const decide = (action: string, body: Json) => {
          if (action !== 'ListSecrets') return undefined
          if (body.NextToken === undefined) return { answer: short }
          return refusals-- > 0 ? { type: 'ThrottlingException' } : undefined
        }
        const patient = await politeAws(proxy.url)
        proxy.fault(decide)
        const listed = await collect(patient.list({ prefix: start }))
        expect(listed.map(({ name }) => name.slice(-1)).sort()).toEqual(['a', 'b', 'c'])
        refusals = 1
        expect(await codeOf(collect(provider.list({ prefix: start })))).toBe('THROTTLED')
        await patient.close()
      },
      WAIT,
    )

    test(
      'a listing that lags behind is not believed: labels come from the secret itself',
      async () => {
        const { proxy, provider, fresh, create } = ways()
        const names = [fresh(), fresh(), fresh(), fresh()]
        for (const name of names) await create(name, name, { labels: { a: name } })
        const stale = (body: Json): Json => ({
          SecretList: (body.SecretList as Json[]).map((one) => ({
            ...one,
            Tags: [],
            SecretVersionsToStages: { old: ['AWSCURRENT'] },
          })),
        })
        proxy.fault((action) => (action === 'ListSecrets' ? { answer: stale } : undefined))
        const found = await provider.readMany(names)
        for (const name of names) expect(present(found.get(name)).labels).toEqual({ a: name })
      },
      WAIT,
    )

    test(
      'a value and facts that contradict each other are a doubt, not "absent"',
      async () => {
        const { proxy, provider, fresh, create } = ways()
        const name = fresh()
        await create(name, 'one')
        proxy.fault((action) => (action === 'GetSecretValue' ? { type: 'ResourceNotFoundException' } : undefined))
        expect(await codeOf(provider.read(name))).toBe('UNAVAILABLE')
      },
      WAIT,
    )
  })
}
