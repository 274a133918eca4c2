import { describe, expect, test } from '@jest/globals'
import { Failure } from '../../../src/core/failure.js'
import { type ReferenceLookup, resolve } from '../../../src/core/resolve.js'
import { SecretValue } from '../../../src/core/secret.js'

const asked: string[] = []
function lookup(secrets: Record<string, string | Uint8Array>, env: Record<string, string> = {}): ReferenceLookup {
  return {
    async secret({ name }) {
      asked.push(name)
      const value = Object.hasOwn(secrets, name) ? secrets[name]! : undefined
      return value === undefined
        ? undefined
        : typeof value === 'string'
          ? SecretValue.fromText(value)
          : SecretValue.fromBytes(value)
    },
    env: (name) => (Object.hasOwn(env, name) ? env[name] : undefined),
  }
}
async function shown(text: string, from: ReferenceLookup, key?: string): Promise<string> {
  const value = await resolve(text, from, key)
  return typeof value === 'string' ? `text ${value}` : `secret ${value.reveal()}`
}
async function failure(text: string, from: ReferenceLookup, key?: string) {
  const error = await resolve(text, from, key).catch((caught: unknown) => caught)
  if (!(error instanceof Failure)) throw new Error('no failure')
  return { code: error.code, why: error.details.why, names: error.details.names }
}

describe('resolve', () => {
  const from = lookup(
    {
      pw: 'p/w #1',
      json: '{"db":{"password":"x","port":5432},"a.b":"dotted","list":["zero"]}',
      trap: '${secret:pw}${env:HOST}',
    },
    { HOST: 'db', URL: 'pg://${env:HOST}/${secret:pw|urlencode}', EMPTY: '' },
  )
  const rows: [string, string][] = [
    ['plain $${x}', 'text plain ${x}'],
    ['', 'text '],
    ['${secret:pw}', 'secret p/w #1'],
    ['secret://pw', 'secret p/w #1'],
    ['pg://app:${secret:pw|urlencode}@db', 'secret pg://app:p%2Fw%20%231@db'],
    ['${secret:pw|base64}', 'secret cC93ICMx'],
    ['${env:HOST}:${env:PORT:-80}${env:EMPTY:-!}', 'text db:80!'],
    ['<${env:EMPTY}>', 'text <>'],
    ['${env:URL}', 'secret pg://db/p%2Fw%20%231'],
    ['${secret:json#db.password}', 'secret x'],
    ['${secret:json#db.port}', 'secret 5432'],
    ['${secret:json#a.b}', 'secret dotted'],
    ['${secret:json#list.0}', 'secret zero'],
    ['${secret:json#db}', 'secret {"password":"x","port":5432}'],
  ]
  for (const [text, expected] of rows)
    test(`${text || 'nothing'} gives a ${expected.split(' ')[0]}`, async () =>
      expect(await shown(text, from)).toBe(expected))

  test('what a secret holds is never read as a reference', async () => {
    expect(await shown('${secret:trap}', from)).toBe('secret ${secret:pw}${env:HOST}')
  })
  test('a binary secret comes whole, byte for byte, but not inside a text', async () => {
    const binary = lookup({ key: Uint8Array.of(0, 255, 128) })
    expect(((await resolve('${secret:key}', binary)) as SecretValue).revealBytes()).toEqual(Uint8Array.of(0, 255, 128))
    expect(await shown('${secret:key|base64}', binary)).toBe('secret AP+A')
    expect((await failure('x${secret:key}', binary)).code).toBe('VALUE_UNFIT')
    expect((await failure('${secret:key|urlencode}', binary)).code).toBe('VALUE_UNFIT')
  })
  test('what is missing is named with the key that refers to it', async () => {
    expect(await failure('${secret:gone@3}', from, 'API_KEY')).toEqual({
      code: 'SECRET_NOT_FOUND',
      why: '${secret:gone@3}: there is no such secret',
      names: ['API_KEY'],
    })
    expect((await failure('${env:GONE}', from)).why).toBe('${env:GONE}: the variable is not set')
    expect((await failure('${secret:json#db.nope}', from)).why).toBe(
      '${secret:json#db.nope}: the secret has no such field',
    )
    expect((await failure('${secret:json#constructor}', from)).code).toBe('SECRET_NOT_FOUND')
    expect((await failure('${secret:', from, 'API_KEY')).names).toEqual(['API_KEY'])
  })
  test('a value that is no JSON is not quoted by the error', async () => {
    expect(await failure('${secret:pw#a}', from)).toEqual({
      code: 'VALUE_UNFIT',
      why: '${secret:pw#a}: the value is not JSON, so it has no fields',
      names: undefined,
    })
  })
  test('a doubt of the provider is passed on, never read as missing', async () => {
    const down: ReferenceLookup = { secret: () => Promise.reject(new Failure('UNAVAILABLE')), env: () => undefined }
    expect((await failure('${secret:a}', down)).code).toBe('UNAVAILABLE')
  })

  test('a circle is an error that names it', async () => {
    const round = lookup({}, { A: '${env:B}', B: 'x${env:C}', C: '${env:A}', SELF: '${env:SELF}' })
    expect(await failure('${env:A}', round)).toMatchObject({
      code: 'INPUT_INVALID',
      why: 'they go in a circle: A → B → C → A',
    })
    expect((await failure('${env:B}', round, 'A')).why).toBe('they go in a circle: A → B → C → A')
    expect((await failure('${env:SELF}', round)).why).toBe('they go in a circle: SELF → SELF')
  })
  test('each variable is resolved once, and texts that double themselves are stopped', async () => {
    const doubling = Object.fromEntries(
      Array.from({ length: 60 }, (_, i) => [`V${i}`, `\${env:V${i + 1}}\${env:V${i + 1}}`]),
    )
    asked.length = 0
    expect(await shown('${env:V0}', lookup({ e: '' }, { ...doubling, V60: '${secret:e}' }))).toBe('secret ')
    expect(asked).toEqual(['e'])
    expect((await failure('${env:V0}', lookup({}, { ...doubling, V60: 'x' }))).why).toBe(
      'references grow to more than 4 MiB',
    )
  })
  test('a chain may be deep, but not without end', async () => {
    const chain = (length: number) =>
      Object.fromEntries(Array.from({ length }, (_, i) => [`V${i}`, i + 1 < length ? `\${env:V${i + 1}}` : 'end']))
    expect(await shown('${env:V0}', lookup({}, chain(100)))).toBe('text end')
    expect((await failure('${env:V0}', lookup({}, chain(50_000)))).why).toBe('references are more than 100 deep')
  })
})
