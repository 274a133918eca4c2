import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { jsonOf, type Row, rowText, tableText } from '../../../commands/rotate-view.js'
import { Failure } from '../../../src/core/failure.js'
import { planRotation } from '../../../src/flows/rotate.js'
import { getSigningKeys } from '../../../src/flows/rotate-keys.js'
import { performRotation } from '../../../src/flows/rotate-perform.js'
import { unstyled } from '../../../src/ui/style.js'
import { contextOf, GRACE_MS, JWT, OLD, request } from '../../engine/rotation-world.js'
import { type Machine, machine, N, seed } from '../../support/world.js'

const schema = JSON.parse(
  readFileSync(new URL('../../../schemas/rotate.schema.json', import.meta.url), 'utf8'),
) as object
const validate = new Ajv2020({ formats: { 'date-time': true } }).compile(schema)

async function rows(): Promise<{ on: Machine; all: Row[] }> {
  const on = machine()
  await seed(on, { [JWT]: 'first-value', 'session-secret': 'second-value' })
  const { context } = contextOf(on)
  const random = await planRotation(request({ name: N('session-secret') }), context)
  const jwt = await planRotation(request(), context)
  await performRotation(jwt.prepared!, context)
  const due = await planRotation(
    request({ due: true, rules: { everyMs: 1e9, restart: [], reencrypt: [], count: [], command: [] } }),
    context,
  )
  const kept = await planRotation(request({ finalize: true }), context)
  const nothing = await planRotation(request({ name: N('session-secret'), finalize: true }), context)
  const [run] = await context.runs.list()
  const consumers = ['deployment/app']
  const all: Row[] = [
    { name: N('session-secret'), state: 'looked', rotation: random, consumers },
    { name: JWT, state: 'done', rotation: jwt, consumers },
    { name: JWT, state: 'looked', rotation: due, consumers: [] },
    { name: JWT, state: 'looked', rotation: kept, consumers: [] },
    { name: JWT, state: 'looked', rotation: nothing, consumers: [] },
    { name: JWT, state: 'resume', run: run! },
    { name: JWT, state: 'resumed', run: run! },
    {
      name: N('gone'),
      state: 'failed',
      failure: new Failure('SECRET_NOT_FOUND', { secret: 'gone', why: 'there is no such secret' }),
    },
  ]
  return { on, all }
}

describe('the report', () => {
  test('as JSON is what its schema says, for every state', async () => {
    const { all } = await rows()
    for (const dry of [true, false]) {
      const json: unknown = JSON.parse(JSON.stringify(jsonOf(all, 'memory', 'memory', dry)))
      validate(json)
      expect(validate.errors).toBeNull()
      expect(json).toMatchObject({ summary: { rotated: 2, planned: 2, unchanged: 3, failed: 1, removed: 0 } })
    }
  })

  test('as text says what was done, what was not, and how to go back', async () => {
    const { on, all } = await rows()
    const view = { target: 'memory', now: new Date(on.now), width: undefined, last: 'dry run: nothing was changed' }
    const texts = all.map((row) => unstyled(rowText(row, view)))
    expect(texts[0]).toMatch(
      /· store a new value of session-secret +generated: alphanumeric:32\n.*restart deployment\/app[\s\S]*dry run/,
    )
    expect(texts[1]).toMatch(
      /✔ old value kept as jwt-secret-old[\s\S]*✔ new value of jwt-secret stored[\s\S]*go back: vibesecrets rollback/,
    )
    expect(texts[2]).toMatch(/not due +in 11 d, grace until/)
    expect(texts[3]).toMatch(/old value kept +accepted until 2023-/)
    expect(texts[4]).toContain('nothing to finalize')
    expect(texts[5]).toContain('finish the unfinished rotation')
    expect(texts[6]).toContain('go back')
    expect(tableText(all, view).split('\n')).toHaveLength(8 + 2 + 2)
    expect(texts.join('')).not.toMatch(/first-value|second-value/)
  })
})

describe('getSigningKeys()', () => {
  test('gives the old key within its grace only, and tells the two apart', async () => {
    const { on } = await rows()
    const { provider } = contextOf(on).context
    const keys = await getSigningKeys(provider, JWT, new Date(on.now))
    expect(keys.previous?.value.reveal()).toBe('first-value')
    expect(keys.previous?.until).toEqual(new Date(on.now + GRACE_MS))
    expect(keys.current.id).not.toBe(keys.previous?.id)
    expect((await getSigningKeys(provider, JWT, new Date(on.now + GRACE_MS - 1))).previous).toBeDefined()
    expect((await getSigningKeys(provider, JWT, new Date(on.now + GRACE_MS))).previous).toBeUndefined()
  })
  test('takes no secret of another purpose for an old key', async () => {
    const on = machine()
    await seed(on, { [JWT]: 'first-value', [OLD]: 'mine' })
    expect(await getSigningKeys(contextOf(on).context.provider, 'jwt-secret', new Date(on.now))).not.toHaveProperty(
      'previous',
    )
  })
  test('throws where there is no key', async () => {
    const { provider } = contextOf(machine()).context
    await expect(getSigningKeys(provider, 'jwt-secret', new Date(0))).rejects.toMatchObject({
      code: 'SECRET_NOT_FOUND',
    })
  })
})
