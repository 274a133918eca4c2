import { describe, expect, test } from '@jest/globals'
import { type ListRow, renderPrometheus } from '../../../src/ui/reports/list.js'

interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const ESCAPES: Readonly<Record<string, string>> = { '\\\\': '\\', '\\"': '"', '\\n': '\n' }

/** As strict as `promtool check metrics`: help, type, samples of one family together, once, and nothing else. */
function parsed(text: string): readonly Sample[] {
  if (!text.endsWith('\n') || text.endsWith('\n\n')) throw new Error('the last line has to end, once')
  const samples: Sample[] = []
  const done = new Set<string>()
  let family = ''
  let typed = false
  for (const line of text.slice(0, -1).split('\n')) {
    const [, help] = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) [^\\]+$/.exec(line) ?? []
    const [, type] = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) gauge$/.exec(line) ?? []
    if (help !== undefined) {
      if (done.has(help)) throw new Error(`twice: ${help}`)
      if (/_(?:total|count|sum|bucket|info)$/.test(help)) throw new Error(`no name for a gauge: ${help}`)
      if (help.includes('timestamp') && !help.endsWith('_timestamp_seconds')) throw new Error(`no base unit: ${help}`)
      done.add(help)
      family = help
      typed = false
    } else if (type !== undefined) {
      if (type !== family || typed) throw new Error(`a type out of place: ${line}`)
      typed = true
    } else {
      const sample = sampleIn(line)
      if (sample.name !== family || !typed) throw new Error(`a sample out of place: ${line}`)
      samples.push(sample)
    }
  }
  const keys = samples.map(({ name, labels }) => JSON.stringify([name, Object.entries(labels).sort()]))
  if (new Set(keys).size !== keys.length) throw new Error('a series stands there twice')
  return samples
}

function sampleIn(line: string): Sample {
  const [, name, inner, value] = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\d+)$/.exec(line) ?? []
  if (name === undefined) throw new Error(`no sample: ${line}`)
  return { name, labels: labelsIn(inner), value: Number(value) }
}

