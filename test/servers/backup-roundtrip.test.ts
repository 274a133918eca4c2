import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type RunResult, run } from '../support/cli.js'
import { type Own, ownOf } from './support/backup-own.js'
import { openStation, type PlaceName, placeNames, type Station } from './support/places.js'

/** Everything lost, everything back: at each service, seen through its own client. */
const WAIT = 600_000

const texts: Readonly<Record<string, string>> = {
  'database-url': 'postgres://app:p$ss"w\'rd\\@db/x?a=1&b=%20#c',
  'crlf-value': 'one\r\ntwo\rthree\r\n',
  'newline-value': 'ends in newlines\n\n\n',
  'dash-value': '-rf --force=yes',
  'blank-value': ' \t. ',
  'wide-value': '密码 🔑 é \u202e\u200b',
  'json-value': '{"user":"u","n":[1,2]}',
  'pem-value': `-----BEGIN PRIVATE KEY-----\n${'QUJDRA=='.repeat(40)}\n-----END PRIVATE KEY-----\n`,
}
const BINARY = Buffer.from([0, 255, 1, 254, 10, 13, 0, 128, 10])
const HISTORY = ['first of three\n', '-second', 'third\r\n']

const lines = (payload: string): Record<string, unknown>[] =>
  payload
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

/** What has to come back: not what the service calls its versions, nor when they were made. */
const lasting = (payload: string): unknown[] =>
  lines(payload)
    .filter(({ name }) => name !== undefined)
    .map(({ version: _, created: __, ...rest }) => rest)

const quoted = (value: string): string => `'${value.replaceAll("'", "'\\''")}'`
const keyOf = (name: string): string => name.replaceAll('-', '_').toUpperCase()

