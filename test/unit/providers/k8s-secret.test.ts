import { describe, expect, test } from '@jest/globals'
import type { V1Secret } from '@kubernetes/client-node'
import { type SecretName, secretName } from '../../../src/core/names.js'
import { SecretValue } from '../../../src/core/secret.js'
import type { Api } from '../../../src/providers/k8s/api.js'
import { ANNOTATION, annotationFor, notesOf, ownKeys } from '../../../src/providers/k8s/notes.js'
import { listings, lookup, viewOf } from '../../../src/providers/k8s/view.js'
import { label, removeMany, writeMany } from '../../../src/providers/k8s/writes.js'

const b64 = (text: string) => Buffer.from(text).toString('base64')
const [a, b] = [secretName('a'), secretName('b')]
const text = (value: string) => SecretValue.fromText(value)

const secret = (
  data: Record<string, string>,
  more: { notes?: object | string; own?: string[]; uid?: string } = {},
): V1Secret => ({
  data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, b64(value)])),
  metadata: {
    uid: more.uid ?? 'u-1',
    resourceVersion: '1',
    ...(more.notes === undefined
      ? {}
      : { annotations: { [ANNOTATION]: typeof more.notes === 'string' ? more.notes : JSON.stringify(more.notes) } }),
    managedFields: [
      {
        manager: 'vibesecrets',
        fieldsV1: { 'f:data': Object.fromEntries((more.own ?? []).map((key) => [`f:${key}`, {}])) },
      },
      { manager: 'kubectl', fieldsV1: { 'f:data': { 'f:theirs': {} } } },
    ],
  },
})
const see = (one: V1Secret, name: SecretName) => lookup(viewOf(one), name)
const versionOf = (one: V1Secret, name = a) => {
  const found = see(one, name)
  return found.state === 'present' ? found.version : found.state
}

describe('a key of a Secret', () => {
  test('is absent where the Secret or the key is not there, and empty where its value is', () => {
    expect([lookup(undefined, a), see(secret({ b: 'x' }), a)]).toEqual([{ state: 'absent' }, { state: 'absent' }])
    expect(see(secret({}), secretName('constructor'))).toEqual({ state: 'absent' })
    expect(see(secret({ a: '' }), a)).toMatchObject({ state: 'present', value: text('') })
  })

  test('tells who wrote it only while the API server says that the value is ours', () => {
    const notes = { a: { token: 't', updatedAt: '2026-11-24T12:00:00.000Z', labels: { k: 'v' }, description: 'd' } }
    expect(see(secret({ a: 'x' }, { notes, own: ['a'] }), a)).toMatchObject({
      writtenBy: 't',
      createdAt: new Date(notes.a.updatedAt),
    })
    const theirs = see(secret({ a: 'y' }, { notes, own: [] }), a)
    expect(theirs).toMatchObject({ labels: { k: 'v' }, description: 'd' })
    expect(theirs).not.toHaveProperty('writtenBy')
  })

  test('has a version that changes with value, name, writer and Secret, and with nothing else', () => {
    const one = secret({ a: 'x' })
    const notes = { a: { token: 't' } }
    expect(versionOf(secret({ a: 'x', b: 'more' }, { notes: { b: { labels: { k: 'v' } } } }))).toBe(versionOf(one))
    const others = [
      versionOf(secret({ a: 'y' })),
      versionOf(secret({ a: 'x' }, { uid: 'u-2' })),
      versionOf(secret({ a: 'x' }, { notes, own: ['a'] })),
      versionOf(secret({ b: 'x' }), b),
    ]
    expect(new Set([...others, versionOf(one)]).size).toBe(5)
  })

  test('listings have names of the prefix in order, and no value', () => {
    const found = listings(viewOf(secret({ 'p-b': '1', 'p-a': '2', other: '3' })), 'p-')
    expect(found.map(({ name }) => name)).toEqual(['p-a', 'p-b'])
    expect(found.every((one) => !('value' in one))).toBe(true)
  })
})

describe('notes', () => {
  test.each(['nonsense', '[]', '3', '{"a":3}', '{"a":{"token":7}}', '{"a":{"labels":{"k":{}}}}', '{"a":null}'])(
    'a broken annotation %s counts as empty',
    (notes) => expect(notesOf(secret({ a: 'x' }, { notes }).metadata).size).toBe(0),
  )

  test('keys are ours by the manager that the API server recorded', () => {
    expect([...ownKeys(secret({}, { own: ['a', 'f:b'] }).metadata)]).toEqual(['a', 'f:b'])
    expect(ownKeys(undefined).size).toBe(0)
  })

  test('dates are shed when the annotation is full, and then it does not fit', () => {
    const notes = (count: number) =>
      new Map(
        Array.from({ length: count }, (_, at) => [
          `${at}`,
          { token: 'x'.repeat(190), updatedAt: '2026-11-24T12:00:00.000Z' },
        ]),
      )
    expect(annotationFor(notes(1_000), undefined)).toContain('updatedAt')
    expect(annotationFor(notes(1_200), undefined)).not.toContain('updatedAt')
    expect(annotationFor(notes(1_300), undefined)).toBeUndefined()
    expect(annotationFor(notes(1_000), { annotations: { other: 'x'.repeat(100_000) } })).toBeUndefined()
  })
})

