import { describe, test } from '@jest/globals'
import type { Staging } from '../../src/core/ports.js'
import { type Bench, codeOf, hex, present, put, text } from './conformance-subject.js'

const WAIT = 60_000

export function staging(bench: Bench): void {
  const { provider, fresh, token, check } = bench

  /** Where the ability is missing the test is that it is. */
  const staged = (title: string, run: (staging: Staging) => Promise<void>): void => {
    const body = async (): Promise<void> => {
      const { staging: ability } = provider()
      if (ability === undefined) check(bench.has('staging')).toBe(false)
      else await run(ability)
    }
    test(title, body, WAIT)
  }

  describe('staging', () => {
    staged('a staged value is pending with its owner, and what is current stays', async (ability) => {
      const name = fresh('stage')
      const made = await put(bench, name, text('current'))
      check(await ability.pending(name)).toEqual({ state: 'absent' })
      const owner = token()
      await ability.stage(name, text('next'), { token: owner, labels: { until: 'noon' } })
      const pending = present(await ability.pending(name))
      check([hex(pending.value), pending.writtenBy]).toEqual([hex(text('next')), owner])
      check(pending.labels).toEqual(provider().traits.labels ? { until: 'noon' } : {})
      const now = present(await provider().read(name))
      check([now.version, hex(now.value)]).toEqual([made, hex(text('current'))])
      check(now.labels).toEqual({})
    })

    staged('while something is pending, nobody else stages; the same again is the same', async (ability) => {
      const name = fresh('stage')
      await put(bench, name, text('current'))
      const owner = token()
      await ability.stage(name, text('next'), { token: owner })
      check(await codeOf(ability.stage(name, text('other'), { token: token() }))).toBe('CONFLICT')
      check(['CONFLICT', 'no failure']).toContain(await codeOf(ability.stage(name, text('next'), { token: owner })))
      check(present(await ability.pending(name)).writtenBy).toBe(owner)
    })

    staged('of several hosts at once exactly one stages', async (ability) => {
      for (let round = 0; round < 3; round++) {
        const name = fresh('stage')
        await put(bench, name, text('current'))
        const owners = [token(), token(), token()]
        const codes = await Promise.all(
          owners.map((owner) => codeOf(ability.stage(name, text(owner), { token: owner }))),
        )
        check([...codes].sort()).toEqual(['CONFLICT', 'CONFLICT', 'no failure'])
        const winner = owners[codes.indexOf('no failure')]
        const pending = present(await ability.pending(name))
        check([pending.writtenBy, hex(pending.value)]).toEqual([winner, hex(text(winner ?? ''))])
      }
    })

    staged('promote() makes the pending value current, and it stays pending until it is discarded', async (ability) => {
      const name = fresh('stage')
      const made = await put(bench, name, text('current'), { labels: { kept: 'yes' } })
      const owner = token()
      await ability.stage(name, text('next'), { token: owner })
      await ability.promote(name, { expect: made, token: owner })
      const now = present(await provider().read(name))
      check(hex(now.value)).toBe(hex(text('next')))
      check(now.version).not.toBe(made)
      check(now.labels).toEqual(provider().traits.labels ? { kept: 'yes' } : {})
      check(hex(await bench.subject().outside.read(name))).toBe(hex(text('next')))
      check(hex(present(await ability.pending(name)).value)).toBe(hex(text('next')))
      await ability.discard(name)
      check((await ability.pending(name)).state).not.toBe('present')
      check(hex(present(await provider().read(name)).value)).toBe(hex(text('next')))
    })

    staged('promote() refuses a stale version, and what is current stays', async (ability) => {
      const name = fresh('stage')
      const made = await put(bench, name, text('current'))
      const owner = token()
      await ability.stage(name, text('next'), { token: owner })
      await provider().write(name, text('theirs'), { expect: made, token: token() })
      check(await codeOf(ability.promote(name, { expect: made, token: owner }))).toBe('CONFLICT')
      check(hex(present(await provider().read(name)).value)).toBe(hex(text('theirs')))
      check(hex(present(await ability.pending(name)).value)).toBe(hex(text('next')))
    })

    staged('discard() leaves nothing, twice is once, and the next may stage', async (ability) => {
      const name = fresh('stage')
      await put(bench, name, text('current'))
      await ability.stage(name, text('next'), { token: token() })
      await ability.discard(name)
      await ability.discard(name)
      check((await ability.pending(name)).state).not.toBe('present')
      await ability.stage(name, text('later'), { token: token() })
      check(hex(present(await ability.pending(name)).value)).toBe(hex(text('later')))
      check(hex(present(await provider().read(name)).value)).toBe(hex(text('current')))
    })

    staged('nothing pending cannot be promoted', async (ability) => {
      const name = fresh('stage')
      const made = await put(bench, name, text('current'))
      check(await codeOf(ability.promote(name, { expect: made, token: token() }))).not.toBe('no failure')
      check(present(await provider().read(name)).version).toBe(made)
    })
  })
}
