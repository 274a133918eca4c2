import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import pg from 'pg'
import { SecretValue } from '../../src/core/secret.js'
import { postgresTarget } from '../../src/targets/postgres.js'
import { postgresSettings, targetPorts } from '../support/targets.js'
import { server } from './support/env.js'

const WAIT = 120_000
const adminUrl = server('TEST_POSTGRES')
const { hostname, port } = new URL(adminUrl)
const admin = new pg.Client({ connectionString: adminUrl })
const text = (value: string) => SecretValue.fromText(value)
const ident = (name: string) => `"${name.replaceAll('"', '""')}"`
const mark = randomBytes(4).toString('hex')
const made: string[] = []
const word = () => randomBytes(24).toString('base64url')

async function role(name: string, password: string, more = ''): Promise<string> {
  made.push(name)
  await admin.query(`CREATE ROLE ${ident(name)} ${more || 'LOGIN'} PASSWORD ${pg.escapeLiteral(password)}`)
  return name
}
const byAdmin = (name: string, more = {}) =>
  postgresTarget(postgresSettings({ admin: adminUrl, role: name, ...more }), targetPorts)
const bySelf = (name: string) =>
  postgresTarget(
    postgresSettings({ host: hostname, port: Number(port), database: 'postgres', role: name }),
    targetPorts,
  )

beforeAll(async () => {
  await admin.connect()
}, WAIT)
afterAll(async () => {
  for (const name of made.reverse()) await admin.query(`DROP ROLE IF EXISTS ${ident(name)}`)
  await admin.end()
}, WAIT)