/** An API server of one Secret, which refuses the first `conflicts` patches. */
function server(start: V1Secret | undefined, conflicts = 0, meanwhile?: V1Secret) {
  let now = start
  let left = conflicts
  const bodies: { metadata?: { resourceVersion?: string }; data: Record<string, string | null> }[] = []
  const conflict = (): boolean => {
    if (left-- <= 0) return false
    now = meanwhile ?? now
    return true
  }
  const api: Api = {
    place: { namespace: 'ns', name: 'app' },
    get: async () => now,
    create: async (body) => {
      bodies.push(body as never)
      if (conflict()) return 'conflict'
      now = { ...body, metadata: { ...body.metadata, uid: 'u-1', resourceVersion: '1' } }
      return now
    },
    patch: async (body) => {
      bodies.push(body as never)
      if (conflict()) return 'conflict'
      const { data, metadata } = body as { data: Record<string, string | null>; metadata: object }
      const merged = Object.entries({ ...now?.data, ...data }).filter(
        (entry): entry is [string, string] => entry[1] !== null,
      )
      now = { ...now, data: Object.fromEntries(merged), metadata: { ...now?.metadata, ...metadata } }
      return now
    },
    close: () => undefined,
  }
  return { api, bodies }
}
const at = () => new Date('2026-11-24T12:00:00Z')
const write = (name: SecretName, value: string, expect: never | 'absent' = 'absent') => ({
  name,
  value: text(value),
  expect,
  token: `t-${name}`,
})

describe('changing a Secret', () => {
  test('a Secret that is not there is made, with type and place', async () => {
    const { api, bodies } = server(undefined)
    await writeMany(api, [write(a, '1'), write(b, '2')], at)
    expect(bodies).toMatchObject([
      { type: 'Opaque', metadata: { namespace: 'ns', name: 'app' }, data: { a: b64('1'), b: b64('2') } },
    ])
  })

  test('a patch holds the changed keys only, and the resourceVersion that was looked at', async () => {
    const { api, bodies } = server(secret({ theirs: 'x' }))
    await writeMany(api, [write(a, '1')], at)
    expect(bodies).toMatchObject([{ metadata: { resourceVersion: '1' }, data: { a: b64('1') } }])
    expect(Object.keys(bodies[0]?.data ?? {})).toEqual(['a'])
  })

  test('one write that may not be done stops all of them', async () => {
    const { api, bodies } = server(secret({ b: 'theirs' }))
    await expect(writeMany(api, [write(a, '1'), write(b, '2')], at)).rejects.toMatchObject({
      code: 'CONFLICT',
      details: { names: ['b'] },
    })
    expect(bodies).toEqual([])
  })

  test('after a conflict everything is looked at again', async () => {
    const harmless = server(secret({}), 1, secret({ theirs: 'x' }))
    await writeMany(harmless.api, [write(a, '1')], at)
    expect(harmless.bodies.length).toBe(2)
    const lost = server(secret({}), 1, secret({ a: 'theirs' }))
    await expect(writeMany(lost.api, [write(a, '1')], at)).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(lost.bodies.length).toBe(1)
  })

  test('conflicts without end end', async () => {
    const { api, bodies } = server(secret({}), 1_000)
    await expect(writeMany(api, [write(a, '1')], at)).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(bodies.length).toBe(25)
  })

  test('a write that is there already is not made again', async () => {
    const { api, bodies } = server(secret({ a: '1' }, { notes: { a: { token: 't-a' } }, own: ['a'] }))
    await writeMany(api, [write(a, '1')], at)
    expect(bodies).toEqual([])
  })

  test('removing takes the keys and their notes away, and nothing when one is not as expected', async () => {
    const start = secret({ a: '1', b: '2' }, { notes: { a: { labels: { k: 'v' } }, b: {} } })
    const { api, bodies } = server(start)
    await expect(
      removeMany(api, [
        { name: a, expect: versionOf(start) as never },
        { name: b, expect: 'old' as never },
      ]),
    ).rejects.toMatchObject({ code: 'CONFLICT' })
    await removeMany(api, [{ name: a, expect: versionOf(start) as never }])
    await removeMany(api, [])
    expect(bodies).toMatchObject([{ data: { a: null }, metadata: { annotations: { [ANNOTATION]: '{"b":{}}' } } }])
  })

  test('labelling touches no data', async () => {
    const start = secret(
      { a: '1' },
      { notes: { a: { token: 't', labels: { old: 'x' }, description: 'd' } }, own: ['a'] },
    )
    const { api, bodies } = server(start)
    await label(api, a, { k: 'v' }, { expect: versionOf(start) as never })
    expect(bodies[0]?.data).toEqual({})
    expect(see((await api.get('')) as V1Secret, a)).toMatchObject({
      labels: { k: 'v' },
      description: 'd',
      writtenBy: 't',
    })
  })
})
