import { describe, expect, test } from '@jest/globals'
import { Failure } from '../../src/core/failure.js'
import { recover } from '../../src/flows/recover.js'
import { planRotation } from '../../src/flows/rotate.js'
import { performRotation, resumeRotation } from '../../src/flows/rotate-perform.js'
import { Crash, Faults } from '../support/faults.js'
import { memoryFolder } from '../support/folder.js'
import { type Machine, machine, N, seed } from '../support/world.js'
import { accepted, attempt, contextOf, GRACE_MS, held, JWT, OLD, request, rotate, unhurried } from './rotation-world.js'

const key = (host: number): Uint8Array => new Uint8Array(32).fill(host)
/** Another machine: its own state folder and key, the same service and time. */
const otherHost = (on: Machine): Machine => ({ ...on, folder: memoryFolder(), files: new Map() })

async function begin(values: Record<string, string> = { [JWT]: 'first' }): Promise<Machine> {
  const on = machine()
  await seed(on, values)
  return on
}

const codeOf = (result: unknown): string => (result instanceof Failure ? result.code : 'done')

/** A clock that moves only when told to; the machine's own moves with it. */
const pass = (on: Machine, ms: number): void => {
  on.now += ms
}

describe('two hosts that rotate at the same time', () => {
  const prng = (seed: number): (() => number) => {
    let state = seed
    return () => {
      state = (state * 48_271) % 2_147_483_647
      return state % 6
    }
  }

  test.each([
    ['jwt', request(), 2],
    ['random', request({ name: N('session-secret') }), 1],
  ] as const)(
    '%s: make one rotation: one wins, the other is told to try again and wrote nothing',
    async (_, wish, writes) => {
      const winners = [0, 0]
      for (let round = 1; round <= 150; round++) {
        const on = await begin({ [wish.name]: 'first' })
        const before = on.store.changes
        const turns = prng(round * 7919)
        const hosts = [on, otherHost(on)].map((host, index) => contextOf(host, new Faults(), key(index + 1)).context)
        const results = await Promise.all(
          hosts.map((context) =>
            attempt(() => rotate({ ...context, provider: unhurried(context.provider, turns) }, wish)),
          ),
        )
        const codes = results.map(codeOf)
        expect({ round, codes: [...codes].sort() }).toEqual({ round, codes: ['LOCKED', 'done'] })
        winners[codes.indexOf('done')]! += 1
        expect(on.store.changes - before).toBe(writes)
      }
      expect(Math.min(...winners)).toBeGreaterThan(20)
    },
  )

  test('of twenty, one wins and nineteen are told to try again', async () => {
    for (let round = 1; round <= 10; round++) {
      const on = await begin()
      const before = on.store.changes
      const turns = prng(round * 104_729)
      const hosts = Array.from({ length: 20 }, (_, at) => contextOf(otherHost(on), new Faults(), key(at + 1)).context)
      const results = await Promise.all(
        hosts.map((each) => attempt(() => rotate({ ...each, provider: unhurried(each.provider, turns) }, request()))),
      )
      expect(results.map(codeOf).filter((code) => code === 'done')).toHaveLength(1)
      expect(results.map(codeOf).filter((code) => code === 'LOCKED')).toHaveLength(19)
      expect(on.store.changes - before).toBe(2)
    }
  })

  test('what another process of this machine finished meanwhile is not finished twice', async () => {
    const on = await begin()
    const { context } = contextOf(on)
    await rotate(context, request())
    const [run] = await context.runs.list()
    expect(codeOf(await attempt(() => resumeRotation({ ...run!, state: 'open' }, context)))).toBe('LOCKED')
  })

  test('the loser keeps no run open', async () => {
    const on = await begin()
    const other = otherHost(on)
    const { context } = contextOf(other, new Faults(), key(2))
    const planned = await planRotation(request(), context)
    await rotate(contextOf(on).context, request())
    expect(codeOf(await attempt(() => performRotation(planned.prepared!, context)))).toBe('LOCKED')
    expect((await context.runs.list()).map(({ state }) => state)).not.toContain('open')
  })
})

describe('a host that died half way', () => {
  async function halfWay(): Promise<Machine> {
    for (let at = 1; ; at++) {
      const on = await begin()
      const result = await attempt(() =>
        rotate(contextOf(on, new Faults({ at, kind: 'crash-before' })).context, request()),
      )
      if (!(result instanceof Crash)) throw new Error('the rotation never is half way')
      const old = await held(on, OLD)
      if (old === 'first' && (await held(on, JWT)) === 'first') return on
    }
  }

  test('another host waits for it, and takes over when it is gone for good', async () => {
    const on = await halfWay()
    const other = otherHost(on)
    const again = () => attempt(() => rotate(contextOf(other, new Faults(), key(2)).context, request()))
    expect(codeOf(await again())).toBe('LOCKED')
    pass(other, 10 * 60_000)
    expect(codeOf(await again())).toBe('done')
    on.now = other.now
    expect(accepted(on)).toContain('first')
    // The dead one comes back: it yields, and takes nothing away.
    const state = [await held(on, JWT), await held(on, OLD)]
    expect(codeOf(await attempt(() => rotate(contextOf(on).context, request())))).toBe('LOCKED')
    expect([await held(on, JWT), await held(on, OLD)]).toEqual(state)
    expect((await contextOf(on).process.runs.list()).map((run) => run.state)).not.toContain('open')
  })

  test('finished days later, the old value still has its whole grace', async () => {
    const on = await halfWay()
    pass(on, 3 * 86_400_000)
    const { context, process } = contextOf(on)
    const [run] = await process.runs.list()
    await recover(run!.id, context)
    expect(await held(on, JWT)).not.toBe('first')
    pass(on, GRACE_MS - 1)
    expect(accepted(on)).toContain('first')
    pass(on, 1)
    expect(accepted(on)).not.toContain('first')
  })
})

