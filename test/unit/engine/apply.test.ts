import { describe, expect, test } from '@jest/globals'
import { Failure } from '../../../src/core/failure.js'
import type { SecretName } from '../../../src/core/names.js'
import type { Plan, Step } from '../../../src/core/plan.js'
import type { Lookup, Provider } from '../../../src/core/ports.js'
import { version } from '../../../src/core/secret.js'
import { apply, fresh } from '../../../src/engine/apply.js'
import { worldOf } from '../../../src/engine/recover.js'
import {
  boot,
  bundleOf,
  ENV,
  lookAt,
  type Machine,
  machine,
  N,
  type Process,
  planOf,
  ref,
  seed,
  textOf,
} from '../../support/world.js'

const put = (name: string, text: string, more: Partial<Step> = {}): Step =>
  ({ op: 'put', name: N(name), value: ref('new', name, text), before: 'absent', ...more }) as Step

const values = bundleOf({
  new: { a: 'a1', b: 'b1', c: 'c1', [ENV]: 'new file' },
  old: { a: 'a0', [ENV]: 'old file' },
})

async function run(on: Machine, plan: Plan, change: (provider: Provider) => Partial<Provider> = () => ({}), more = {}) {
  const process = boot(on, undefined, more)
  const provider = { ...process.surroundings.provider, ...change(process.surroundings.provider) }
  await process.runs.begin(plan, values)
  const world = worldOf(plan.id, process.runs, { ...process.surroundings, provider })
  const done = apply({ plan, progress: fresh }, world)
  return { process, result: await done.catch((error: unknown) => error) }
}

const stateOf = async ({ runs }: Process): Promise<string> => (await runs.load('a001')).state

describe('a stage', () => {
  test('is read together once before and once after, and written together', async () => {
    const calls: string[] = []
    const count = (provider: Provider): Partial<Provider> => ({
      readEach: async (names) => {
        calls.push(`read ${names.join()}`)
        return (await provider.readEach?.(names)) ?? new Map()
      },
      writeMany: async (writes) => {
        calls.push(`write ${writes.map(({ name }) => name).join()}`)
        return (await provider.writeMany?.(writes)) ?? new Map()
      },
    })
    await run(machine(), planOf([[put('a', 'a1'), put('b', 'b1'), put('c', 'c1')]]), count)
    expect(calls).toEqual(['read a,b,c', 'write a,b,c', 'read a,b,c'])
  })

  test('needs no first read of names that were just looked up', async () => {
    const on = machine()
    const plan = planOf([[put('a', 'a1'), put('b', 'b1')]])
    const { runs, surroundings } = boot(on)
    const asked: (readonly SecretName[])[] = []
    const readEach = async (names: readonly SecretName[]) => {
      asked.push(names)
      return (await surroundings.provider.readEach?.(names)) ?? new Map()
    }
    await runs.begin(plan, values)
    const world = worldOf(plan.id, runs, { ...surroundings, provider: { ...surroundings.provider, readEach } })
    await apply({ plan, progress: fresh }, world, { seen: new Map([[N('a'), { state: 'absent' }]]) })
    expect(asked).toEqual([['b'], ['a', 'b']])
  })

  test('has at most `concurrency` acts at a time', async () => {
    const on = machine({ lacks: ['writeMany'] })
    let now = 0
    let most = 0
    const slowly = (provider: Provider): Partial<Provider> => ({
      write: async (...args) => {
        most = Math.max(most, ++now)
        await new Promise(setImmediate)
        now -= 1
        return provider.write(...args)
      },
    })
    await run(on, planOf([[put('a', 'a1'), put('b', 'b1'), put('c', 'c1')]]), slowly, { concurrency: 2 })
    expect(most).toBe(2)
  })

  test('one failure lets the others finish, and names what failed', async () => {
    const on = machine({ lacks: ['writeMany'] })
    const refuse = (provider: Provider): Partial<Provider> => ({
      write: async (name, ...rest) => {
        if (name === 'b') throw new Failure('PERMISSION_DENIED', { doing: 'writing' })
        return provider.write(name, ...rest)
      },
    })
    const { result, process } = await run(on, planOf([[put('a', 'a1'), put('b', 'b1'), put('c', 'c1')]]), refuse)
    expect(result).toMatchObject({
      code: 'PERMISSION_DENIED',
      details: { names: ['b'], done: 2, total: 3, doing: 'writing' },
    })
    expect([...(await process.runs.load('a001')).progress.settled.keys()]).toEqual([0, 2])
    expect(await stateOf(process)).toBe('open')
  })

  test('a batch that is refused goes one by one', async () => {
    const on = machine()
    const refuse = (provider: Provider): Partial<Provider> => ({
      writeMany: async () => {
        throw new Failure('VALUE_UNFIT')
      },
      write: async (name, ...rest) => {
        if (name === 'b') throw new Failure('VALUE_UNFIT', { secret: name })
        return provider.write(name, ...rest)
      },
    })
    const { result } = await run(on, planOf([[put('a', 'a1'), put('b', 'b1'), put('c', 'c1')]]), refuse)
    expect(result).toMatchObject({ code: 'VALUE_UNFIT', details: { names: ['b'], done: 2 } })
  })

  test('a later stage does not begin when an earlier one failed', async () => {
    const on = machine()
    on.files.set(ENV, Buffer.from('old file'))
    await seed(on, { a: 'other' })
    const saved = ref('old', ENV, 'old file')
    const content = ref('new', ENV, 'new file')
    const rewrite = {
      op: 'rewrite-env',
      path: ENV,
      before: saved.fingerprint,
      after: content.fingerprint,
      saved,
      content,
      changedLines: 1,
    } as const
    const { result } = await run(on, planOf([[put('a', 'a1'), put('b', 'b1')], [rewrite]]))
    expect(result).toMatchObject({
      code: 'FOREIGN_CHANGE',
      details: { names: ['a'], secret: 'a', target: 'memory', done: 0, total: 3 },
    })
    expect(Buffer.from(on.files.get(ENV) ?? []).toString()).toBe('old file')
    expect(textOf(await lookAt(on, 'b'))).toBe('absent')
  })
})