describe('a role of PostgreSQL', () => {
  test('after the change the new password is accepted and the old one refused, through the admin and by itself', async () => {
    const [first, second, third] = [word(), word(), word()]
    const name = await role(`t_${mark}_plain`, first)
    expect(await byAdmin(name).probe(text(first))).toBe('accepted')
    expect(await byAdmin(name).change(text(first), text(second))).toEqual({ retained: false })
    expect([await byAdmin(name).probe(text(first)), await byAdmin(name).probe(text(second))]).toEqual([
      'refused',
      'accepted',
    ])
    await bySelf(name).change(text(second), text(third))
    expect([await bySelf(name).probe(text(second)), await bySelf(name).probe(text(third))]).toEqual([
      'refused',
      'accepted',
    ])
  }, 120_000)

  test('a URL keeps everything but its password', async () => {
    const name = await role(`t_${mark}_url`, 'a b/c?d#e@f:g%h')
    const url = `postgres://${name}:a%20b%2Fc%3Fd%23e%40f%3Ag%25h@${hostname}:${port}/postgres?sslmode=disable`
    const target = postgresTarget(postgresSettings({}), targetPorts)
    expect(await target.probe(text(url))).toBe('accepted')
    const next = await target.successor(text(url), text('neu/@:?#%+ é'))
    await target.change(text(url), next)
    expect([await target.probe(text(url)), await target.probe(next)]).toEqual(['refused', 'accepted'])
  }, 120_000)

  test('names and passwords of any characters: only that role changes, and psql-like logins work', async () => {
    const names = ['a"b', "a'; DROP ROLE postgres; --", 'ünïcödé', 'back\\slash', 'space in it', '$$', 'x'.repeat(50)]
    const passwords = [
      "qu'ote",
      'dou"ble',
      'back\\slash',
      '$1 %s',
      'pässwörd',
      'e\u0301',
      '漢字',
      'ｆｕｌｌ',
      '\u00a0nbsp',
      ';--',
    ]
    for (const [i, raw] of names.entries()) {
      const name = await role(`${raw}${mark}`.slice(0, 63), 'first')
      const before = await admin.query('SELECT rolname, rolpassword FROM pg_authid WHERE rolname <> $1 ORDER BY 1', [
        name,
      ])
      const password = passwords[i % passwords.length] as string
      await byAdmin(name).change(text('first'), text(password))
      expect(await byAdmin(name).probe(text(password))).toBe('accepted')
      const after = await admin.query('SELECT rolname, rolpassword FROM pg_authid WHERE rolname <> $1 ORDER BY 1', [
        name,
      ])
      const others = (rows: { rolname: string }[]) => rows.filter(({ rolname }) => made.includes(rolname))
      expect(others(after.rows)).toEqual(others(before.rows))
    }
    const name = await role(`t_${mark}_words`, 'first')
    for (const password of passwords) {
      await byAdmin(name).change(text('first'), text(password))
      expect(await byAdmin(name).probe(text(password))).toBe('accepted')
      // what the server makes of the clear text is what we made of it
      const psql = promisify(execFile)(
        'psql',
        ['-XqAt', '-h', hostname, '-p', port, '-U', name, '-d', 'postgres', '-c', 'select 1'],
        {
          env: { PATH: process.env['PATH'], PGPASSWORD: password },
        },
      )
      expect((await psql).stdout.trim()).toBe('1')
    }
  }, 120_000)

  test('generated passwords of all printable characters open the role', async () => {
    const name = await role(`t_${mark}_many`, 'first')
    for (let i = 0; i < 40; i++) {
      const password = Array.from(randomBytes(20), (byte) => String.fromCharCode(33 + (byte % 94))).join('')
      await byAdmin(name).change(text('first'), text(password))
      expect(await byAdmin(name).probe(text(password))).toBe('accepted')
    }
  }, 240_000)

  test('no password stands in the server log, the activity or the WAL', async () => {
    const name = await role(`t_${mark}_log`, 'first')
    const canaries: string[] = []
    for (let i = 0; i < 50; i++) {
      const next = `canary-${word()}`
      await byAdmin(name).change(text(canaries.at(-1) ?? 'first'), text(next))
      canaries.push(next)
    }
    const { rows } = await admin.query('SELECT string_agg(query, $$ $$) AS text FROM pg_stat_activity')
    const files = await admin.query('SELECT name FROM pg_ls_waldir() ORDER BY modification DESC LIMIT 2')
    const wal = await Promise.all(
      files.rows.map(({ name: file }) =>
        admin.query("SELECT encode(pg_read_binary_file('pg_wal/' || $1), 'escape') AS text", [file]),
      ),
    )
    const places = [
      readFileSync(server('TEST_POSTGRES_LOG'), 'latin1'),
      rows[0].text,
      ...wal.map((each) => each.rows[0].text),
    ]
    expect(places[0]).toContain(`ALTER ROLE "${name}" PASSWORD 'SCRAM-SHA-256$`)
    expect(canaries.filter((canary) => places.some((place) => place.includes(canary)))).toEqual([])
  }, 240_000)
})

describe('what is no refusal', () => {
  test('a server that is down, one that hangs up, and one without our role answer unknown or refused', async () => {
    const nobody = postgresTarget(postgresSettings({ host: '127.0.0.1', port: 1, role: 'x' }), targetPorts)
    expect(await nobody.probe(text('x'))).toBe('unknown')
    const rude = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
    await new Promise((done) => rude.once('listening', done))
    const at = { host: '127.0.0.1', port: (rude.address() as { port: number }).port }
    expect(await postgresTarget(postgresSettings({ ...at, role: 'x' }), targetPorts).probe(text('x'))).toBe('unknown')
    await expect(nobody.change(text('x'), text('y'))).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    rude.close()
    expect(await byAdmin(`t_${mark}_nobody`).probe(text('x'))).toBe('refused')
  }, 60_000)

  test('a password that drivers read differently is neither tried nor set', async () => {
    const name = await role(`t_${mark}_odd`, 'first')
    const odd = text('\u0645\ufefd\u00a0')
    expect(await byAdmin(name).probe(odd)).toBe('unknown')
    await expect(byAdmin(name).change(text('first'), odd)).rejects.toMatchObject({ code: 'VALUE_UNFIT' })
  }, 60_000)

  test('a role that cannot log in, has expired or is not there, and an admin that is the role, are refused before the change', async () => {
    const expired = await role(`t_${mark}_expired`, 'first', "LOGIN VALID UNTIL '2001-01-01'")
    const locked = await role(`t_${mark}_locked`, 'first', 'NOLOGIN')
    for (const name of [expired, locked, `t_${mark}_absent`, 'postgres'])
      await expect(byAdmin(name).change(text('first'), text('second'))).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
      })
  }, 60_000)

  test('an admin without the right is told so', async () => {
    const weak = await role(`t_${mark}_weak`, 'weak-word')
    const name = await role(`t_${mark}_strong`, 'first')
    const target = postgresTarget(
      postgresSettings({ admin: `postgres://${weak}:weak-word@${hostname}:${port}/postgres`, role: name }),
      targetPorts,
    )
    await expect(target.change(text('first'), text('second'))).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
    expect(await target.probe(text('first'))).toBe('accepted')
  }, 60_000)

  test('verify-full does not talk to a server without TLS', async () => {
    const target = postgresTarget(postgresSettings({}), targetPorts)
    const url = text(`postgres://x:y@${hostname}:${port}/postgres?sslmode=verify-full`)
    expect(await target.probe(url)).toBe('unknown')
    await expect(target.change(url, await target.successor(url, text('z')))).rejects.toMatchObject({ code: 'INSECURE' })
  }, 60_000)
})

