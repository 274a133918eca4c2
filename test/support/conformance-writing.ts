import { describe, test } from '@jest/globals'
import { isFailure } from '../../src/core/failure.js'
import { version } from '../../src/core/secret.js'
import { type Bench, bytes, codeOf, hex, present, put, text } from './conformance-subject.js'

const WAIT = 60_000

export function writing(bench: Bench): void {
  const { provider, fresh, token, check } = bench
  const outside = () => bench.subject().outside

  describe('writing', () => {
    test(
      'write() returns the version that read() then finds',
      async () => {
        const name = fresh()
        const made = await put(bench, name, text('one'))
        check(present(await provider().read(name)).version).toBe(made)
        const next = await provider().write(name, text('two'), { expect: made, token: token() })
        check(next).not.toBe(made)
        check(present(await provider().read(name)).version).toBe(next)
      },
      WAIT,
    )

    test(
      'a name that exists is not created over',
      async () => {
        const name = fresh()
        await outside().write(name, bytes('theirs'))
        check(await codeOf(put(bench, name, text('ours')))).toBe('CONFLICT')
        check(hex(await outside().read(name))).toBe(hex(bytes('theirs')))
      },
      WAIT,
    )

    test(
      'a stale version is refused, and what is there stays',
      async () => {
        const name = fresh()
        const first = await put(bench, name, text('one'))
        const second = await provider().write(name, text('two'), { expect: first, token: token() })
        const stale = provider().write(name, text('three'), { expect: first, token: token() })
        check(await codeOf(stale)).toBe('CONFLICT')
        const now = present(await provider().read(name))
        check([now.version, hex(now.value)]).toEqual([second, hex(text('two'))])
      },
      WAIT,
    )

    test(
      'a change by somebody else makes the version that was read stale',
      async () => {
        const name = fresh()
        const first = await put(bench, name, text('one'))
        await outside().write(name, bytes('theirs'))
        check(present(await provider().read(name)).version).not.toBe(first)
        check(await codeOf(provider().write(name, text('two'), { expect: first, token: token() }))).toBe('CONFLICT')
        check(hex(await outside().read(name))).toBe(hex(bytes('theirs')))
      },
      WAIT,
    )

    test(
      'a version is expected where nothing is: refused',
      async () => {
        const options = { expect: version('1'), token: token() }
        check(await codeOf(provider().write(fresh(), text('v'), options))).toBe('CONFLICT')
        check(await codeOf(provider().write(fresh(), text('v'), { expect: 'deleted', token: token() }))).toBe(
          'CONFLICT',
        )
      },
      WAIT,
    )

    test(
      'of two writers at once exactly one wins, or the race is really lost where the trait says so',
      async () => {
        if (provider().traits.compareAndSet === 'service') for (let round = 0; round < 5; round++) await raceOnce(bench)
        else await loseRace(bench)
      },
      WAIT,
    )

    test(
      'the same write again is the same write',
      async () => {
        const name = fresh()
        const again = token()
        const first = await put(bench, name, text('one'), { token: again })
        const repeated = await provider()
          .write(name, text('one'), { expect: 'absent', token: again })
          .catch((error: unknown) => (isFailure(error, 'CONFLICT') ? first : Promise.reject(error)))
        check(repeated).toBe(first)
        check(present(await provider().read(name)).version).toBe(first)
      },
      WAIT,
    )

    test(
      'the token of a write comes back, where the provider keeps it at all, and never that of another',
      async () => {
        const name = fresh()
        const mine = token()
        const first = await put(bench, name, text('one'), { token: mine })
        const found = present(await provider().read(name))
        check([undefined, mine]).toContain(found.writtenBy)
        const next = token()
        await provider().write(name, text('two'), { expect: first, token: next })
        check(present(await provider().read(name)).writtenBy).toBe(found.writtenBy === undefined ? undefined : next)
        await outside().write(name, bytes('theirs'))
        check([mine, next]).not.toContain(present(await provider().read(name)).writtenBy)
      },
      WAIT,
    )

    test(
      'remove() refuses a stale version',
      async () => {
        const name = fresh()
        const first = await put(bench, name, text('one'))
        await provider().write(name, text('two'), { expect: first, token: token() })
        check(await codeOf(provider().remove(name, { expect: first }))).toBe('CONFLICT')
        check((await provider().read(name)).state).toBe('present')
      },
      WAIT,
    )

    test(
      'remove() of what is not there is refused',
      async () => {
        check(await codeOf(provider().remove(fresh(), { expect: version('1') }))).toBe('CONFLICT')
      },
      WAIT,
    )
  })
}

async function raceOnce(bench: Bench): Promise<void> {
  const { provider, fresh, token, check } = bench
  const name = fresh('race')
  const first = await put(bench, name, text('one'))
  const racers = ['left', 'right', 'middle']
  const codes = await Promise.all(
    racers.map((value) => codeOf(provider().write(name, text(value), { expect: first, token: token() }))),
  )
  check([...codes].sort()).toEqual(['CONFLICT', 'CONFLICT', 'no failure'])
  const winner = racers[codes.indexOf('no failure')] ?? ''
  check(hex(present(await provider().read(name)).value)).toBe(hex(text(winner)))
}

/** The trait admits a gap between look and write: somebody else's value that falls into it is overwritten. */
async function loseRace(bench: Bench): Promise<void> {
  const { provider, fresh, token, check } = bench
  const { between, outside } = bench.subject()
  const name = fresh('race')
  const first = await put(bench, name, text('one'))
  check(typeof between).toBe('function')
  between?.(() => outside.write(name, bytes('theirs')))
  await provider().write(name, text('ours'), { expect: first, token: token() })
  check(hex(await outside.read(name))).toBe(hex(text('ours')))
}
