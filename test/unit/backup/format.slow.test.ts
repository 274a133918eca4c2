import { describe, expect, test } from '@jest/globals'
import { type Entry, sha256 } from '../../../src/backup/entry.js'
import { readPayload } from '../../../src/backup/reader.js'
import { codeOf, entry, golden, goldenKeys, header, once, pair, payload, pieces, read, seal } from './support.js'

const values: readonly [string, string | Uint8Array][] = [
  ['an empty value', ''],
  ['a leading dash', '-n'],
  ['CRLF', 'a\r\nb\r\n'],
  ['trailing newlines', 'a\n\n\n'],
  ['a NUL', 'a\0b'],
  ['line separators of JSON', 'a\u2028b\u2029'],
  ['quotes and backslashes', '\\"\\\\"{[\\u0000'],
  ['text that looks like a trailer', '{"end":true,"count":0}\n'],
  ['emoji', '🔑'],
  ['a byte order mark', '\ufeffa'],
  ['bytes that are no text', Uint8Array.of(0xff, 0xfe, 0, 1)],
  ['a lone half of UTF-8', Uint8Array.of(0xc3)],
  ['64 KiB', 'x'.repeat(65_536)],
]

describe('a payload gives back exactly what went in', () => {
  test.each(values)('%s', async (_, value) => {
    const bytes = await payload([entry('a', value)])
    const found: Uint8Array[] = []
    await readPayload(pieces(bytes, 1000), (one) => void found.push(one.bytes))
    expect(found.map((each) => Buffer.from(each))).toEqual([Buffer.from(value as string)])
  })
  test('names, versions, labels and descriptions', async () => {
    const all: Entry[] = [
      entry('__proto__', 'p', { labels: JSON.parse('{"__proto__":"x","constructor":"y"}') }),
      entry('a', '1', { version: 'v1', current: false }),
      entry('a', '2', { version: null, created: null, description: 'ü', labels: { key: 'A' } }),
    ]
    const found: unknown[] = []
    await readPayload(
      once(await payload(all)),
      ({ bytes, ...rest }) => void found.push({ ...rest, text: Buffer.from(bytes).toString() }),
    )
    const want = all.map(({ value, ...rest }) => ({ ...rest, text: value.reveal() }))
    expect(JSON.stringify(found)).toBe(JSON.stringify(want))
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
  })
  test('in pieces of any size', async () => {
    const bytes = await payload(values.map(([, value], at) => entry(`n${String(at).padStart(2, '0')}`, value)))
    for (const size of [1, 7, 64, 4096]) {
      let count = 0
      await readPayload(pieces(bytes, size), () => void count++)
      expect(count).toBe(values.length)
    }
  }, 30_000)
  test('no secrets at all', async () => {
    const { trailer, secrets } = await readPayload(once(await payload([])), () => {})
    expect({ ...trailer, secrets }).toMatchObject({ count: 0, secrets: 0 })
  })
})

