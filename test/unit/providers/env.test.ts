import { createHash } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { SecretValue, version } from '../../../src/core/secret.js'
import { parseEnv, valuesOf } from '../../../src/dotenv/parse.js'
import type { Dialect } from '../../../src/dotenv/types.js'
import { connect, type EnvSettings } from '../../../src/providers/env/connect.js'
import { held, name, text } from '../../support/local-store.js'

const PATH = '/app/.env'

/** One file in memory, as the machine's files would give it. */
function fileOf(content: string | Uint8Array | undefined) {
  const state = { bytes: typeof content === 'string' ? Buffer.from(content) : content, writes: 0 }
  const files = {
    read: async () => state.bytes,
    async replace(_path: string, bytes: Uint8Array) {
      await new Promise((done) => setImmediate(done))
      state.bytes = bytes
      state.writes++
    },
  }
  return { files, state, text: () => Buffer.from(state.bytes ?? []).toString('utf8') }
}

async function open(content: string | Uint8Array | undefined, settings: Partial<EnvSettings> = {}, key = 1) {
  const file = fileOf(content)
  const ports = { fingerprintKey: new Uint8Array(32).fill(key), files: file.files }
  return { ...file, provider: await connect({ environment: {}, file: PATH, ...settings }, ports) }
}

async function bare(environment: EnvSettings['environment']) {
  const ports = { fingerprintKey: new Uint8Array(32), files: fileOf(undefined).files }
  return connect({ environment }, ports)
}

const names = async (provider: Awaited<ReturnType<typeof bare>>, prefix?: string): Promise<string[]> => {
  const found: string[] = []
  for await (const listing of provider.list(prefix === undefined ? {} : { prefix })) found.push(listing.name)
  return found
}

describe('reading', () => {
  test('a name is the variable in upper case, and a variable the name in lower case', async () => {
    const provider = await bare({ DATABASE_URL: 'postgres://x', EMPTY: '', UNSET: undefined })
    expect(await held(provider, 'database-url')).toBe('postgres://x')
    expect(await held(provider, 'empty')).toBe('')
    expect(await held(provider, 'unset')).toBe('absent')
    expect(await names(provider)).toEqual(['database-url', 'empty'])
  })

  test('the environment wins over the file', async () => {
    const { provider } = await open('A=file\nB=file\n', { environment: { A: 'environment' } })
    expect([await held(provider, 'a'), await held(provider, 'b')]).toEqual(['environment', 'file'])
    expect(await names(provider, 'a')).toEqual(['a'])
  })

  test('a variable in lower case is found, and the usual one wins over it', async () => {
    const { provider } = await open('database_url=low\nA_B=usual\na_b=other\n')
    expect([await held(provider, 'database-url'), await held(provider, 'a-b')]).toEqual(['low', 'usual'])
  })

  test('two variables that meet in one name are refused with both named', async () => {
    const { provider } = await open('a_b=1\nA-b=2\n', { dialect: 'docker' })
    await expect(provider.read(name('a-b'))).rejects.toMatchObject({
      code: 'NAME_INVALID',
      details: { names: ['a_b', 'A-b'] },
    })
  })

  test('the file is read as its dialect says', async () => {
    const content = 'A=b#c\n'
    expect(await held((await open(content, { dialect: 'dotenv' })).provider, 'a')).toBe('b')
    expect(await held((await open(content, { dialect: 'compose' })).provider, 'a')).toBe('b#c')
  })

  test('a file that is missing has no variables; one that cannot be read is no answer', async () => {
    expect(await held((await open(undefined)).provider, 'a')).toBe('absent')
    const { provider } = await open(Uint8Array.from([65, 61, 0, 10]))
    await expect(provider.read(name('a'))).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      details: { place: { offset: 2 } },
    })
    const refused = (await open('A=$(id)\n', { dialect: 'shell' })).provider
    await expect(refused.read(name('a'))).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      details: { place: { line: 1 } },
    })
  })

  test('a version is the same in every process, and another for another value, key or machine', async () => {
    const versionIn = async (content: string, key = 1) => {
      const found = await (await open(content, {}, key)).provider.read(name('a'))
      return found.state === 'present' ? found.version : 'none'
    }
    const first = await versionIn('A=1\n')
    expect(await versionIn('# moved\nB=2\nA=1\n')).toBe(first)
    expect(new Set([first, await versionIn('A=2\n'), await versionIn('A=1\n', 2)]).size).toBe(3)
    expect(first).not.toBe(createHash('sha256').update('1').digest('hex').slice(0, 16))
    expect(await (await open('A=1\n')).provider.read(name('a'), version('other'))).toEqual({ state: 'absent' })
  })
})

