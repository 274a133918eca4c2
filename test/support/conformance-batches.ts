import { describe, test } from '@jest/globals'
import { secretName } from '../../src/core/names.js'
import { type Bench, bytes, codeOf, collect, hex, present, put, text } from './conformance-subject.js'

const WAIT = 120_000
/** More than one batch of 20 and one page of 100 where a service has those. */
const MANY = 105

export function batches(bench: Bench): void {
  const { provider, fresh, token, check } = bench

  describe('many', () => {
    test(
      'list() gives every name under a prefix once, over all pages, and no value',
      async () => {
        const start = fresh('page')
        const names = Array.from({ length: MANY }, (_, at) => secretName(`${start}-${String(at).padStart(3, '0')}`))
        for (let at = 0; at < names.length; at += 15)
          await Promise.all(names.slice(at, at + 15).map((name) => put(bench, name, text(`value of ${name}`))))
        const listed = await collect(provider().list({ prefix: `${start}-` }))
        check(listed.map(({ name }) => name).sort()).toEqual(names)
        check(listed.every(({ state }) => state === 'present')).toBe(true)
        check(JSON.stringify(listed)).not.toContain('value of')
        check((await collect(provider().list())).length).toBeGreaterThanOrEqual(MANY)
        const found = await provider().readMany(names)
        check(found.size).toBe(MANY)
        for (const name of names) check(hex(present(found.get(name)).value)).toBe(hex(text(`value of ${name}`)))
      },
      WAIT,
    )

    test(
      'list() of a prefix that nothing has is empty',
      async () => {
        check(await collect(provider().list({ prefix: fresh('nothing') }))).toEqual([])
      },
      WAIT,
    )

    test(
      'readMany() answers for every name, also for those that are absent, as read() does',
      async () => {
        const [there, missing, other] = [fresh('there'), fresh('missing'), fresh('other')]
        await put(bench, there, text('one'))
        await bench.subject().outside.write(other, bytes('two'))
        const found = await provider().readMany([there, missing, other])
        check([...found.keys()].sort()).toEqual([there, missing, other].sort())
        check(found.get(missing)).toEqual({ state: 'absent' })
        for (const name of [there, other]) {
          const single = present(await provider().read(name))
          const batch = present(found.get(name))
          check([batch.version, hex(batch.value)]).toEqual([single.version, hex(single.value)])
        }
        check((await provider().readMany([])).size).toBe(0)
      },
      WAIT,
    )

    test(
      'readEach() answers for every name',
      async () => {
        const { readEach } = provider()
        if (readEach === undefined) return check(bench.has('readEach')).toBe(false)
        const [there, missing] = [fresh('there'), fresh('missing')]
        await put(bench, there, text('one'))
        const found = await readEach.call(provider(), [there, missing])
        check(hex(present(found.get(there)).value)).toBe(hex(text('one')))
        check(found.get(missing)).toEqual({ state: 'absent' })
      },
      WAIT,
    )

    test(
      'writeMany() writes all, or none when one is refused',
      async () => {
        const { writeMany } = provider()
        if (writeMany === undefined) return check(bench.has('writeMany')).toBe(false)
        const [a, b, taken] = [fresh('many'), fresh('many'), fresh('many')]
        const write = (name: typeof a) => ({
          name,
          value: text(`of ${name}`),
          expect: 'absent' as const,
          token: token(),
        })
        const made = await writeMany.call(provider(), [write(a), write(taken)])
        check([...made.keys()].sort()).toEqual([a, taken].sort())
        for (const name of [a, taken]) {
          const found = present(await provider().read(name))
          check([found.version, hex(found.value)]).toEqual([made.get(name), hex(text(`of ${name}`))])
        }
        check(await codeOf(writeMany.call(provider(), [write(b), write(taken)]))).toBe('CONFLICT')
        check((await provider().read(b)).state).toBe('absent')
      },
      WAIT,
    )

    test(
      'removeMany() removes all, or none when one is refused',
      async () => {
        const { removeMany } = provider()
        if (removeMany === undefined) return check(bench.has('removeMany')).toBe(false)
        const [a, b] = [fresh('many'), fresh('many')]
        const first = await put(bench, a, text('a'))
        const stale = await put(bench, b, text('b'))
        const next = await provider().write(b, text('c'), { expect: stale, token: token() })
        const removes = (expect: typeof stale) => [
          { name: a, expect: first },
          { name: b, expect },
        ]
        check(await codeOf(removeMany.call(provider(), removes(stale)))).toBe('CONFLICT')
        check((await provider().read(a)).state).toBe('present')
        await removeMany.call(provider(), removes(next))
        check((await provider().read(a)).state).not.toBe('present')
        check((await provider().read(b)).state).not.toBe('present')
      },
      WAIT,
    )
  })
}
