import { describe, test } from '@jest/globals'
import { type Bench, codeOf, collect, hex, present, put, text } from './conformance-subject.js'

const WAIT = 60_000

export function histories(bench: Bench): void {
  const { provider, fresh, token, check } = bench

  const threeTimes = async (hint: string) => {
    const name = fresh(hint)
    const one = await put(bench, name, text('one'))
    const two = await provider().write(name, text('two'), { expect: one, token: token() })
    const three = await provider().write(name, text('three'), { expect: two, token: token() })
    return { name, one, two, three }
  }

  describe('versions', () => {
    test(
      'past values can be read, newest first; without the ability they are gone',
      async () => {
        const { name, one, two, three } = await threeTimes('past')
        const { versions } = provider()
        if (versions === undefined) {
          const found = await provider()
            .read(name, one)
            .catch(() => ({ state: 'refused' }))
          return check(['absent', 'refused']).toContain(found.state)
        }
        const kept = Math.min(3, bench.subject().keepsVersions ?? 3)
        const listed = await collect(versions.call(provider(), name))
        check(listed.slice(0, kept).map((entry) => entry.version)).toEqual([three, two, one].slice(0, kept))
        check(new Set(listed.map((entry) => entry.version)).size).toBe(listed.length)
        check(hex(present(await provider().read(name, two)).value)).toBe(hex(text('two')))
        check(hex(present(await provider().read(name)).value)).toBe(hex(text('three')))
      },
      WAIT,
    )

    test(
      'old versions end for good where they are billed, the newest stay',
      async () => {
        const { name, one, three } = await threeTimes('billed')
        const { destroyOldVersions } = provider()
        if (destroyOldVersions === undefined) return check(bench.has('destroyOldVersions')).toBe(false)
        check(await destroyOldVersions.call(provider(), name, 1)).toBe(2)
        check(present(await provider().read(name)).version).toBe(three)
        check((await provider().read(name, one)).state).not.toBe('present')
        check(await destroyOldVersions.call(provider(), name, 1)).toBe(0)
      },
      WAIT,
    )
  })

  describe('removing', () => {
    test(
      'what was removed is deleted where it can come back, and absent elsewhere',
      async () => {
        const name = fresh('gone')
        const made = await put(bench, name, text('kept'))
        await provider().remove(name, { expect: made })
        const found = await provider().read(name)
        check(found.state).toBe(bench.has('undelete') ? 'deleted' : 'absent')
      },
      WAIT,
    )

    test(
      'undelete() brings value and labels back as they were',
      async () => {
        const { undelete } = provider()
        if (undelete === undefined) return check(bench.has('undelete')).toBe(false)
        const name = fresh('back')
        const made = await put(bench, name, text('kept'), { labels: { a: '1' } })
        await provider().remove(name, { expect: made })
        await undelete.call(provider(), name)
        const found = present(await provider().read(name))
        check(hex(found.value)).toBe(hex(text('kept')))
        check(found.labels).toEqual(provider().traits.labels ? { a: '1' } : {})
        check(hex(await bench.subject().outside.read(name))).toBe(hex(text('kept')))
      },
      WAIT,
    )

    test(
      'a deleted name is told apart in the listing, in batches and by remove()',
      async () => {
        const name = fresh('gone')
        const made = await put(bench, name, text('kept'))
        await provider().remove(name, { expect: made })
        const listed = await collect(provider().list({ prefix: name }))
        const state = bench.has('undelete') ? 'deleted' : 'absent'
        check(listed.map((one) => one.state)).toEqual(bench.has('undelete') ? ['deleted'] : [])
        check((await provider().readMany([name])).get(name)?.state).toBe(state)
        check(await codeOf(provider().remove(name, { expect: made }))).toBe('CONFLICT')
      },
      WAIT,
    )

    test(
      'a deleted name is not created over, and is written over as the trait says',
      async () => {
        const name = fresh('over')
        const made = await put(bench, name, text('old'))
        await provider().remove(name, { expect: made })
        if (!bench.has('undelete')) {
          await put(bench, name, text('new'))
          return check(hex(present(await provider().read(name)).value)).toBe(hex(text('new')))
        }
        check(await codeOf(put(bench, name, text('new')))).toBe('CONFLICT')
        if (!provider().traits.writesOverDeleted) return
        const next = await provider().write(name, text('new'), { expect: 'deleted', token: token() })
        const found = present(await provider().read(name))
        check([found.version, hex(found.value)]).toEqual([next, hex(text('new'))])
        check(await codeOf(provider().write(name, text('x'), { expect: 'deleted', token: token() }))).toBe('CONFLICT')
      },
      WAIT,
    )
  })

  describe('labels', () => {
    const labels = { 'original-key': 'DATABASE_URL', odd: 'a b=c;"d"\né,{}', long: 'x'.repeat(200) }

    test(
      'labels and a description come back as they were written, where they are kept',
      async () => {
        const name = fresh('label')
        await put(bench, name, text('v'), { labels, description: 'What it is for: "tests"' })
        const found = present(await provider().read(name))
        check(found.labels).toEqual(provider().traits.labels ? labels : {})
        check(found.description).toBe(provider().traits.descriptions ? 'What it is for: "tests"' : undefined)
      },
      WAIT,
    )

    test(
      'a batch gives the same labels as a single read',
      async () => {
        const several = [fresh('label'), fresh('label'), fresh('label'), fresh('label')]
        for (const name of several) await put(bench, name, text('v'), { labels: { for: name } })
        const found = await provider().readMany(several)
        for (const name of several)
          check(present(found.get(name)).labels).toEqual(provider().traits.labels ? { for: name } : {})
      },
      WAIT,
    )

    test(
      'a new value without labels keeps those that are there, one with labels replaces them',
      async () => {
        if (!provider().traits.labels) return check(bench.has('label')).toBe(false)
        const name = fresh('label')
        const one = await put(bench, name, text('one'), { labels: { a: '1', b: '2' }, description: 'kept' })
        const two = await provider().write(name, text('two'), { expect: one, token: token() })
        check(present(await provider().read(name)).labels).toEqual({ a: '1', b: '2' })
        await provider().write(name, text('three'), { expect: two, token: token(), labels: { b: '3', c: '4' } })
        const found = present(await provider().read(name))
        check([found.labels, hex(found.value)]).toEqual([{ b: '3', c: '4' }, hex(text('three'))])
        check(found.description).toBe(provider().traits.descriptions ? 'kept' : undefined)
      },
      WAIT,
    )

    test(
      'label() replaces labels, leaves the value alone, and refuses a stale version',
      async () => {
        const { label } = provider()
        if (label === undefined) return check(bench.has('label')).toBe(false)
        const name = fresh('label')
        const made = await put(bench, name, text('v'), { labels: { a: '1', b: '2' } })
        await label.call(provider(), name, { b: '3' }, { expect: made, description: 'new' })
        const found = present(await provider().read(name))
        check([found.labels, hex(found.value)]).toEqual([{ b: '3' }, hex(text('v'))])
        check(found.description).toBe(provider().traits.descriptions ? 'new' : undefined)
        await provider().write(name, text('w'), { expect: found.version, token: token() })
        check(await codeOf(label.call(provider(), name, {}, { expect: made }))).toBe('CONFLICT')
        check(present(await provider().read(name)).labels).toEqual({ b: '3' })
      },
      WAIT,
    )
  })
}