describe('without a file', () => {
  test('it is not writable, and a write is refused', async () => {
    const provider = await bare({ A: '1' })
    expect(provider.traits.writable).toBe(false)
    const writing = provider.write(name('b'), text('x'), { expect: 'absent', token: 't' })
    await expect(writing).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    await expect(provider.remove(name('a'), { expect: version('x') })).rejects.toMatchObject({ code: 'UNSUPPORTED' })
  })

  test('there is nothing to undelete, label or stage', async () => {
    const { provider } = await open('')
    const { undelete, label, staging, versions } = provider
    expect([undelete, label, staging, versions]).toEqual([undefined, undefined, undefined, undefined])
  })
})

/** Writes over what is there and gives the file's text. */
async function written(content: string, key: string, value: string, dialect: Dialect = 'dotenv'): Promise<string> {
  const opened = await open(content, { dialect })
  const found = await opened.provider.read(name(key))
  const expect = found.state === 'present' ? found.version : 'absent'
  await opened.provider.write(name(key), text(value), { expect, token: 't' })
  return opened.text()
}

describe('writing', () => {
  test.each([
    ['an empty file', '', 'a', 'v', "A='v'\n"],
    ['a new variable', 'B=1\n', 'a-b', 'v', "B=1\nA_B='v'\n"],
    ['a last line without end', 'B=1', 'a', 'v', "B=1\nA='v'\n"],
    ['Windows line ends', 'B=1\r\n', 'a', 'v', "B=1\r\nA='v'\r\n"],
    ['a byte order mark', '\uFEFFB=1\n', 'a', 'v', "\uFEFFB=1\nA='v'\n"],
    ['a value in its place', '# top\nexport A="1" # why\nB=2\n', 'a', 'v', "# top\nexport A='v' # why\nB=2\n"],
    ['a value of several lines', 'A="1\n2"\nB=2\n', 'a', 'v', "A='v'\nB=2\n"],
    ['all assignments of the name', 'A=1\nB=2\nA=3\n', 'a', 'v', "A='v'\nB=2\nA='v'\n"],
    ['a variable in lower case', 'a=1\n', 'a', 'v', "a='v'\n"],
    ['an empty value', 'A=1\n', 'a', '', "A=''\n"],
    ['a quote in the value', '', 'a', "it's", 'A="it\'s"\n'],
    ['dollars and hashes', '', 'a', 'p$1#2 "x"', 'A=\'p$1#2 "x"\'\n'],
    ['several lines', '', 'a', 'one\ntwo', "A='one\ntwo'\n"],
    ['a variable that another uses', 'A=1\nB=${A}\n', 'a', 'v', "A='v'\nB=${A}\n"],
  ])('%s', async (_, content, key, value, expected) => {
    expect(await written(content, key, value)).toBe(expected)
  })

  test('docker gets no quotes, which it would keep', async () => {
    expect(await written('', 'a', 'plain', 'docker')).toBe('A=plain\n')
  })

  test.each([
    ['every kind of quote and a dollar', `'"\`$x`],
    ['a carriage return', 'a\rb'],
    ['what another reader would expand', '${B}'],
  ])('a value that no form gives to all readers is refused: %s', async (_, value) => {
    const { provider, state } = await open('B=1\n')
    const writing = provider.write(name('a'), text(value), { expect: 'absent', token: 't' })
    await expect(writing).rejects.toMatchObject({ code: 'VALUE_UNFIT' })
    expect(state.writes).toBe(0)
  })

  test('what is written reads back in all four common dialects, and other variables as before', async () => {
    const values = [
      'simple',
      ' spaces ',
      'a=b',
      'x#y',
      '#',
      'p$w',
      '\\n',
      "'",
      '"',
      'äöü 🔑',
      'a\n\nb',
      '-----BEGIN\nKEY-----\n',
      '$2b$10$abc',
    ]
    for (const value of values) {
      const after = await written('B=1\nC="two # 2"\n', 'a', value)
      for (const dialect of ['dotenv', 'node', 'python', 'compose'] as const) {
        const read = Object.fromEntries(valuesOf(parseEnv(after, { dialect })))
        expect([value, dialect, read]).toEqual([value, dialect, { A: value, B: '1', C: 'two # 2' }])
      }
    }
  })

  test('is refused where the environment would hide it, and says so', async () => {
    const { provider, state } = await open('A=file\n', { environment: { A: 'environment', B: 'x' } })
    for (const key of ['a', 'b']) {
      const found = await provider.read(name(key))
      const expected = found.state === 'present' ? found.version : 'absent'
      const writing = provider.write(name(key), text('new'), { expect: expected, token: 't' })
      await expect(writing).rejects.toMatchObject({ code: 'CONFLICT', details: { target: 'process environment' } })
      await expect(provider.remove(name(key), { expect: version('x') })).rejects.toMatchObject({ code: 'CONFLICT' })
    }
    expect(state.writes).toBe(0)
  })

  test('is refused with CONFLICT unless what is expected is there', async () => {
    const { provider, state } = await open('A=1\n')
    for (const expected of ['absent', 'deleted', version('other')] as const) {
      const writing = provider.write(name('a'), text('2'), { expect: expected, token: 't' })
      await expect(writing).rejects.toMatchObject({ code: 'CONFLICT', details: { names: ['a'] } })
    }
    expect(state.writes).toBe(0)
  })

  test.each([
    ['an upper-case name', 'A', text('x'), 'NAME_INVALID'],
    ['a name that no variable has', 'a.b', text('x'), 'NAME_INVALID'],
    ['a binary value', 'a', SecretValue.fromBytes(Uint8Array.from([255])), 'VALUE_UNFIT'],
    ['a value that is too large', 'a', text('x'.repeat(128_001)), 'VALUE_UNFIT'],
    ['a zero byte', 'a', text('a\0b'), 'VALUE_UNFIT'],
  ])('refuses %s', async (_, key, value, code) => {
    const { provider, state } = await open('')
    await expect(provider.write(name(key), value, { expect: 'absent', token: 't' })).rejects.toMatchObject({ code })
    expect(state.writes).toBe(0)
  })

  test('writes at once in one process lose nothing', async () => {
    const { provider, text: content } = await open('')
    const keys = ['a', 'b', 'c', 'd']
    await Promise.all(keys.map((key) => provider.write(name(key), text(key), { expect: 'absent', token: key })))
    expect(Object.fromEntries(valuesOf(parseEnv(content(), { dialect: 'dotenv' })))).toEqual({
      A: 'a',
      B: 'b',
      C: 'c',
      D: 'd',
    })
  })

  test('many are one change of the file, or none', async () => {
    const { provider, state } = await open('C=1\n')
    const write = (key: string) => ({ name: name(key), value: text(key), expect: 'absent', token: key }) as const
    await expect(provider.writeMany?.([write('a'), write('c')])).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(state.writes).toBe(0)
    const made = await provider.writeMany?.([write('a'), write('b')])
    expect([state.writes, [...(made?.keys() ?? [])]]).toEqual([1, ['a', 'b']])
    const found = await provider.readMany([name('a'), name('b')])
    expect([...found.values()].map((lookup) => lookup.state === 'present' && lookup.version)).toEqual([
      ...(made?.values() ?? []),
    ])
  })
})

