import { describe, test } from '@jest/globals'
import { secretName } from '../../src/core/names.js'
import { abilityNames, type Bench, codeOf, collect, hex, present, put, text } from './conformance-subject.js'

const WAIT = 60_000

export function names(bench: Bench): void {
  const { provider, fresh, check } = bench
  describe('names', () => {
    test('the abilities are exactly the expected ones', () => {
      const there = abilityNames.filter((ability) => provider()[ability] !== undefined)
      check([...there].sort()).toEqual([...bench.expected.abilities].sort())
    })

    test('the traits are the expected ones', () => {
      for (const [trait, value] of Object.entries(bench.expected.traits))
        check([trait, provider().traits[trait as never]]).toEqual([trait, value])
    })

    test(
      'identity() says the same twice and is not empty',
      async () => {
        const said = await provider().identity()
        check(said).toBe(await provider().identity())
        check(said.length).toBeGreaterThan(0)
      },
      WAIT,
    )

    test(
      'a name that was never written is absent',
      async () => {
        check(await provider().read(fresh('never'))).toEqual({ state: 'absent' })
      },
      WAIT,
    )

    test(
      'the longest name works, one character more is refused before any request',
      async () => {
        const maxLength = bench.subject().longest ?? provider().traits.names.maxLength
        const start = fresh('long')
        const longest = secretName(start.padEnd(Math.min(maxLength, 1024), 'n'))
        await put(bench, longest, text('v'))
        check(hex(present(await provider().read(longest)).value)).toBe(hex(text('v')))
        if (maxLength >= 1024) return
        const before = bench.subject().requests?.()
        check(await codeOf(put(bench, secretName(`${longest}n`), text('v')))).toBe('NAME_INVALID')
        check(bench.subject().requests?.()).toBe(before)
      },
      WAIT,
    )

    test(
      'a name with a character that the service does not take is refused before any request',
      async () => {
        const wrong = [' ', '!', '~', '/', '.', '_', '?', '%', 'é'].find(
          (char) => !provider().traits.names.pattern.test(`${fresh('odd')}${char}x`),
        )
        if (wrong === undefined) return check(provider().traits.names.pattern.test('é !~/?%')).toBe(true)
        const before = bench.subject().requests?.()
        check(await codeOf(put(bench, secretName(`${fresh('odd')}${wrong}x`), text('v')))).toBe('NAME_INVALID')
        check(bench.subject().requests?.()).toBe(before)
      },
      WAIT,
    )

    test(
      'names that differ in case only are two where the trait says so',
      async () => {
        const lower = fresh('case')
        const upper = secretName(lower.slice(0, -1).replace('case', 'CASE') + lower.slice(-1))
        await put(bench, lower, text('lower'))
        const { pattern, caseSensitive } = provider().traits.names
        if (!pattern.test(upper)) return check(await codeOf(put(bench, upper, text('upper')))).toBe('NAME_INVALID')
        const found = await provider().read(upper)
        check(found.state).toBe(caseSensitive ? 'absent' : 'present')
      },
      WAIT,
    )

    test(
      'one name that begins as another stays apart from it',
      async () => {
        const short = fresh('start')
        const long = secretName(`${short}-more`)
        await put(bench, long, text('long'))
        check((await provider().read(short)).state).toBe('absent')
        await put(bench, short, text('short'))
        check(hex(present(await provider().read(long)).value)).toBe(hex(text('long')))
        const listed = await collect(provider().list({ prefix: long }))
        check(listed.map(({ name }) => name)).toEqual([long])
      },
      WAIT,
    )
  })
}