describe('what stops a run before its first act', () => {
  test('another target: the plan is stale, both are named, and the run is over', async () => {
    const { result, process } = await run(
      machine({ identity: 'account 2' }),
      planOf([[put('a', 'a1')]], { target: 'account 1' }),
    )
    expect(result).toMatchObject({
      code: 'PLAN_STALE',
      details: { names: ['account 1', 'account 2'], target: 'account 2' },
    })
    expect(await stateOf(process)).toBe('abandoned')
  })

  test('a doubt about one name: nothing is written', async () => {
    const on = machine()
    const doubt = (): Partial<Provider> => ({
      readEach: async () =>
        new Map<SecretName, Lookup | Error>([
          [N('a'), { state: 'absent' }],
          [N('b'), new Failure('PERMISSION_DENIED')],
        ]),
    })
    const { result } = await run(on, planOf([[put('a', 'a1'), put('b', 'b1')]]), doubt)
    expect(result).toMatchObject({ code: 'PERMISSION_DENIED', details: { names: ['b'] } })
    expect(on.store.changes).toBe(0)
  })

  test('an answer that lacks a name is not absence', async () => {
    const on = machine()
    const { result } = await run(on, planOf([[put('a', 'a1')]]), () => ({ readEach: async () => new Map() }))
    expect(result).toMatchObject({ code: 'PROTOCOL' })
    expect(on.store.changes).toBe(0)
  })

  test('a value that is not the planned one', async () => {
    const on = machine()
    const { result } = await run(on, planOf([[put('a', 'something else')]]))
    expect(result).toMatchObject({ code: 'PLAN_STALE', details: { names: ['a'] } })
    expect(on.store.changes).toBe(0)
  })

  test('a sink that throws', async () => {
    const on = machine()
    const emit = async (): Promise<void> => {
      throw new Failure('AUDIT_UNAVAILABLE')
    }
    const { result } = await run(on, planOf([[put('a', 'a1')]]), () => ({}), { sink: { emit } })
    expect(result).toMatchObject({ code: 'AUDIT_UNAVAILABLE' })
    expect(on.store.changes).toBe(0)
  })
})

describe('the answer of an act is never trusted', () => {
  test('an act without effect is NO_EFFECT', async () => {
    const silent = (): Partial<Provider> => ({ write: async () => version('v9') })
    const { result, process } = await run(machine(), planOf([[put('a', 'a1')]]), silent)
    expect(result).toMatchObject({ code: 'NO_EFFECT', details: { names: ['a'] } })
    expect(await stateOf(process)).toBe('open')
  })

  test('a lost reply is no lost write: it is not written twice', async () => {
    const on = machine()
    const lose = (provider: Provider): Partial<Provider> => ({
      write: async (...args) => {
        await provider.write(...args)
        throw new Failure('TIMEOUT', { mayHaveHappened: true })
      },
    })
    const { result } = await run(on, planOf([[put('a', 'a1')]]), lose)
    expect(result).toMatchObject({ state: 'done' })
    expect(on.store.changes).toBe(1)
  })

  test('a service that stays away is tried three times', async () => {
    let tries = 0
    const away = (): Partial<Provider> => ({
      write: async () => {
        tries += 1
        throw new Failure('UNAVAILABLE')
      },
    })
    const { result } = await run(machine(), planOf([[put('a', 'a1')]]), away)
    expect([tries, result]).toMatchObject([3, { code: 'UNAVAILABLE' }])
  })

  test('a refusal is not tried again', async () => {
    let tries = 0
    const refuse = (): Partial<Provider> => ({
      write: async () => {
        tries += 1
        throw new Failure('UNAUTHENTICATED')
      },
    })
    await run(machine(), planOf([[put('a', 'a1')]]), refuse)
    expect(tries).toBe(1)
  })

  test('a write that shows late is waited for, and not made twice', async () => {
    const on = machine({ traits: { settlesWithinMs: 5_000 } })
    const { result } = await run(on, planOf([[put('a', 'a1')]]))
    expect([result, on.store.changes]).toMatchObject([{ state: 'done' }, 1])
  })

  test('an old view that looks foreign is waited out', async () => {
    const on = machine({ traits: { settlesWithinMs: 5_000 } })
    await seed(on, { a: 'older' })
    on.now += 1
    const { store } = on
    store.set(
      'a',
      { ...store.get('a')!, versions: [{ ...store.get('a')!.versions[0], version: version('v7') }] },
      on.now,
    )
    const { result } = await run(on, planOf([[put('a', 'a1', { before: version('v7') })]]))
    expect(result).toMatchObject({ state: 'done' })
  })
})

