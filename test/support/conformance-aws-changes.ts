import { describe, expect, test } from '@jest/globals'
import { isFailure } from '../../src/core/failure.js'
import { politeAws } from './conformance-aws.js'
import { type Json, openWays, WAIT } from './conformance-aws-ways.js'
import { codeOf, collect, hex, present, text } from './conformance-subject.js'

/** Tags, keys, deletions, stages, rotation and copies: what only this service has. */
export function awsChanges(title: string, upstream: () => string): void {
  describe(`changing aws (${title})`, () => {
    const ways = openWays(upstream)

    test(
      'tags of others stay through every change of ours, and configured tags are set at creation',
      async () => {
        const { aws, fresh, create, another } = ways()
        const name = fresh()
        const tagged = await another({ tags: { team: 'platform' }, 'kms-key': 'alias/vibebox' })
        const made = await create(name, 'one', { labels: { a: '1' } }, tagged)
        await aws.tagResource({ SecretId: name, Tags: [{ Key: 'cost', Value: '42' }] })
        await tagged.label?.(name, { b: '2' }, { expect: made })
        const { Tags: tags = [], KmsKeyId: key } = await aws.describeSecret({ SecretId: name })
        expect(tags.map(({ Key, Value }) => `${Key}=${Value}`).sort()).toEqual([
          'cost=42',
          'team=platform',
          'vibesecrets:b=2',
        ])
        expect(key).toBe('alias/vibebox')
        expect(present(await tagged.read(name)).labels).toEqual({ b: '2' })
        await tagged.close()
      },
      WAIT,
    )

    test(
      'a KMS key that does not exist is said with what to allow, and nothing is made',
      async () => {
        const { provider, fresh, create, another } = ways()
        const name = fresh()
        const wrong = await another({ 'kms-key': 'alias/nothing' })
        const failure = await create(name, 'one', {}, wrong).catch((error: unknown) => error)
        expect(isFailure(failure, 'PERMISSION_DENIED') && failure.details.why).toContain('kms:GenerateDataKey')
        expect((await provider.read(name)).state).toBe('absent')
        await wrong.close()
      },
      WAIT,
    )

    test(
      'a deletion is never for good, and lasts as many days as configured',
      async () => {
        const { proxy, provider, fresh, create, another } = ways()
        const name = fresh()
        const careful = await another({ 'recovery-days': 9 })
        const made = await create(name, 'one')
        let asked: Json = {}
        proxy.fault((action, body) => {
          if (action === 'DeleteSecret') asked = body
          return undefined
        })
        await careful.remove(name, { expect: made })
        expect(asked).toEqual({ SecretId: name, RecoveryWindowInDays: 9 })
        const found = await provider.read(name)
        expect(found).toMatchObject({ state: 'deleted', version: made, recoverableUntil: expect.any(Date) })
        await careful.close()
      },
      WAIT,
    )

    test(
      'a deletion that lost its reply is no conflict',
      async () => {
        const { proxy, fresh, create } = ways()
        const name = fresh()
        const made = await create(name, 'one')
        const patient = await politeAws(proxy.url)
        let lost = 0
        proxy.fault((action) => (action === 'DeleteSecret' && lost++ === 0 ? { losesReply: true } : undefined))
        await patient.remove(name, { expect: made })
        expect([lost, (await patient.read(name)).state]).toEqual([2, 'deleted'])
        await patient.close()
      },
      WAIT,
    )

    test(
      "what the service's own rotation left on AWSPENDING is not pending, and is staged over",
      async () => {
        const { provider, aws, fresh, token } = ways()
        const name = fresh()
        const VersionId = '3b1f2c9e-0000-4000-8000-00000000000a'
        await aws.createSecret({ Name: name, SecretString: 'one', ClientRequestToken: VersionId })
        await aws.updateSecretVersionStage({ SecretId: name, VersionStage: 'AWSPENDING', MoveToVersionId: VersionId })
        expect(await provider.staging?.pending(name)).toEqual({ state: 'absent' })
        const owner = token()
        await provider.staging?.stage(name, text('two'), { token: owner })
        expect(present(await provider.staging?.pending(name))).toMatchObject({ writtenBy: owner })
        expect(hex(present(await provider.read(name)).value)).toBe(hex(text('one')))
      },
      WAIT,
    )

    test(
      'rotation by a function starts only when asked to, and is shown in the listing',
      async () => {
        const { proxy, provider, fresh, create } = ways()
        const name = fresh()
        await create(name, 'one')
        const bodies: Json[] = []
        proxy.fault((action, body) => {
          if (!action.includes('Rotate')) return undefined
          bodies.push(body)
          return { answer: () => ({ ARN: 'x', Name: name }) }
        })
        await provider.rotation?.enable(name, { by: 'arn:lambda', everyDays: 30 })
        await provider.rotation?.enable(name, { by: 'arn:lambda', everyDays: 30, now: true })
        await provider.rotation?.cancel(name)
        expect(bodies[0]).toMatchObject({
          SecretId: name,
          RotationLambdaARN: 'arn:lambda',
          RotateImmediately: false,
          RotationRules: { AutomaticallyAfterDays: 30 },
        })
        expect([bodies[1]?.RotateImmediately, bodies[2]]).toEqual([true, { SecretId: name }])
        const rotating = (body: Json): Json => ({
          SecretList: (body.SecretList as Json[]).map((one) => ({
            ...one,
            RotationEnabled: true,
            RotationLambdaARN: 'arn:lambda',
            RotationRules: { AutomaticallyAfterDays: 30 },
          })),
        })
        proxy.fault((action) => (action === 'ListSecrets' ? { answer: rotating } : undefined))
        expect(await collect(provider.list({ prefix: name }))).toMatchObject([
          { name, nativeRotation: { every: '30d', by: 'arn:lambda' } },
        ])
      },
      WAIT,
    )

    test(
      'copies in other regions are made with a secret, and leave it before it is removed',
      async () => {
        const { proxy, aws, fresh, create, counts, another } = ways()
        const name = fresh()
        const copied = await another({ replicas: ['eu-west-1'] })
        const made = await create(name, 'one', {}, copied)
        expect((await aws.describeSecret({ SecretId: name })).ReplicationStatus?.map(({ Region }) => Region)).toEqual([
          'eu-west-1',
        ])
        proxy.reset()
        const removed = await codeOf(copied.remove(name, { expect: made }))
        expect([removed, counts()]).toEqual([
          'no failure',
          { DescribeSecret: 1, RemoveRegionsFromReplication: 1, DeleteSecret: 1 },
        ])
        await copied.close()
      },
      WAIT,
    )

    test(
      'a name without any value reads as absent and can be written',
      async () => {
        const { provider, aws, fresh, create } = ways()
        const name = fresh()
        await aws.createSecret({ Name: name, Description: 'made by hand' })
        expect(await provider.read(name)).toEqual({ state: 'absent' })
        const made = await create(name, 'one', { labels: { a: '1' } })
        expect(present(await provider.read(name))).toMatchObject({ version: made, labels: { a: '1' } })
      },
      WAIT,
    )
  })
}
