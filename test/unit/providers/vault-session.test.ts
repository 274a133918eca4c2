import { describe, expect, test } from '@jest/globals'
import { Failure } from '../../../src/core/failure.js'
import { type Ask, openSession } from '../../../src/providers/vault/session.js'
import type { Auth } from '../../../src/providers/vault/settings.js'

const role: Auth = { kind: 'approle', mount: 'approle', roleId: 'r', secretId: 's' }
const token: Auth = { kind: 'token', token: 'given' }

/** A session on a clock that is set by hand; `answers` by path. */
function opened(auth: Auth, answers: Record<string, object | Failure>) {
  const asked: string[] = []
  const used: string[] = []
  let nowMs = 0
  const ask: Ask = async (_, __, path) => {
    asked.push(path)
    const answer = answers[path]
    if (answer instanceof Error) throw answer
    return answer
  }
  const clock = { now: () => new Date(nowMs), sleep: async () => undefined }
  const session = openSession(auth, ask, (one) => used.push(one), clock)
  const at = async (seconds: number) => {
    nowMs = seconds * 1000
    asked.length = 0
    await session.ready()
    return [...asked]
  }
  return { at, used, session, asked }
}

const grant = (client_token: string, lease_duration: number, renewable = true) => ({
  auth: { client_token, lease_duration, renewable },
})
const LOGIN = 'auth/approle/login'
const RENEW = 'auth/token/renew-self'
const LOOKUP = 'auth/token/lookup-self'

describe('the token of a session', () => {
  test('a login happens once, however many calls wait for it', async () => {
    const { session, asked, used } = opened(role, { [LOGIN]: grant('one', 60) })
    await Promise.all([session.ready(), session.ready(), session.ready()])
    expect([asked, used]).toEqual([[LOGIN], ['one']])
  })

  test('a token is renewed when less than a third of its time is left', async () => {
    const { at } = opened(role, { [LOGIN]: grant('one', 60), [RENEW]: grant('one', 60) })
    expect(await at(0)).toEqual([LOGIN])
    expect(await at(39)).toEqual([])
    expect(await at(41)).toEqual([RENEW])
    expect(await at(80)).toEqual([])
    expect(await at(82)).toEqual([RENEW])
  })

  test('a token near the end of its longest life is replaced by a new login', async () => {
    const { at, used } = opened(role, { [LOGIN]: grant('one', 60), [RENEW]: grant('one', 5) })
    await at(0)
    expect(await at(41)).toEqual([RENEW, LOGIN])
    expect(used).toEqual(['one', 'one'])
  })

  test('a token that cannot be renewed is replaced without trying', async () => {
    const { at } = opened(role, { [LOGIN]: grant('one', 60, false) })
    await at(0)
    expect(await at(41)).toEqual([LOGIN])
  })

  test('a token that was given is looked up on long runs only, and lives on where it has no end', async () => {
    const { at, used } = opened(token, { [LOOKUP]: { data: { ttl: 0, creation_ttl: 0, renewable: false } } })
    expect([await at(1), await at(29), await at(31), await at(9_999)]).toEqual([[], [], [LOOKUP], []])
    expect(used).toEqual(['given'])
  })

  test('a token that may neither be looked up nor renewed is used as it is', async () => {
    const denied = new Failure('PERMISSION_DENIED')
    const { at } = opened(token, { [LOOKUP]: denied })
    expect([await at(31), await at(60)]).toEqual([[LOOKUP], []])
    const other = opened(token, {
      [LOOKUP]: { data: { ttl: 30, creation_ttl: 3600, renewable: true } },
      [RENEW]: denied,
    })
    expect([await other.at(31), await other.at(35), await other.at(42)]).toEqual([[LOOKUP, RENEW], [], [RENEW]])
  })

  test('a login that fails is told, and tried again by the next call', async () => {
    const answers: Record<string, object | Failure> = { [LOGIN]: new Failure('UNAVAILABLE') }
    const { at, session } = opened(role, answers)
    await expect(session.ready()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    answers[LOGIN] = { auth: null }
    await expect(session.ready()).rejects.toMatchObject({ code: 'PROTOCOL' })
    answers[LOGIN] = grant('one', 60)
    expect(await at(0)).toEqual([LOGIN])
  })
})