function labelsIn(inner: string | undefined): Record<string, string> {
  const labels: Record<string, string> = {}
  let rest = inner ?? ''
  if (inner === '') throw new Error('braces around nothing')
  while (rest !== '') {
    const [whole, key = '', value = ''] =
      /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,(?=.)|$)/.exec(rest) ?? []
    if (whole === undefined || Object.hasOwn(labels, key)) throw new Error(`no label: ${rest}`)
    labels[key] = value.replaceAll(/\\[\\"n]/g, (two) => ESCAPES[two] ?? '')
    rest = rest.slice(whole.length)
  }
  return labels
}

const now = new Date('2026-11-24T12:00:00Z')
const at = (iso: string): number => Date.parse(iso) / 1000
const day = 86_400_000
const figure = (samples: readonly Sample[], name: string, secret?: string): number | undefined =>
  samples.find((one) => one.name === name && (secret === undefined || one.labels['secret'] === secret))?.value

const rows: readonly ListRow[] = [
  {
    name: 'jwt-secret',
    state: 'present',
    known: true,
    updatedAt: new Date('2026-11-20T12:00:00Z'),
    rotatedAt: new Date('2026-11-20T12:00:00.123Z'),
    everyMs: 90 * day,
    dueAt: new Date('2027-02-18T12:00:00Z'),
  },
  {
    name: 'jwt-secret-old',
    state: 'present',
    known: false,
    graceUntil: new Date('2026-11-24T11:00:00Z'),
    dueAt: new Date('2026-11-24T11:00:00Z'),
  },
  { name: 'gone', state: 'deleted', known: false, updatedAt: new Date('2026-11-01T00:00:00Z') },
]
const hostile = ['a"b', 'a\\b', 'a\nb', 'a\\', '{x="y"} 1', 'ü密', '\u202e', '# HELP x y']

describe('list --format prometheus', () => {
  const samples = parsed(renderPrometheus(rows, { provider: 'aws', now }))
  test('counts what is there and what is deleted', () => {
    expect(
      samples.filter(({ name }) => name === 'vibesecrets_secrets').map((one) => [one.labels['state'], one.value]),
    ).toEqual([
      ['present', 2],
      ['deleted', 1],
    ])
    expect(figure(samples, 'vibesecrets_secret_present', 'jwt-secret')).toBe(1)
    expect(figure(samples, 'vibesecrets_secret_present', 'gone')).toBe(0)
  })
  test('has age, rotation, due and grace where they are known, and no line where they are not', () => {
    expect(figure(samples, 'vibesecrets_secret_age_seconds', 'jwt-secret')).toBe((4 * day) / 1000)
    expect(figure(samples, 'vibesecrets_secret_age_seconds', 'jwt-secret-old')).toBeUndefined()
    expect(figure(samples, 'vibesecrets_secret_age_seconds', 'gone')).toBeUndefined()
    expect(figure(samples, 'vibesecrets_secret_rotated_timestamp_seconds', 'jwt-secret')).toBe(
      at('2026-11-20T12:00:00Z'),
    )
    expect(figure(samples, 'vibesecrets_secret_due_timestamp_seconds', 'jwt-secret')).toBe(at('2027-02-18T12:00:00Z'))
    expect(figure(samples, 'vibesecrets_secret_overdue', 'jwt-secret')).toBe(0)
    expect(figure(samples, 'vibesecrets_secret_overdue', 'jwt-secret-old')).toBe(1)
    expect(figure(samples, 'vibesecrets_secret_grace_until_timestamp_seconds', 'jwt-secret-old')).toBe(
      at('2026-11-24T11:00:00Z'),
    )
  })
  test('nothing at all is a file that can be read', () => {
    expect(parsed(renderPrometheus([], { provider: 'k8s', now })).map(({ value }) => value)).toEqual([0, 0])
  })
  test.each(hostile)('a label that is %j does not end early', (name) => {
    const [present, ...others] = parsed(
      renderPrometheus([{ name, state: 'present', known: true }], { provider: 'aws', environment: name, now }),
    ).filter((one) => one.name === 'vibesecrets_secret_present')
    expect(others).toEqual([])
    expect(Object.keys(present?.labels ?? {})).toEqual(['secret', 'provider', 'environment'])
  })
  test.each(['a"b', 'a\\b', 'ü密'])('a label that is %j comes back as it was', (name) => {
    const text = renderPrometheus([{ name, state: 'present', known: true }], { provider: 'aws', now })
    expect(parsed(text).some(({ labels }) => labels['secret'] === name)).toBe(true)
  })
})

describe('drills and backups', () => {
  const drilled = {
    at: new Date('2026-11-23T03:00:00Z'),
    source: 'aws 1 "x"',
    madeAt: new Date('2026-11-22T03:00:00Z'),
  }
  const newest = new Date('2026-11-24T03:00:00Z')
  const failed = { at: new Date('2026-11-24T04:00:00Z') }
  const facts = (backups: Parameters<typeof renderPrometheus>[1]['backups']) =>
    parsed(renderPrometheus([], { provider: 'aws', now, ...(backups === undefined ? {} : { backups }) }))
  const last = 'vibesecrets_backup_drill_last_success_timestamp_seconds'
  test('the last one that ended well, with the source of its backup', () => {
    const samples = facts({ newest, drilled })
    expect(samples.find(({ name }) => name === last)).toEqual({
      name: last,
      labels: { source: 'aws 1 "x"' },
      value: at('2026-11-23T03:00:00Z'),
    })
    expect(figure(samples, 'vibesecrets_backup_drill_backup_timestamp_seconds')).toBe(at('2026-11-22T03:00:00Z'))
    expect(figure(samples, 'vibesecrets_backup_newest_timestamp_seconds')).toBe(at('2026-11-24T03:00:00Z'))
    expect(figure(samples, 'vibesecrets_backup_drill_success')).toBe(1)
  })
  test('one that failed after it', () => {
    const samples = facts({ drilled, failed })
    expect(figure(samples, 'vibesecrets_backup_drill_success')).toBe(0)
    expect(figure(samples, 'vibesecrets_backup_drill_last_failure_timestamp_seconds')).toBe(at('2026-11-24T04:00:00Z'))
    expect(figure(samples, last)).toBe(at('2026-11-23T03:00:00Z'))
  })
  test('none ever, and one of an old backup, which has no source', () => {
    expect(facts({}).filter(({ name }) => name.includes('drill'))).toEqual([])
    expect(facts({ drilled: { ...drilled, source: '' } }).find(({ name }) => name === last)?.labels).toEqual({})
    expect(figure(facts({ failed }), 'vibesecrets_backup_drill_success')).toBe(0)
  })
})

describe('the parser of this test', () => {
  test.each([
    ['no end', '# HELP a b\n# TYPE a gauge\na 1'],
    ['a sample without its type', '# HELP a b\na 1\n'],
    ['a family twice', '# HELP a b\n# TYPE a gauge\na 1\n# HELP a b\n# TYPE a gauge\na{x="y"} 1\n'],
    ['a series twice', '# HELP a b\n# TYPE a gauge\na 1\na 1\n'],
    ['an escape that is none', '# HELP a b\n# TYPE a gauge\na{x="\\t"} 1\n'],
    ['a quote in a label', '# HELP a b\n# TYPE a gauge\na{x="a"b"} 1\n'],
    ['braces around nothing', '# HELP a b\n# TYPE a gauge\na{} 1\n'],
    ['an empty line', '# HELP a b\n\n# TYPE a gauge\na 1\n'],
  ])('refuses %s', (_, text) => expect(() => parsed(text)).toThrow())
})