describe('a payload that is not as it was written is refused', () => {
  const two = () => payload([entry('a', 'one'), entry('b', 'two')])
  const lines = async () => (await two()).toString().split('\n').slice(0, -1)
  const again = (all: readonly string[]) => {
    // the trailer is made new, so that not the digest but the rule speaks
    const body = all.map((line) => `${line}\n`).join('')
    return `${body}{"end":true,"count":${all.length - 1},"digest":"${sha256(Buffer.from(body))}"}\n`
  }
  const refused = async (text: string) => codeOf(readPayload(once(Buffer.from(text)), () => {}))
  const [h, a, b, end] = [0, 1, 2, 3]
  const change = async (act: (all: string[]) => string[] | string) => {
    const made = act(await lines())
    return refused(typeof made === 'string' ? made : made.map((line) => `${line}\n`).join(''))
  }

  test.each<[string, (all: string[]) => string[] | string]>([
    ['a line is missing', (all) => [all[h] ?? '', all[b] ?? '', all[end] ?? '']],
    ['a line stands twice', (all) => [all[h] ?? '', all[a] ?? '', all[a] ?? '', all[b] ?? '', all[end] ?? '']],
    ['lines are swapped', (all) => [all[h] ?? '', all[b] ?? '', all[a] ?? '', all[end] ?? '']],
    ['the end is missing', (all) => all.slice(0, 3)],
    ['the header is missing', (all) => all.slice(1)],
    ['something follows', (all) => [...all, '{}']],
    ['an empty line follows', (all) => [...all, '']],
    [
      'two names are exchanged',
      (all) =>
        all.map((line, at) => (at === a ? line.replace('"a"', '"b"') : at === b ? line.replace('"b"', '"a"') : line)),
    ],
    ['the last LF is missing', (all) => all.join('\n')],
    ['a name is changed, the trailer too', (all) => again([all[h] ?? '', (all[b] ?? '').replace('"b"', '""')])],
    ['a value is changed, the trailer too', (all) => again([all[h] ?? '', (all[a] ?? '').replace('"one"', '"One"')])],
    ['names are out of order, the trailer is right', (all) => again([all[h] ?? '', all[b] ?? '', all[a] ?? ''])],
    ['a name comes twice, the trailer is right', (all) => again([all[h] ?? '', all[a] ?? '', all[a] ?? ''])],
    [
      'no version of a name is current',
      (all) => again([all[h] ?? '', (all[a] ?? '').replace('"current":true', '"current":false')]),
    ],
    ['a label is no text', (all) => again([all[h] ?? '', (all[a] ?? '').replace('"labels":{}', '"labels":{"a":1}')])],
    ['a lone surrogate', (all) => again([all[h] ?? '', (all[a] ?? '').replace('"one"', '"\\ud800"')])],
    ['an unknown encoding', (all) => again([all[h] ?? '', (all[a] ?? '').replace('utf8', 'utf16')])],
    ['a counter of zero', (all) => again([(all[h] ?? '').replace('"counter":7', '"counter":0'), all[a] ?? ''])],
    ['it is something else', () => '{"a":1}\n'],
    ['it is no JSON', () => 'postgres://\n'],
    ['it is empty', () => ''],
  ])('%s', async (_, act) => expect(await change(act)).toBe('DAMAGED'))

  test('a newer format is told apart', async () =>
    expect(await change((all) => all.map((line) => line.replace('"format":1', '"format":2')))).toBe('FORMAT_NEWER'))
  test('unknown fields are no reason', async () =>
    expect(
      await change((all) =>
        again([(all[h] ?? '').replace('{', '{"later":[1],'), (all[a] ?? '').replace('{', '{"later":{},')]),
      ),
    ).toBe('fine'))
  test.each([
    ['depth', `{"vibesecrets":${'['.repeat(100_000)}`],
    ['a deep line that would parse', `{"a":${'['.repeat(50)}${']'.repeat(50)}}`],
    ['brackets after an escaped quote', `{"a\\"":"\\\\",${'"b":{'.repeat(5)}${'}'.repeat(6)}`],
  ])('a bomb of %s is refused before it is parsed', async (_, text) =>
    expect(await refused(`${text}\n`)).toBe('INPUT_INVALID'),
  )
  test('a line without an end is refused at 8 MiB, however long it goes on', async () => {
    let given = 0
    async function* endless() {
      for (;;) {
        given += 65_536
        yield Buffer.alloc(65_536, 'a')
      }
    }
    expect(await codeOf(readPayload(endless(), () => {}))).toBe('INPUT_INVALID')
    expect(given).toBeLessThan(10 * 1024 * 1024)
  })
  test('a failure never repeats what a line holds', async () => {
    const text = (await two()).toString().replace('"one"', '"canary-value-one')
    const error = await readPayload(once(Buffer.from(text)), () => {}).catch((thrown: unknown) => thrown)
    expect(JSON.stringify([error, (error as Error).message, (error as { details: unknown }).details])).not.toContain(
      'canary',
    )
  })
})

describe('golden files of format 1', () => {
  const lines = golden('all-versions.jsonl')
    .toString()
    .split('\n')
    .filter((line) => line.includes('"name"'))
    .map(
      (line) =>
        JSON.parse(line) as {
          name: string
          version: string
          current: boolean
          encoding: BufferEncoding
          value: string
        },
    )
  const wanted = lines.map(({ name, version, current, encoding, value }) => [
    name,
    version,
    current,
    Buffer.from(value, encoding).toString('hex'),
  ])

  test.each(['all-versions.age', 'stock-age.age', 'stock-age-armored.age'])('%s holds every version', async (file) => {
    const { entries } = await read(once(golden(file)), await goldenKeys())
    expect(
      entries.map(({ name, version, current, bytes }) => [name, version, current, Buffer.from(bytes).toString('hex')]),
    ).toEqual(wanted)
    expect(wanted).toHaveLength(11)
  })
  test('current.age holds the current ones', async () => {
    const { entries, contents } = await read(once(golden('current.age')), await goldenKeys())
    expect(entries.map(({ name }) => name)).toEqual(lines.filter(({ current }) => current).map(({ name }) => name))
    expect(contents.header).toMatchObject({ provider: 'local', counter: 2, versions: 'current' })
  })
})

test('a sealed payload opens for each of its recipients, and for nobody else', async () => {
  const [one, two, other] = [await pair(), await pair(), await pair()]
  const file = await seal(await payload([entry('a', '1')]), { recipients: [one.recipient, two.recipient] })
  for (const keys of [one, two]) expect((await read(once(file), keys)).entries).toHaveLength(1)
  expect(await codeOf(read(once(file), other))).toBe('KEY_WRONG')
  expect(await codeOf(read(once(file), { identities: [] }))).toBe('KEY_MISSING')
  expect(header().counter).toBe(7)
})
