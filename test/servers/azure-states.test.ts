import type { SecretClient } from '@azure/keyvault-secrets'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { isFailure } from '../../src/core/failure.js'
import { secretName } from '../../src/core/names.js'
import type { Provider } from '../../src/core/ports.js'
import { SecretValue, version } from '../../src/core/secret.js'
import { connect } from '../../src/providers/azure/connect.js'
import { codeOf, collect, hex, present, text } from '../support/conformance-subject.js'
import { type AzureDouble, startAzureDouble } from '../support/doubles/azure.js'
import { azureClient, azureSettings, realPorts } from '../support/doubles/azure-subject.js'

describe('states of a secret of Azure (double)', () => {
  let double: AzureDouble
  let provider: Provider
  let client: SecretClient
  let used = 0
  const fresh = () => secretName(`vibebox-state-${++used}`)
  beforeAll(async () => {
    double = await startAzureDouble()
    provider = await connect(azureSettings(double), realPorts)
    client = await azureClient(double)
  })
  afterAll(() => double.close())

  test('names with other characters are told apart and come back, in a listing too', async () => {
    const names = ['a_b', 'a-b', 'a.b', 'a/b', 'a--x5f-b', 'ä b'].map((name) => secretName(`vibebox-odd-${name}`))
    for (const name of names) await provider.write(name, text(name), { expect: 'absent', token: name })
    for (const name of names) expect(hex(present(await provider.read(name)).value)).toBe(hex(text(name)))
    const listed = await collect(provider.list({ prefix: 'vibebox-odd-' }))
    expect(listed.map(({ name }) => name).sort()).toEqual([...names].sort())
    expect((await client.getSecret('vibebox-odd-a--x5f-b')).value).toBe('vibebox-odd-a_b')
  })

  test('a name that grows too long by its escapes is refused before any request', async () => {
    const before = double.total()
    const write = provider.write(secretName(`v${'_'.repeat(60)}`), text('v'), { expect: 'absent', token: 'a' })
    expect(await codeOf(write)).toBe('NAME_INVALID')
    expect(double.total()).toBe(before)
  })

  test('case says nothing: what others wrote as UPPER is listed under the prefix that was asked for', async () => {
    await client.setSecret('VIBEBOX-Upper-A', 'v')
    const listed = await collect(provider.list({ prefix: 'vibebox-upper-' }))
    expect(listed.map(({ name }) => name)).toEqual(['vibebox-upper-A'])
    expect(present(await provider.read(secretName('vibebox-upper-a'))).state).toBe('present')
  })

  test('a disabled current version is no absence', async () => {
    const name = fresh()
    await provider.write(name, text('v'), { expect: 'absent', token: 'a' })
    await client.updateSecretProperties(name, '', { enabled: false })
    const failure = await provider.read(name).catch((error: unknown) => error)
    expect(isFailure(failure, 'PROTOCOL') && failure.details.why).toBe('its current version is disabled')
    expect(await codeOf(provider.write(name, text('w'), { expect: 'absent', token: 'b' }))).toBe('PROTOCOL')
    expect((await collect(provider.versions!(name))).map(({ state }) => state)).toEqual(['disabled'])
  })

  test('a deleted name says until when it can come back, and takes no new secret', async () => {
    const name = fresh()
    const made = await provider.write(name, text('v'), { expect: 'absent', token: 'a' })
    await provider.remove(name, { expect: made })
    const found = await provider.read(name)
    expect(found).toMatchObject({ state: 'deleted', version: made })
    const days = found.state === 'deleted' ? (found.recoverableUntil?.getTime() ?? 0) - Date.now() : 0
    expect(Math.round(days / 86_400_000)).toBe(90)
    expect(await codeOf(provider.write(name, text('w'), { expect: 'absent', token: 'b' }))).toBe('CONFLICT')
    const next = await provider.write(name, text('w'), { expect: 'deleted', token: 'c' })
    const ids = (await collect(provider.versions!(name))).map((one) => one.version)
    expect(ids).toEqual([next, made])
  })

  test('a binary value is base64 with a mark, and the mark goes with it', async () => {
    const name = fresh()
    const bytes = SecretValue.fromBytes(Uint8Array.from([0, 255, 254, 128]))
    const made = await provider.write(name, bytes, { expect: 'absent', token: 'a' })
    const { value, properties } = await client.getSecret(name)
    expect([value, properties.contentType]).toEqual(['AP/+gA==', 'application/octet-stream;base64'])
    await provider.write(name, text('plain'), { expect: made, token: 'b' })
    expect((await client.getSecret(name)).properties.contentType).toBe('text/plain')
    const large = SecretValue.fromBytes(new Uint8Array(19_201).fill(255))
    expect(await codeOf(provider.write(fresh(), large, { expect: 'absent', token: 'c' }))).toBe('VALUE_UNFIT')
  })

  test('tags and content type of others stay with the next version; 16 tags are refused before any request', async () => {
    const name = fresh()
    const tags = { team: 'payments' }
    const { properties } = await client.setSecret(name, 'theirs', { tags, contentType: 'application/json' })
    const expected = version(properties.version ?? '')
    await provider.write(name, text('ours'), { expect: expected, token: 'a', labels: { b: '2' } })
    const now = await client.getSecret(name)
    expect([now.properties.tags?.['team'], now.properties.contentType]).toEqual(['payments', 'application/json'])
    const labels = Object.fromEntries(Array.from({ length: 15 }, (_, at) => [`l${at}`, 'x']))
    const before = double.total()
    expect(await codeOf(provider.write(fresh(), text('v'), { expect: 'absent', token: 'b', labels }))).toBe(
      'VALUE_UNFIT',
    )
    expect(double.total()).toBe(before)
  })

  test('the expiry date is counted from now', async () => {
    const name = fresh()
    await provider.write(name, text('v'), { expect: 'absent', token: 'a', expiresAfterMs: 86_400_000 })
    const { properties } = await client.getSecret(name)
    const hours = ((properties.expiresOn?.getTime() ?? 0) - Date.now()) / 3_600_000
    expect(Math.round(hours)).toBe(24)
  })

  test('a wrong client secret is told as such, and holds nothing of it', async () => {
    const identity = { ...double.admin, secret: 'wrong-client-secret' }
    const other = await connect(azureSettings(double, { identity }), realPorts)
    const failure = await other.read(fresh()).catch((error: unknown) => error)
    expect(isFailure(failure, 'UNAUTHENTICATED') && failure.details.why).toMatch(
      /does not accept the service principal/,
    )
    expect(JSON.stringify(failure)).not.toContain('wrong-client-secret')
  })

  test('a certificate that nobody vouches for ends the connection', async () => {
    const settings = azureSettings(double, { options: { 'ca-cert': undefined } })
    const other = await connect(settings, realPorts)
    expect(await codeOf(other.read(fresh()))).toBe('PROTOCOL')
  })

  test('a token that the vault takes no more is told as such', async () => {
    const name = fresh()
    await provider.write(name, text('v'), { expect: 'absent', token: 'a' })
    double.entra.forget()
    expect(await codeOf(provider.read(name))).toBe('UNAUTHENTICATED')
  })
})
