import type { SecretManagerServiceClient } from '@google-cloud/secret-manager'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { isFailure } from '../../src/core/failure.js'
import { type SecretName, secretName } from '../../src/core/names.js'
import type { Provider } from '../../src/core/ports.js'
import { version } from '../../src/core/secret.js'
import { connect } from '../../src/providers/gcp/connect.js'
import { codeOf, collect, hex, present, text } from '../support/conformance-subject.js'
import { type GcpDouble, startGcpDouble } from '../support/doubles/gcp.js'
import { runAlone } from '../support/doubles/gcp-alone.js'
import { gcpClient, gcpOutside, gcpSettings, politeGcp, realPorts } from '../support/doubles/gcp-subject.js'

const parent = 'projects/test-project'
const automatic = { replication: { automatic: {} } }

describe('states of a secret of Google (double)', () => {
  let double: GcpDouble
  let provider: Provider
  let client: SecretManagerServiceClient
  let used = 0
  let later = 0
  const fresh = () => secretName(`vibebox-state-${++used}`)
  const path = (name: SecretName, number?: number) =>
    `${parent}/secrets/${name}${number === undefined ? '' : `/versions/${number}`}`
  const clock = { ...realPorts.clock, now: () => new Date(Date.now() + later) }
  beforeAll(async () => {
    double = await startGcpDouble()
    provider = await connect(gcpSettings(double.address), { ...realPorts, clock })
    client = gcpClient(double.address)
  })
  afterAll(async () => {
    await Promise.all([provider.close(), client.close()])
    await double.close()
  })

  test('a secret without versions reads as absent, and a write completes it', async () => {
    const name = fresh()
    await client.createSecret({ parent, secretId: name, secret: automatic })
    expect(await provider.read(name)).toEqual({ state: 'absent' })
    expect((await provider.readMany([name, fresh(), fresh()])).get(name)).toEqual({ state: 'absent' })
    expect(await provider.write(name, text('v'), { expect: 'absent', token: 'a' })).toBe('1')
    expect(hex(present(await provider.read(name)).value)).toBe(hex(text('v')))
  })

  test('who was killed between create and add goes on with the same token; others wait until the claim ends', async () => {
    const name = fresh()
    double.fault((method) => (method === 'AddSecretVersion' ? 'unavailable' : undefined))
    expect(await codeOf(provider.write(name, text('v'), { expect: 'absent', token: 'mine' }))).toBe('UNAVAILABLE')
    double.fault(undefined)
    expect(await provider.read(name)).toEqual({ state: 'absent' })
    expect(await codeOf(provider.write(name, text('x'), { expect: 'absent', token: 'other' }))).toBe('CONFLICT')
    expect(await provider.write(name, text('v'), { expect: 'absent', token: 'mine' })).toBe('1')
    expect(present(await provider.read(name)).writtenBy).toBe('mine')

    const left = fresh()
    double.fault((method) => (method === 'AddSecretVersion' ? 'unavailable' : undefined))
    expect(await codeOf(provider.write(left, text('v'), { expect: 'absent', token: 'gone' }))).toBe('UNAVAILABLE')
    double.fault(undefined)
    later = 400_000
    expect(await provider.write(left, text('x'), { expect: 'absent', token: 'other' })).toBe('1')
    later = 0
  })

  test('a claim that ran out while its writer waited for the quota is made anew, for many at once', async () => {
    let looks = 0
    const jumping = { ...realPorts.clock, now: () => new Date(Date.now() + ++looks * 100_000) }
    const slow = await politeGcp(double.address, {}, jumping)
    const names = Array.from({ length: 40 }, fresh)
    const made = names.map((name) => slow.write(name, text(name), { expect: 'absent', token: name }))
    expect(new Set(await Promise.all(made))).toEqual(new Set(['1']))
    for (const name of names) expect(hex(present(await provider.read(name)).value)).toBe(hex(text(name)))
    await slow.close()
  })

  test('who was refused for certain gives the number back at once', async () => {
    const name = fresh()
    const made = await provider.write(name, text('v'), { expect: 'absent', token: 'a' })
    double.fault((method) => (method === 'AddSecretVersion' ? 'forbidden' : undefined))
    expect(await codeOf(provider.write(name, text('w'), { expect: made, token: 'b' }))).toBe('PERMISSION_DENIED')
    double.fault(undefined)
    expect(await provider.write(name, text('x'), { expect: made, token: 'c' })).toBe('2')
  })

  test('a disabled newest version is no absence: the failure names it and the command', async () => {
    const name = fresh()
    await provider.write(name, text('v'), { expect: 'absent', token: 'a' })
    await client.disableSecretVersion({ name: path(name, 1) })
    const failure = await provider.read(name).catch((error: unknown) => error)
    expect(isFailure(failure, 'PROTOCOL') && failure.details).toMatchObject({
      secret: name,
      why: 'version 1 is disabled',
      hints: [{ command: `gcloud secrets versions enable 1 --secret=${name}` }],
    })
    expect(isFailure(failure) && failure.exit).toBe(69)
    expect(await codeOf(provider.write(name, text('w'), { expect: 'absent', token: 'b' }))).toBe('PROTOCOL')
  })

  test('a destroyed newest version is nothing, and the next write stands behind it', async () => {
    const name = fresh()
    await provider.write(name, text('v'), { expect: 'absent', token: 'a' })
    await client.destroySecretVersion({ name: path(name, 1) })
    expect(await provider.read(name)).toEqual({ state: 'absent' })
    expect(await provider.write(name, text('w'), { expect: 'absent', token: 'b' })).toBe('2')
    expect((await collect(provider.versions!(name))).map(({ state }) => state)).toEqual(['enabled', 'destroyed'])
  })

  test('what was written is read by its number while `latest` is late', async () => {
    const name = fresh()
    const made = await provider.write(name, text('one'), { expect: 'absent', token: 'a' })
    await provider.write(name, text('two'), { expect: made, token: 'b' })
    double.store.latestIsLate = true
    try {
      expect(hex(present(await provider.read(name)).value)).toBe(hex(text('two')))
      const many = await provider.readMany([name, fresh(), fresh()])
      expect(present(many.get(name)).version).toBe('2')
    } finally {
      double.store.latestIsLate = false
    }
  })

  test('a deletion disables the value, ends by itself, and can be taken back until then', async () => {
    const name = fresh()
    const made = await provider.write(name, text('v'), { expect: 'absent', token: 'a', labels: { a: '1' } })
    await provider.remove(name, { expect: made })
    const found = await provider.read(name)
    expect(found).toMatchObject({ state: 'deleted', version: '1' })
    const days = found.state === 'deleted' ? (found.recoverableUntil?.getTime() ?? 0) - Date.now() : 0
    expect(Math.round(days / 86_400_000)).toBe(30)
    await expect(client.accessSecretVersion({ name: path(name, 1) })).rejects.toThrow('DISABLED')
    await provider.undelete?.(name)
    expect(present(await provider.read(name)).labels).toEqual({ a: '1' })
    expect(double.store.need(path(name)).fields.expireTime).toBeUndefined()
  })

  test('a version that another tool adds in the last moment is not overwritten in silence', async () => {
    const name = fresh()
    const made = await provider.write(name, text('one'), { expect: 'absent', token: 'a' })
    let isFirst = true
    double.fault((method) => {
      if (method === 'AddSecretVersion' && isFirst) {
        isFirst = false
        double.store.add(double.store.need(path(name)), Buffer.from('theirs'), false)
      }
      return undefined
    })
    const failure = await provider
      .write(name, text('two'), { expect: made, token: 'b' })
      .catch((error: unknown) => error)
    double.fault(undefined)
    expect(isFailure(failure, 'CONFLICT') && failure.details.why).toBe(
      'another tool added version 2 in the same moment; ours is version 3',
    )
  })

  test('annotations, labels and versions of others stay as they are', async () => {
    const name = fresh()
    const secret = { ...automatic, labels: { team: 'a' }, annotations: { 'their-note': 'x' } }
    await client.createSecret({ parent, secretId: name, secret })
    await gcpOutside(client).write(name, Buffer.from('theirs'))
    await provider.write(name, text('ours'), { expect: version('1'), token: 'a', labels: { b: '2' } })
    const [now] = await client.getSecret({ name: path(name) })
    expect([now.labels, now.annotations?.['their-note']]).toEqual([{ team: 'a' }, 'x'])
  })

  test('an identity that may read values only reads them, without labels', async () => {
    const narrow = await startGcpDouble({ permissions: ['versions.access'] })
    const reader = await connect(gcpSettings(narrow.address), realPorts)
    narrow.store.add(narrow.store.create(path(secretName('vibebox-a')), {}), Buffer.from('v'), false)
    const name = secretName('vibebox-a')
    expect(hex(present(await reader.read(name)).value)).toBe(hex(text('v')))
    expect([...(await reader.readMany([name, fresh(), fresh()])).values()].map(({ state }) => state)).toEqual([
      'present',
      'absent',
      'absent',
    ])
    expect(await codeOf(collect(reader.list()))).toBe('PERMISSION_DENIED')
    await reader.close()
    await narrow.close()
  })

  test.each([
    ['user-managed replication', { replication: 'user-managed', locations: ['europe-west1', 'europe-west4'] }],
    ['a KMS key', { 'kms-key': 'projects/p/locations/global/keyRings/r/cryptoKeys/k' }],
    ['resource labels', { labels: { team: 'payments' } }],
  ])('secrets are created with %s', async (_title, options) => {
    const made = await connect(gcpSettings(double.address, options), realPorts)
    const name = fresh()
    await made.write(name, text('v'), { expect: 'absent', token: 'a' })
    const { replication, labels } = double.store.need(path(name)).fields
    expect(JSON.stringify([replication, labels])).toContain(JSON.stringify(Object.values(options).at(-1)).slice(2, 12))
    await made.close()
  })

  test('a KMS key in the wrong place is the fault of the config', async () => {
    const options = { 'kms-key': 'projects/p/locations/us-east1/keyRings/r/cryptoKeys/k' }
    const made = await connect(gcpSettings(double.address, options), realPorts)
    expect(await codeOf(made.write(fresh(), text('v'), { expect: 'absent', token: 'a' }))).toBe('CONFIG_INVALID')
    await made.close()
  })

  test('a connection that found nobody closes all the same', async () => {
    const lonely = await connect(gcpSettings('127.0.0.1:9'), realPorts)
    expect(await codeOf(lonely.read(fresh()))).toBe('UNAVAILABLE')
    await lonely.close()
    await lonely.close()
  })

  test('an emulator is spoken to without a question about the machine: nothing is printed', async () => {
    const { stdout, stderr, status } = await runAlone({ SECRET_MANAGER_EMULATOR_HOST: double.address })
    expect([stdout, stderr, status]).toEqual(['absent\n', '', 0])
  })

  test('credentials that cannot be used are a failure, not the end of the process', async () => {
    const { stdout, stderr, status } = await runAlone({ GOOGLE_APPLICATION_CREDENTIALS: '/nothing/key.json' })
    expect([stdout, stderr, status]).toEqual(['UNAUTHENTICATED\n', '', 0])
  })
})
