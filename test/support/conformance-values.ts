import { describe, test } from '@jest/globals'
import { SecretValue } from '../../src/core/secret.js'
import { hostile } from './conformance-hostile.js'
import { type Bench, codeOf, hex, present, put, text } from './conformance-subject.js'

const WAIT = 60_000
/** Where a service names no limit, this much is tried. */
const ENOUGH = 1_048_576

export function values(bench: Bench): void {
  const { provider, fresh, check } = bench

  const survives = async (value: SecretValue, title = ''): Promise<void> => {
    const name = fresh('value')
    if (bench.subject().refuses?.includes(title)) {
      check(await codeOf(put(bench, name, value))).toBe('VALUE_UNFIT')
      check(await provider().read(name)).toEqual({ state: 'absent' })
      return
    }
    await put(bench, name, value)
    check(hex(present(await provider().read(name)).value)).toBe(hex(value))
    check(hex(await bench.subject().outside.read(name))).toBe(hex(value))
  }

  describe('values', () => {
    for (const [title, value] of hostile)
      test(`${title} comes back byte for byte`, () => survives(text(value), title), WAIT)

    test(
      'NUL and bytes that are no text come back where the trait says so, and are refused elsewhere',
      async () => {
        const binary = SecretValue.fromBytes(Uint8Array.from([0, 255, 254, 128, 10, 13, 0, 192]))
        if (provider().traits.binary) {
          await survives(binary)
          await survives(text('a\u0000b'))
        } else check(await codeOf(put(bench, fresh('binary'), binary))).toBe('VALUE_UNFIT')
      },
      WAIT,
    )

    test(
      'an empty value comes back where the trait says so, and is refused elsewhere',
      async () => {
        if (provider().traits.emptyValues) await survives(text(''))
        else check(await codeOf(put(bench, fresh('empty'), text('')))).toBe('VALUE_UNFIT')
      },
      WAIT,
    )

    test(
      'the largest value comes back, one byte more is refused before any request',
      async () => {
        const { maxBytes } = provider().traits
        const largest = Math.min(bench.subject().largest ?? maxBytes, ENOUGH)
        const name = fresh('large')
        const version = await put(bench, name, text('x'.repeat(largest)))
        check(present(await provider().read(name)).value.byteLength).toBe(largest)
        await provider().remove(name, { expect: version })
        if (maxBytes > ENOUGH) return
        const before = bench.subject().requests?.()
        check(await codeOf(put(bench, fresh('large'), text('x'.repeat(maxBytes + 1))))).toBe('VALUE_UNFIT')
        check(bench.subject().requests?.()).toBe(before)
      },
      WAIT,
    )

    test(
      'the limit counts bytes, not characters',
      async () => {
        const { maxBytes } = provider().traits
        if (maxBytes > ENOUGH) return check(maxBytes).toBeGreaterThan(ENOUGH)
        check(await codeOf(put(bench, fresh('large'), text('é'.repeat(Math.floor(maxBytes / 2) + 1))))).toBe(
          'VALUE_UNFIT',
        )
      },
      WAIT,
    )
  })
}
