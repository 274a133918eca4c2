import { afterAll, describe, expect, test } from '@jest/globals'
import { Failure, type FailureCode, isFailure } from '../../src/core/failure.js'
import type { Provider } from '../../src/core/ports.js'
import { recover } from '../../src/engine/recover.js'
import { boot, copyOf, type Machine } from '../support/world.js'
import { carryOut, type Scenario, scenarios, stateOf } from './scenarios.js'
import { kinds, startOf } from './sweep.js'

const WRITES = ['write', 'remove', 'undelete', 'label', 'writeMany', 'removeMany'] as const
const total = { abandoned: 0, open: 0 }
afterAll(() => void process.stdout.write(`refused writes: ${JSON.stringify(total)}\n`))

/** The first `allowed` writes go through, and all others are answered with `failure`. */
function refusing(provider: Provider, allowed: number, failure: Failure): Provider {
  const all = provider as unknown as Record<string, ((...args: unknown[]) => unknown) | undefined>
  let count = 0
  const refused = WRITES.flatMap((name) => {
    const method = all[name]
    const act = async (...args: unknown[]): Promise<unknown> => {
      count += 1
      if (count > allowed) throw failure
      return method?.(...args)
    }
    return method === undefined ? [] : [[name, act] as const]
  })
  return { ...provider, ...Object.fromEntries(refused) }
}

interface Try {
  readonly on: Machine
  readonly state: string
  readonly error: unknown
}

async function attempt(start: Awaited<ReturnType<typeof startOf>>, allowed: number, failure: Failure): Promise<Try> {
  const on = copyOf(start.on)
  const process = boot(on)
  const provider = refusing(process.surroundings.provider, allowed, failure)
  const limited = { ...process, surroundings: { ...process.surroundings, provider } }
  const error = await carryOut(limited, start.plan, start.values).catch((thrown: unknown) => thrown)
  return { on, error, state: (await process.runs.load(start.plan.id)).state }
}

const goal = ({ on, state }: Awaited<ReturnType<typeof startOf>>, scenario: Scenario) => ({
  ...state,
  ...scenario.goal(on),
})
const gone = (state: Record<string, string>) =>
  Object.fromEntries(Object.entries(state).filter(([, value]) => value !== 'absent'))

const cases = Object.entries(kinds).flatMap(([kind, provider]) =>
  (['PERMISSION_DENIED', 'THROTTLED'] satisfies FailureCode[]).map((code) => ({ kind, provider, code })),
)

describe.each(cases)('$kind, $code', ({ provider, code }) => {
  test.each(Object.values(scenarios))(
    '$name: what was refused and changed nothing is over; what changed something can be finished',
    async (scenario) => {
      const start = await startOf(scenario, provider)
      for (let allowed = 0; ; allowed++) {
        const { on, state, error } = await attempt(start, allowed, new Failure(code))
        if (error === undefined) break
        expect(isFailure(error, code)).toBe(true)
        const changed = on.store.changes !== start.on.store.changes || fileOf(on) !== fileOf(start.on)
        // Of acts of several requests a service that shows writes late cannot say that nothing happened.
        const maybe = provider.traits?.settlesWithinMs !== undefined && scenario === scenarios.history
        expect([allowed, state]).toEqual([allowed, changed || maybe ? 'open' : 'abandoned'])
        total[state === 'open' ? 'open' : 'abandoned'] += 1
        const process = boot(on)
        if (state === 'open') await recover(start.plan.id, process.runs, process.surroundings)
        else await carryOut(process, start.plan, start.values)
        expect(gone(await stateOf(on))).toEqual(gone(goal(start, scenario)))
      }
    },
    60_000,
  )
})

const fileOf = ({ files }: Machine): string => [...files.values()].map((bytes) => Buffer.from(bytes).toString()).join()

test.each(['UNAVAILABLE', 'TIMEOUT', 'PROTOCOL', 'PERMISSION_DENIED', 'THROTTLED'] satisfies FailureCode[])(
  '%s that may have taken effect leaves the run open, also where nothing is seen of it',
  async (code) => {
    const start = await startOf(scenarios.migrate, {})
    const { state } = await attempt(start, 0, new Failure(code, { mayHaveHappened: true }))
    expect(state).toBe('open')
  },
)

test('an intention of an earlier process is a doubt that no refusal ends', async () => {
  const start = await startOf(scenarios.set, {})
  const { on } = await attempt(start, 0, new Failure('UNAVAILABLE', { mayHaveHappened: true }))
  const process = boot(on)
  const provider = refusing(process.surroundings.provider, 0, new Failure('PERMISSION_DENIED'))
  const again = recover(start.plan.id, process.runs, { ...process.surroundings, provider })
  await expect(again).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
  expect((await process.runs.load(start.plan.id)).state).toBe('open')
})

test('where the look after a refusal fails, the run stays open, and the refusal is what is said', async () => {
  const start = await startOf(scenarios.set, {})
  const process = boot(copyOf(start.on))
  const provider = refusing(process.surroundings.provider, 0, new Failure('PERMISSION_DENIED'))
  let refused = false
  const blind: Provider = {
    ...provider,
    async writeMany(writes) {
      refused = true
      return (await provider.writeMany?.(writes)) ?? new Map()
    },
    async write(...args) {
      refused = true
      return await provider.write(...args)
    },
    async readEach(names) {
      if (refused) throw new Failure('PROTOCOL')
      return (await provider.readEach?.(names)) ?? new Map()
    },
  }
  const limited = { ...process, surroundings: { ...process.surroundings, provider: blind } }
  await expect(carryOut(limited, start.plan, start.values)).rejects.toBeInstanceOf(Failure)
  expect((await process.runs.load(start.plan.id)).state).toBe('open')
})

test('where the look shows somebody else’s value, the run stays open', async () => {
  const start = await startOf(scenarios.set, {})
  const on = copyOf(start.on)
  const process = boot(on)
  const { provider } = process.surroundings
  const raced: Provider = {
    ...provider,
    async write() {
      const now = await provider.read('a' as never)
      if (now.state === 'present')
        await provider.write('a' as never, now.value, { expect: now.version, token: 'somebody else' })
      throw new Failure('PERMISSION_DENIED')
    },
  }
  const limited = { ...process, surroundings: { ...process.surroundings, provider: raced } }
  await expect(carryOut(limited, start.plan, start.values)).rejects.toBeInstanceOf(Failure)
  expect((await process.runs.load(start.plan.id)).state).toBe('open')
})
