import { describe, expect, test } from '@jest/globals'
import { isFailure } from '../../../src/core/failure.js'
import type { Settings } from '../../../src/providers/description.js'
import { crc32c } from '../../../src/providers/gcp/crc32c.js'
import { commonPrefix } from '../../../src/providers/gcp/list.js'
import {
  assertNotesFit,
  claimOf,
  descriptionOf,
  labelsOf,
  markOf,
  withChange,
} from '../../../src/providers/gcp/notes.js'
import { choose } from '../../../src/providers/gcp/options.js'
import { seeded } from '../../support/conformance-hostile.js'

describe('crc32c', () => {
  test.each([
    ['', 0],
    ['a', 0xc1d04330],
    ['123456789', 0xe3069283],
  ])('of %j is as published', (text, sum) => expect(crc32c(Buffer.from(text))).toBe(sum))
  test('of 32 zero bytes and of 32 ff bytes is as in RFC 3720', () => {
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa)
    expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43)
  })
})

describe('annotations', () => {
  const until = new Date(1_700_000_000_000)
  test('a claim, a mark, labels and a description come back, and those of others stay', () => {
    const labels = { 'original-key': 'DATABASE_URL', 'a_b.c d-': 'é\n', empty: '' }
    const theirs = { 'their.note': 'x', 'vibesecrets-label-old': 'gone' }
    const change = {
      claim: { number: 7, until, token: 'run 1/2\n' },
      mark: { number: 6, at: until },
      labels,
      description: 'what',
    }
    const notes = withChange(theirs, change)
    expect(claimOf(notes)).toEqual(change.claim)
    expect(markOf(notes)).toEqual(change.mark)
    expect(labelsOf(notes)).toEqual(labels)
    expect(descriptionOf(notes)).toBe('what')
    expect(notes['their.note']).toBe('x')
    const bare = withChange(notes, { claim: 'none', mark: 'none', labels: {}, description: '' })
    expect(bare).toEqual({ 'their.note': 'x' })
    expect(withChange(notes, {})).toEqual(notes)
  })

  test('what somebody else wrote into our place says nothing', () => {
    for (const text of ['', '7', 'x y z', '0 1 t', '-1 5 t'])
      expect(claimOf({ 'vibesecrets-write': text })).toBeUndefined()
    for (const text of ['', '7', '7 soon']) expect(markOf({ 'vibesecrets-deleted': text })).toBeUndefined()
  })

  test('keys of 1,000 generated labels are keys that the service takes, and come back', () => {
    const next = seeded(5)
    const alphabet = [...'abcXYZ019-_.', 'é', '密', '🔑', ' ', ':', '/']
    for (let round = 0; round < 1_000; round++) {
      const key = Array.from({ length: 1 + (next() % 6) }, () => alphabet[next() % alphabet.length]).join('')
      const notes = withChange({}, { labels: { [key]: 'v' } })
      expect(Object.keys(notes)[0]).toMatch(/^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/)
      expect(labelsOf(notes)).toEqual({ [key]: 'v' })
    }
  })

  test('what does not fit is told at once, all of it', () => {
    const notes = withChange({}, { labels: { ['k'.repeat(60)]: 'v' }, description: 'x'.repeat(16_384) })
    const failure = caught(() => assertNotesFit('db', notes))
    expect(isFailure(failure, 'VALUE_UNFIT') && failure.details.problems).toHaveLength(2)
  })
})

describe('settings', () => {
  const settings = (env: Settings['env'], options: Settings['options'] = {}, insecureHttp = false): Settings => ({
    env,
    options,
    insecureHttp,
    timeoutMs: 1,
    readFile: async () => undefined,
  })
  const codeOf = (env: Settings['env'], options: Settings['options'] = {}) => {
    const failure = caught(() => choose(settings(env, options)))
    return isFailure(failure) ? failure.code : 'none'
  }

  test('the project comes from its own variable, the file, and the one of all Google tools, in this order', () => {
    const all = { GCP_PROJECT_ID: 'one', GOOGLE_CLOUD_PROJECT: 'three' }
    expect(choose(settings(all, { project: 'two' })).project).toBe('one')
    expect(choose(settings({ ...all, GCP_PROJECT_ID: '' }, { project: 'two' })).project).toBe('two')
    expect(choose(settings({ GOOGLE_CLOUD_PROJECT: 'three' })).project).toBe('three')
    expect(codeOf({})).toBe('CONFIG_INVALID')
    expect(codeOf({ GCP_PROJECT_ID: 'a/../b' })).toBe('CONFIG_INVALID')
  })

  test('an emulator is for this machine, or for who says so', () => {
    const at = (address: string, insecure = false) =>
      choose(settings({ GCP_PROJECT_ID: 'p', SECRET_MANAGER_EMULATOR_HOST: address }, {}, insecure)).emulator
    expect(at('127.0.0.1:8085')).toEqual({ host: '127.0.0.1', port: 8085 })
    expect(at('gsm.internal:8085', true)).toEqual({ host: 'gsm.internal', port: 8085 })
    expect(codeOf({ GCP_PROJECT_ID: 'p', SECRET_MANAGER_EMULATOR_HOST: 'gsm.internal:8085' })).toBe('INSECURE')
    for (const address of ['localhost', 'http://localhost:1', 'a b:1', 'localhost:1/x'])
      expect(codeOf({ GCP_PROJECT_ID: 'p', SECRET_MANAGER_EMULATOR_HOST: address })).toBe('CONFIG_INVALID')
  })

  test.each([
    [{ replication: 'user-managed' }],
    [{ replication: 'else' }],
    [{ locations: 'europe-west1' }],
    [{ 'kms-key': 5 }],
    [{ labels: ['a'] }],
    [{ 'recovery-days': 0 }],
    [{ 'recovery-days': '30' }],
  ])('%j is refused', (options) => expect(codeOf({ GCP_PROJECT_ID: 'p' }, options)).toBe('CONFIG_INVALID'))
})

test('names have a common beginning', () => {
  expect(commonPrefix(['vibebox-a1', 'vibebox-a2', 'vibebox-b'])).toBe('vibebox-')
  expect(commonPrefix(['a', 'b'])).toBe('')
})

function caught(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    return error
  }
  return undefined
}