describe('removing', () => {
  test.each([
    ['the line, with its comment', '# a\nA=1 # x\nB=2\n', '# a\nB=2\n'],
    ['the last line', 'B=2\nA=1', 'B=2\n'],
    ['Windows line ends', 'A=1\r\nB=2\r\n', 'B=2\r\n'],
    ['a value of several lines', 'A="1\n2"\nB=2\n', 'B=2\n'],
    ['all assignments', 'A=1\nB=2\nexport A=3\n', 'B=2\n'],
  ])('takes %s', async (_, before, expected) => {
    const { provider, text: content } = await open(before)
    const found = await provider.read(name('a'))
    if (found.state !== 'present') throw new Error(found.state)
    await provider.remove(name('a'), { expect: found.version })
    expect(content()).toBe(expected)
    expect(await held(provider, 'a')).toBe('absent')
  })

  test('a first line after a byte order mark, which some take as part of the name, is left alone', async () => {
    const { provider, state } = await open('\uFEFFA=1\nB=2\n')
    const found = await provider.read(name('a'))
    const removing = provider.remove(name('a'), { expect: found.state === 'present' ? found.version : version('none') })
    await expect(removing).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    expect(state.writes).toBe(0)
  })

  test('many are one change of the file', async () => {
    const { provider, state, text: content } = await open('A=1\nB=2\nC=3\n')
    const found = await provider.readMany([name('a'), name('c')])
    const removes = [...found].map(([each, lookup]) => ({
      name: each,
      expect: lookup.state === 'present' ? lookup.version : version('none'),
    }))
    await provider.removeMany?.(removes)
    expect([state.writes, content()]).toEqual([1, 'B=2\n'])
  })
})

test('the identity names the file', async () => {
  expect([await (await open('')).provider.identity(), await (await bare({})).identity()]).toEqual([
    `env:${PATH}`,
    'env',
  ])
})