describe('the grace period', () => {
  const finalize = async (on: Machine, skewMs = 0) => {
    const { context } = contextOf(on)
    const clock = { ...context.clock, now: () => new Date(on.now + skewMs) }
    return (await rotate({ ...context, clock }, request({ finalize: true }))) as { state: string }
  }

  test.each([
    [-1000, 'kept'],
    [-1, 'kept'],
    [0, 'retire'],
    [1, 'retire'],
    [1000, 'retire'],
    [30 * 86_400_000, 'retire'],
  ])('%d ms from its deadline it is: %s', async (ms, state) => {
    const on = await begin()
    await rotate(contextOf(on).context, request())
    pass(on, GRACE_MS + ms)
    expect((await finalize(on)).state).toBe(state)
    expect(await held(on, OLD)).toBe(state === 'kept' ? 'first' : 'deleted')
    expect((await finalize(on)).state).toBe(state === 'kept' ? 'kept' : 'nothing kept')
  })

  test('a clock that is set back ends nothing early', async () => {
    const on = await begin()
    await rotate(contextOf(on).context, request())
    pass(on, GRACE_MS)
    expect((await finalize(on, -3_600_000)).state).toBe('kept')
    expect((await finalize(on)).state).toBe('retire')
  })

  test('is ended by another host, on its way to what is due', async () => {
    const on = await begin()
    await rotate(contextOf(on).context, request())
    const other = otherHost(on)
    pass(other, GRACE_MS)
    const due = request({
      due: true,
      rules: { everyMs: 90 * 86_400_000, restart: [], reencrypt: [], count: [], command: [] },
    })
    expect(await rotate(contextOf(other, new Faults(), key(2)).context, due)).toMatchObject({ state: 'retire' })
    expect(await held(other, OLD)).toBe('deleted')
    expect(await rotate(contextOf(other, new Faults(), key(2)).context, due)).toMatchObject({ state: 'not due' })
  })

  test('of an older value is not cut short, unless by force', async () => {
    const on = await begin()
    await rotate(contextOf(on).context, request())
    pass(on, 120_000)
    const second = await held(on, JWT)
    expect(codeOf(await attempt(() => rotate(contextOf(on).context, request())))).toBe('LOCKED')
    expect(accepted(on)).toEqual([second, 'first'])
    await rotate(contextOf(on).context, request({ force: true }))
    expect(accepted(on)[1]).toBe(second)
  })

  test('is over at once for a compromised value, and for those before it', async () => {
    const on = await begin()
    await rotate(contextOf(on).context, request())
    const second = await held(on, JWT)
    const rotation = await rotate(contextOf(on).context, request({ compromised: true }))
    expect(rotation).toMatchObject({ state: 'rotate' })
    expect(accepted(on)).not.toContain(second)
    expect(await held(on, OLD)).toBe('deleted')
  })
})

describe('refused before anything is written', () => {
  const refused = async (on: Machine, wish = request()) => {
    const before = on.store.changes
    const result = await attempt(() => rotate(contextOf(on).context, wish))
    expect(on.store.changes).toBe(before)
    return codeOf(result)
  }

  test('a secret that is not there', async () =>
    expect(await refused(await begin({ z: 'z' }))).toBe('SECRET_NOT_FOUND'))
  test('a name of the old value that someone else uses', async () =>
    expect(await refused(await begin({ [JWT]: 'first', [OLD]: 'mine' }))).toBe('CONFLICT'))
  test('a key that its issuer has to make', async () =>
    expect(await refused(await begin({ 'stripe-key': 'sk' }), request({ name: N('stripe-key') }))).toBe('UNSUPPORTED'))
  test('a grace where labels have no place', async () => {
    const on = machine({ traits: { labels: false } })
    await seed(on, { [JWT]: 'first' })
    expect(await refused(on)).toBe('UNSUPPORTED')
    expect(await refused(on, request({ graceMs: 0 })).catch(() => 'written')).toBe('written')
  })
  test('a name that does not fit', async () => {
    const on = machine({ traits: { names: { pattern: /^[^\0]+$/, caseSensitive: true, maxLength: JWT.length + 2 } } })
    await seed(on, { [JWT]: 'first' })
    expect(await refused(on)).toBe('VALUE_UNFIT')
  })
})