describe.each(placeNames)('a round trip at %s', (name: PlaceName) => {
  let station: Station
  let own: Own
  let longName = ''
  let recipient = ''
  let payload = ''
  let histories: string[] | undefined
  /** Versions of it that the service keeps, as its own client counts them. */
  let count = 1
  let before: ReadonlyMap<string, Uint8Array>
  const names = (): string[] => [...before.keys()]
  const withInput = (args: readonly string[], stdin: Uint8Array): Promise<RunResult> =>
    run(args, { cwd: station.folder, env: station.place.env, stdin, timeoutMs: 300_000 })
  const done = async (args: readonly string[]): Promise<RunResult> => {
    const result = await station.run(args)
    expect([args[0], result.code, result.code === 0 ? '' : result.stderr]).toEqual([args[0], 0, ''])
    return result
  }
  const backup = (file: string) =>
    done(['backup', station.provider, '-r', recipient, '--all-versions', '--out', file, '--json'])
  const decrypted = async (file: string): Promise<string> =>
    (await done(['backup', 'decrypt', file, '--identity', 'key.txt'])).stdout
  const restore = (more: readonly string[] = []) =>
    done(['restore', 'all.age', station.provider, '--identity', 'key.txt', '--all-versions', '--json', ...more])

  beforeAll(async () => {
    station = await openStation(name)
    own = ownOf(station)
    const { place, provider } = station
    longName = `n${'a'.repeat(own.longest - 1)}`
    recipient = (await done(['backup', 'keygen', '--output', 'key.txt'])).stdout.trim()
    for (const value of HISTORY) {
      await place.put(new Map([['history-value', Buffer.from(value)]]))
      // dates of whole seconds tell the order only from one second to the next
      await new Promise((go) => setTimeout(go, 1_100))
    }
    await place.put(
      new Map(Object.entries({ ...texts, [longName]: 'at the longest name' }).map(([k, v]) => [k, Buffer.from(v)])),
    )
    const large = 'L'.repeat(own.largest)
    await (own.putLarge?.('large-value', large) ?? place.put(new Map([['large-value', Buffer.from(large)]])))
    // each service has a form of its own for these, which the program writes
    const binary = await withInput(['set', 'binary-value', provider, '--yes', '--description', 'of bytes'], BINARY)
    expect([binary.code, binary.stdout.length > 0]).toEqual([0, true])
    const empty = await withInput(['set', 'empty-value', provider, '--yes'], Buffer.alloc(0))
    expect(empty.code).toBe(provider === 'aws' || provider === 'gcp' ? 65 : 0)
    const every = [...Object.keys(texts), longName, 'history-value', 'large-value', 'binary-value', 'empty-value']
    before = await place.getMany(every)
    expect(before.size).toBe(empty.code === 0 ? every.length : every.length - 1)
    histories = await own.history?.('history-value')
    count = (await place.versions?.(['history-value']))?.[0] ?? 1
  }, WAIT)
  afterAll(() => station.place.close(), WAIT)

  test(
    'a backup holds every value and version, and writes nothing there',
    async () => {
      const { place } = station
      place.gate.reset()
      const report = JSON.parse((await backup('all.age')).stdout) as { summary: { secrets: number } }
      expect([report.summary.secrets, place.gate.mutating()]).toEqual([before.size, 0])
      payload = await decrypted('all.age')
      const values = new Map(
        lines(payload)
          .filter(({ current }) => current === true)
          .map(({ name: key, value, encoding }) => [
            String(key),
            Buffer.from(String(value), encoding === 'base64' ? 'base64' : 'utf8'),
          ]),
      )
      for (const [key, text] of Object.entries(texts)) expect([key, values.get(key)?.toString()]).toEqual([key, text])
      expect(values.get('binary-value')).toEqual(BINARY)
      expect(values.get('large-value')?.byteLength).toBe(own.largest)
      const kept = lines(payload).filter(({ name: key }) => key === 'history-value')
      // LocalStack forgets versions that have no stage
      expect(kept.map(({ value }) => value)).toEqual(HISTORY.slice(-count))
    },
    WAIT,
  )

  test(
    'after everything is gone it gives back the same bytes, versions in order',
    async () => {
      const { place } = station
      await own.wipe(names())
      expect((await place.getMany(names())).size).toBe(0)
      place.gate.reset()
      const planned = JSON.parse((await restore(['--dry-run'])).stdout) as { notes: unknown[]; summary: object }
      expect([planned.notes, place.gate.mutating()]).toEqual([[], 0])
      expect(planned.summary).toMatchObject({ add: before.size })
      expect(JSON.parse((await restore(['--yes'])).stdout)).toMatchObject({
        state: 'done',
        summary: { add: before.size },
      })
      const after = await place.getMany(names())
      for (const [key, bytes] of before)
        expect([key, Buffer.compare(after.get(key) ?? Buffer.from('absent'), bytes)]).toEqual([key, 0])
      expect(after.size).toBe(before.size)
      expect(await own.history?.('history-value')).toEqual(histories)
    },
    WAIT,
  )

  test(
    'validate finds it equal, a second restore finds nothing to do, and a second backup holds the same',
    async () => {
      const file = Object.entries(texts).map(([key, value]) => `${keyOf(key)}=${quoted(value)}\n`)
      writeFileSync(join(station.folder, 'all.env'), file.join(''))
      const { stdout } = await station.run([
        ...['validate', station.provider, '--env-file', 'all.env', '--dialect', 'shell', '--all', '--json'],
      ])
      const { items } = JSON.parse(stdout) as { items: { name?: string; state?: string }[] }
      const equal = items.filter(({ state }) => state === 'equal').map((one) => one.name)
      expect(equal.sort()).toEqual(Object.keys(texts).sort())
      station.place.gate.reset()
      expect(JSON.parse((await restore(['--yes'])).stdout)).toMatchObject({
        state: 'nothing',
        summary: { same: before.size },
      })
      expect(station.place.gate.mutating()).toBe(0)
      await backup('again.age')
      expect(lasting(await decrypted('again.age'))).toEqual(lasting(payload))
      expect(readFileSync(join(station.folder, 'all.age')).byteLength).toBeGreaterThan(own.largest)
    },
    WAIT,
  )
})
