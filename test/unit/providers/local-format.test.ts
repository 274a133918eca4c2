import { copyFileSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { version } from '../../../src/core/secret.js'
import { countingRandom, fixedKey, held, localWorld, name, standingClock, text } from '../../support/local-store.js'
import { tempFolder } from '../../support/temp.js'

const FIXTURE = 'fixtures/local/v1/secrets.jsonl'

/** What the golden file was made by: key of bytes 7, the times of a clock that stands, counted randomness. */
async function written(folder: string): Promise<string> {
  const { open, file } = await localWorld(folder)
  const clock = standingClock('2026-11-24T12:00:00.000Z')
  const provider = await open({}, { clock, random: countingRandom(), keys: fixedKey(7) })
  const first = {
    expect: 'absent',
    token: 'run-1',
    labels: { key: 'DATABASE_URL' },
    description: 'PostgreSQL',
  } as const
  await provider.write(name('database-url'), text('postgres://app:golden@db/app'), first)
  clock.pass(60_000)
  await provider.write(name('database-url'), text('postgres://app:newer@db/app'), {
    expect: version('1'),
    token: 'run-2',
  })
  await provider.write(name('jwt-secret'), text('ключ\nof two lines'), { expect: 'absent', token: 'run-3' })
  await provider.remove(name('jwt-secret'), { expect: version('1') })
  await provider.staging?.stage(name('api-key'), text('pending value'), { token: 'run-4' })
  return readFileSync(file, 'utf8')
}

test('the golden store of format 1 is read', async () => {
  const folder = join(tempFolder(), 'store')
  mkdirSync(folder, { mode: 0o700 })
  copyFileSync(FIXTURE, join(folder, 'secrets.jsonl'))
  const world = await localWorld(folder)
  const clock = standingClock('2026-11-25T00:00:00.000Z')
  const provider = await world.open({}, { clock, keys: fixedKey(7) })
  expect(await held(provider, 'database-url')).toBe('postgres://app:newer@db/app')
  const old = await provider.read(name('database-url'), version('1'))
  expect(old).toMatchObject({ labels: { key: 'DATABASE_URL' }, description: 'PostgreSQL', writtenBy: 'run-1' })
  expect(old.state === 'present' && old.value.reveal()).toBe('postgres://app:golden@db/app')
  expect(await held(provider, 'jwt-secret')).toBe('deleted')
  await provider.undelete?.(name('jwt-secret'))
  expect(await held(provider, 'jwt-secret')).toBe('ключ\nof two lines')
  const pending = await provider.staging?.pending(name('api-key'))
  expect(pending?.state === 'present' && pending.value.reveal()).toBe('pending value')
})

test('format 1 is still written byte for byte', async () => {
  expect(await written(join(tempFolder(), 'store'))).toBe(readFileSync(FIXTURE, 'utf8'))
})