describe('an interrupt', () => {
  test('stops between two acts; what was done is settled, the rest is open', async () => {
    const on = machine({ lacks: ['writeMany'] })
    const stop = new AbortController()
    const interrupt = (provider: Provider): Partial<Provider> => ({
      write: async (...args) => {
        stop.abort(new Failure('TERMINATED'))
        return provider.write(...args)
      },
    })
    const plan = planOf([[put('a', 'a1'), put('b', 'b1'), put('c', 'c1')]])
    const { result, process } = await run(on, plan, interrupt, { concurrency: 1, signal: stop.signal })
    expect(result).toMatchObject({ code: 'TERMINATED', details: { names: ['b', 'c'], done: 1, total: 3 } })
    const { progress, state } = await process.runs.load('a001')
    expect([[...progress.settled.keys()], state, on.store.changes]).toEqual([[0], 'open', 1])
  })

  test('while waiting for a write to show ends the waiting', async () => {
    const on = machine({ traits: { settlesWithinMs: 60_000 } })
    const { surroundings } = boot(on)
    const sleep = async (): Promise<void> => {
      throw new Failure('INTERRUPTED')
    }
    const { result, process } = await run(on, planOf([[put('a', 'a1')]]), () => ({}), {
      clock: { ...surroundings.clock, sleep },
    })
    expect(result).toMatchObject({ code: 'INTERRUPTED', details: { names: ['a'] } })
    expect(await stateOf(process)).toBe('open')
  })

  test('before the first act leaves nothing to finish', async () => {
    const { result, process } = await run(machine(), planOf([[put('a', 'a1')]]), () => ({}), {
      signal: AbortSignal.abort(),
    })
    expect(result).toMatchObject({ code: 'INTERRUPTED' })
    expect(await stateOf(process)).toBe('abandoned')
  })
})

describe('labels', () => {
  const labelled = async (on: Machine): Promise<Step> => {
    await seed(on, { a: 'a1' })
    const now = await lookAt(on, 'a')
    const before = now.state === 'present' ? now.version : 'absent'
    return put('a', 'a1', { before, labels: { key: 'A' }, description: 'what for' } as Partial<Step>)
  }

  test('are set on a value that stands already, without another version', async () => {
    const on = machine()
    await run(on, planOf([[await labelled(on)]]), (provider) => ({ ...provider, writeMany: undefined as never }))
    expect(await lookAt(on, 'a')).toMatchObject({ version: 'v1', labels: { key: 'A' }, description: 'what for' })
  })

  test('are written with the value where a provider cannot set them alone', async () => {
    const on = machine({ lacks: ['label', 'writeMany'] })
    const { result } = await run(on, planOf([[await labelled(on)]]))
    expect(result).toMatchObject({ state: 'done' })
    expect(await lookAt(on, 'a')).toMatchObject({ labels: { key: 'A' } })
  })
})

test('events tell what begins and what stands', async () => {
  const on = machine()
  await seed(on, { b: 'b1' })
  const { process } = await run(on, planOf([[put('a', 'a1'), put('b', 'b1')]]))
  expect(process.events.map((event) => event.type === 'step' && [event.index, event.state])).toEqual([
    [1, 'skipped'],
    [0, 'begun'],
    [0, 'done'],
  ])
})

test('what we write is marked as ours, other than on another machine', async () => {
  const marks = []
  for (const fingerprintKey of [new Uint8Array(32).fill(7), new Uint8Array(32).fill(8)]) {
    const on = machine()
    const plan = planOf([[put('a', 'a1')]])
    const own = {
      ...plan,
      stages: [
        [
          {
            ...put('a', 'a1'),
            value: { ...ref('new', 'a', 'a1'), fingerprint: values.new.get('a')!.fingerprint(fingerprintKey) },
          } as Step,
        ],
      ],
    }
    await run(on, own, () => ({}), { fingerprintKey })
    const now = await lookAt(on, 'a')
    marks.push(now.state === 'present' && now.writtenBy)
  }
  expect(marks[0]).toMatch(/^a001-[0-9a-f]{12}\/0$/)
  expect(marks[0]).not.toBe(marks[1])
})