describe('together', () => {
  test('two hosts do not rotate at one time, and the lock ends with its holder', async () => {
    const name = await role(`t_${mark}_lock`, 'first')
    const [one, two] = [byAdmin(name), byAdmin(name)]
    await one.lock?.(text('first'), async () => {
      await expect(two.lock?.(text('first'), async () => 0)).rejects.toMatchObject({ code: 'LOCKED' })
    })
    expect(await two.lock?.(text('first'), async () => 7)).toBe(7)
    const own = new Error('of the work')
    await expect(one.lock?.(text('first'), async () => Promise.reject(own))).rejects.toBe(own)
  }, 60_000)

  test('users that take turns: whoever reads the current value logs in, at every instant, and owns the same', async () => {
    const name = await role(`t_${mark}_turns`, 'first')
    made.push(`${name}_alt`)
    await admin.query(`ALTER ROLE ${ident(name)} SET search_path TO "$user", public, pg_catalog`)
    const target = byAdmin(name, { users: 'alternating' })
    let current = text(JSON.stringify({ username: name, password: 'first', host: hostname, port: Number(port) }))
    const prober = { stop: false, logins: 0, refused: 0 }
    const probing = (async () => {
      while (!prober.stop) {
        if ((await target.probe(current)) !== 'accepted') prober.refused++
        prober.logins++
        await new Promise((done) => setTimeout(done, 20))
      }
    })()
    for (let i = 0; i < 20; i++) {
      const next = await target.successor(current, text(word()))
      expect(await target.change(current, next)).toEqual({ retained: true })
      expect(await target.probe(next)).toBe('accepted')
      current = next
      await new Promise((done) => setTimeout(done, 60))
    }
    const away = await target.successor(current, text(word()))
    await target.change(current, away)
    const old = current
    current = away
    prober.stop = true
    await probing
    await target.discardOld?.(old, current)
    expect([await target.probe(old), await target.probe(current)]).toEqual(['refused', 'accepted'])
    expect(prober.refused).toBe(0)
    expect(prober.logins).toBeGreaterThan(20)
    const { username, password } = JSON.parse(current.reveal())
    const client = new pg.Client({ host: hostname, port: Number(port), user: username, password, database: 'postgres' })
    await client.connect()
    const seen = await client.query("SELECT current_user AS who, current_setting('search_path') AS path")
    await client.end()
    expect(seen.rows[0]).toEqual({ who: name, path: '"$user", public, pg_catalog' })
  }, 240_000)

  test('what it is called holds no value', async () => {
    const name = await role(`t_${mark}_named`, 'first')
    expect(await byAdmin(name).describe()).toBe(`role "${name}" on ${hostname}:${port} (PostgreSQL 15)`)
  }, 60_000)
})
