import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { RunResult } from '../support/cli.js'
import { openStation, type PlaceName, type Station } from './support/places.js'

/** From one kind of service into another: equal by the target's own client, and what is lost is said before. */
const WAIT = 600_000

const texts: Readonly<Record<string, string>> = {
  'database-url': 'postgres://app:p$ss"w\'rd\\@db/x?a=1&b=%20#c',
  'crlf-value': 'one\r\ntwo\rthree\r\n',
  'newline-value': 'ends in newlines\n\n\n',
  'dash-value': '-rf --force=yes',
  'wide-value': '密码 🔑 é \u202e\u200b',
}
const HISTORY = ['first\n', '-second', 'third\r\n']
const LARGE = 'L'.repeat(30_000)

interface Pair {
  readonly from: PlaceName
  readonly to: PlaceName
  /** Codes of the notes of `history-value`, and of all other names. */
  readonly lost: readonly string[]
  /** What the target refuses of this source, as its message says it. */
  readonly refused?: { readonly name: string; readonly why: RegExp }
}

const pairs: readonly Pair[] = [
  { from: 'aws-moto', to: 'vault-kv2', lost: [] },
  { from: 'aws-localstack', to: 'vault-kv1', lost: ['versions', 'labels', 'description'] },
  { from: 'vault-kv2', to: 'k8s', lost: ['versions'] },
  {
    from: 'k8s',
    to: 'azure',
    lost: [],
    refused: { name: 'large-value', why: /large-value: 30000 bytes, the limit is 25600/ },
  },
  { from: 'gcp', to: 'local', lost: [] },
  {
    from: 'local',
    to: 'aws-moto',
    lost: [],
    refused: { name: 'empty-value', why: /empty-value: an empty value, which the service does not take/ },
  },
]

describe.each(pairs)('$from → $to', ({ from, to, lost, refused }) => {
  let source: Station
  let target: Station
  let file = ''
  let wanted: ReadonlyMap<string, string>
  const restore = (more: readonly string[]): Promise<RunResult> =>
    target.run([
      ...['restore', file, target.provider, '--all-versions', '--json'],
      ...['--identity', join(source.folder, 'key.txt'), ...more],
    ])
  beforeAll(async () => {
    source = await openStation(from)
    target = await openStation(to)
    const { place, provider } = source
    const recipient = (await source.run(['backup', 'keygen', '--output', 'key.txt'])).stdout.trim()
    for (const value of HISTORY) {
      await place.put(new Map([['history-value', Buffer.from(value)]]))
      await new Promise((go) => setTimeout(go, 1_100))
    }
    const all = {
      ...texts,
      ...(from === 'k8s' ? { 'large-value': LARGE } : {}),
      ...(from === 'local' ? { 'empty-value': '' } : {}),
    }
    await place.put(new Map(Object.entries(all).map(([name, value]) => [name, Buffer.from(value)])))
    const described = await source.run(['set', 'described-value', provider, '--yes', '--description', 'for people'])
    // standard input is empty, so that only a provider with empty values takes it
    expect([0, 65]).toContain(described.code)
    wanted = new Map(Object.entries({ ...texts, 'history-value': HISTORY.at(-1) ?? '' }))
    file = join(source.folder, 'all.age')
    const made = await source.run(['backup', provider, '-r', recipient, '--all-versions', '--out', 'all.age', '--json'])
    expect([made.code, made.code === 0 ? '' : made.stderr]).toEqual([0, ''])
  }, WAIT)
  afterAll(async () => {
    await source.place.close()
    await target.place.close()
  }, WAIT)

  if (refused !== undefined)
    test(
      'what does not fit is refused by name, and nothing is written',
      async () => {
        target.place.gate.reset()
        const { code, stderr } = await restore(['--yes'])
        expect([code, refused.why.test(stderr), target.place.gate.mutating()]).toEqual([65, true, 0])
      },
      WAIT,
    )

  test(
    'the plan says what is lost, and writes nothing; then all is equal, versions in order',
    async () => {
      const leave = ['--exclude', 'described-value', ...(refused === undefined ? [] : ['--exclude', refused.name])]
      target.place.gate.reset()
      const planned = await restore([...leave, '--dry-run'])
      const { notes, summary } = JSON.parse(planned.stdout) as {
        notes: { code: string; name: string }[]
        summary: { add: number }
      }
      expect([planned.code, summary.add, target.place.gate.mutating()]).toEqual([0, wanted.size, 0])
      const codes = notes.filter(({ name }) => name === 'history-value').map(({ code }) => code)
      expect(codes.filter((code) => !lost.includes(code))).toEqual([])
      expect(codes.includes('versions')).toBe(lost.includes('versions'))
      const { code, stdout, stderr } = await restore([...leave, '--yes'])
      expect([code, code === 0 ? '' : stderr]).toEqual([0, ''])
      expect(JSON.parse(stdout)).toMatchObject({ state: 'done', summary: { add: wanted.size } })
      // said on stderr too, where nobody is asked, before the first write
      if (lost.includes('versions'))
        expect(stderr).toMatch(/history-value: .* keeps no versions: of [23] only the current one is restored/)
      const found = await target.place.getMany([...wanted.keys()])
      for (const [name, value] of wanted) expect([name, found.get(name)?.toString()]).toEqual([name, value])
      if (lost.includes('versions')) return
      const kept = from === 'k8s' ? HISTORY.slice(-1) : HISTORY
      expect(await target.place.versions?.(['history-value'])).toEqual([kept.length])
      const listed: string[] = []
      for (const version of await versionsOf(target))
        listed.push((await target.run(['get', 'history-value', target.provider, '--secret-version', version])).stdout)
      expect(listed).toEqual(kept)
    },
    WAIT,
  )
})

/** As a second backup names them, oldest first. */
async function versionsOf(station: Station): Promise<string[]> {
  const recipient = (await station.run(['backup', 'keygen', '--output', 'own-key.txt'])).stdout.trim()
  await station.run(['backup', station.provider, '-r', recipient, '--all-versions', '--out', 'own.age'])
  const { stdout } = await station.run(['backup', 'decrypt', 'own.age', '--identity', 'own-key.txt'])
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { name?: string; version?: string })
    .flatMap(({ name, version }) => (name === 'history-value' && version !== undefined ? [version] : []))
}
