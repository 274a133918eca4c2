import { describe, expect, test } from '@jest/globals'
import type { Step } from '../../../src/core/plan.js'
import type { Lookup } from '../../../src/core/ports.js'
import { version } from '../../../src/core/secret.js'
import { type Facts, type Left, type Progress, undoOf } from '../../../src/core/undo.js'
import { KEY, N, planOf, ref, V } from '../../support/world.js'

const A = N('a')
const v1 = version('v1')
const v2 = version('v2')
const present = (text: string, at = v2): Lookup => ({ state: 'present', version: at, value: V(text), labels: {} })
const absent: Lookup = { state: 'absent' }
const deleted: Lookup = { state: 'deleted', version: v1 }
const begun: Progress = { settled: new Map(), intended: new Set([0]) }

const facts = (now: Lookup, more: Partial<Facts> = {}): Facts => ({
  secrets: new Map([[A, now]]),
  files: new Map(),
  fingerprint: (value) => value.fingerprint(KEY),
  undelete: true,
  ...more,
})

/** The way back of one step that was begun, from what is there now: a step, a reason to leave it, or nothing. */
function check(step: Step, now: Facts, back: object | Left['why'] | undefined): void {
  const { stages, left } = undoOf(planOf([[step]]), begun, now)
  const expected = typeof back === 'string' ? [[], [back]] : [back === undefined ? [] : [[back]], []]
  expect([stages, left.map(({ why }) => why)]).toEqual(expected)
}

const put = (more: Partial<Step> = {}): Step =>
  ({ op: 'put', name: A, value: ref('new', 'a', 'new'), before: v1, saved: ref('old', 'a', 'old'), ...more }) as Step

describe('a put over a version', () => {
  test('puts the old value back, over what it wrote', () => {
    check(put(), facts(present('new')), {
      op: 'put',
      name: A,
      value: ref('new', 'a', 'old'),
      before: v2,
      saved: ref('old', 'a', 'new'),
    })
  })
  test('brings labels and description back', () => {
    check(
      put({ labels: { by: 'us' }, description: 'now', savedLabels: { by: 'them' } } as Partial<Step>),
      facts(present('new')),
      {
        op: 'put',
        name: A,
        value: ref('new', 'a', 'old'),
        before: v2,
        saved: ref('old', 'a', 'new'),
        labels: { by: 'them' },
        description: '',
        savedLabels: { by: 'us' },
        savedDescription: 'now',
      },
    )
  })
  test('that did not happen needs nothing', () => check(put(), facts(present('old', v1)), undefined))
  test('whose old value is back already needs nothing', () => check(put(), facts(present('old')), undefined))
  test('changed since is left alone', () => check(put(), facts(present('theirs')), 'changed by someone else'))
  test('removed since is left alone', () => {
    check(put(), facts(absent), 'removed by someone else')
    check(put(), facts(deleted), 'removed by someone else')
  })
  test('without the old value is left alone', () => {
    const { saved, ...rest } = put() as Step & { op: 'put' }
    check(rest, facts(present('new')), 'its old value was not kept')
  })
  test('that set labels only is undone too', () => {
    const step = put({ value: ref('new', 'a', 'old'), labels: { by: 'us' } } as Partial<Step>)
    check(step, facts(present('old', v1)), {
      op: 'put',
      name: A,
      value: ref('new', 'a', 'old'),
      before: v1,
      saved: ref('old', 'a', 'old'),
      labels: {},
      savedLabels: { by: 'us' },
    })
  })
})

describe('a put over nothing', () => {
  const step = put({ before: 'absent', saved: undefined } as never)
  test('is removed again', () => {
    check(step, facts(present('new')), { op: 'remove', name: A, before: v2, saved: ref('old', 'a', 'new') })
  })
  test('that is gone needs nothing', () => {
    check(step, facts(absent), undefined)
    check(step, facts(deleted), undefined)
  })
  test('changed since is left alone', () => check(step, facts(present('theirs')), 'changed by someone else'))
})

describe('a put over a deleted name', () => {
  const step = put({ before: 'deleted', deletedVersion: v1, saved: undefined } as never)
  test('is deleted again', () => {
    check(step, facts(present('new')), { op: 'remove', name: A, before: v2, saved: ref('old', 'a', 'new') })
  })
  test('that was undeleted and not yet written is deleted again', () => {
    check(step, facts(present('older', v1)), { op: 'remove', name: A, before: v1 })
  })
  test('changed since is left alone', () => check(step, facts(present('theirs')), 'changed by someone else'))
})

describe('a remove', () => {
  const step: Step = { op: 'remove', name: A, before: v1, saved: ref('old', 'a', 'old'), savedLabels: { by: 'them' } }
  test('is undeleted', () => {
    check(step, facts(deleted), { op: 'undelete', name: A, value: ref('new', 'a', 'old'), version: v1 })
  })
  test('is put back where nothing can be undeleted', () => {
    const back = { op: 'put', name: A, value: ref('new', 'a', 'old'), labels: { by: 'them' } }
    check(step, facts(absent), { ...back, before: 'absent' })
    check(step, facts(deleted, { undelete: false }), { ...back, before: 'deleted' })
  })
  test('that did not happen, or is back, needs nothing', () => {
    check(step, facts(present('old', v1)), undefined)
    check(step, facts(present('old', v2)), undefined)
  })
  test('in whose place another one stands is left alone', () => {
    check(step, facts(present('theirs')), 'changed by someone else')
    check(step, facts({ state: 'deleted', version: v2 }), 'changed by someone else')
  })
  test('of a value that was not kept and is gone is left alone', () => {
    check({ op: 'remove', name: A, before: v1 }, facts(absent), 'its old value was not kept')
  })
})

describe('an undelete', () => {
  const step: Step = { op: 'undelete', name: A, value: ref('old', 'a', 'old'), version: v1 }
  test('is deleted again', () => {
    check(step, facts(present('old', v1)), { op: 'remove', name: A, before: v1, saved: ref('new', 'a', 'old') })
  })
  test('that did not happen needs nothing', () => check(step, facts(deleted), undefined))
  test('changed since is left alone', () => check(step, facts(present('theirs')), 'changed by someone else'))
})

describe('a history', () => {
  const values = [ref('new', 'a@0', 'one'), ref('new', 'a@1', 'two')]
  const step: Step = { op: 'history', name: A, values, before: v1, saved: ref('old', 'a', 'old') }
  test('half written or whole, the old value is put back', () => {
    for (const [entry, text] of [
      ['a@0', 'one'],
      ['a@1', 'two'],
    ] as const) {
      check(step, facts(present(text)), {
        op: 'put',
        name: A,
        value: ref('new', 'a', 'old'),
        before: v2,
        saved: ref('old', entry, text),
      })
    }
  })
  test('over nothing is removed again', () => {
    check({ op: 'history', name: A, values, before: 'absent' }, facts(present('two')), {
      op: 'remove',
      name: A,
      before: v2,
      saved: ref('old', 'a@1', 'two'),
    })
  })
  test('changed since is left alone', () => check(step, facts(present('theirs')), 'changed by someone else'))
})

describe('a rewritten file', () => {
  const saved = ref('old', '/f', 'old')
  const content = ref('new', '/f', 'new')
  const step: Step = {
    op: 'rewrite-env',
    path: '/f',
    before: saved.fingerprint,
    after: content.fingerprint,
    saved,
    content,
    changedLines: 2,
  }
  const holding = (text: string | undefined): Facts =>
    facts(absent, { files: new Map([['/f', text === undefined ? undefined : V(text).fingerprint(KEY)]]) })
  test('is rewritten back', () => {
    check(step, holding('new'), {
      ...step,
      before: content.fingerprint,
      after: saved.fingerprint,
      saved: ref('old', '/f', 'new'),
      content: ref('new', '/f', 'old'),
    })
  })
  test('that was not rewritten, or is back, needs nothing', () => check(step, holding('old'), undefined))
  test('changed since is left alone', () => check(step, holding('new '), 'changed by someone else'))
  test('removed since is left alone', () => check(step, holding(undefined), 'removed by someone else'))
})

describe('of a whole run', () => {
  const two = planOf([
    [put({ before: 'absent' } as never), { ...put(), name: N('b') } as Step],
    [{ op: 'remove', name: N('c'), before: v1, saved: ref('old', 'c', 'old') }],
  ])
  const now = facts(present('new'), {
    secrets: new Map([
      [A, present('new')],
      [N('b'), present('theirs')],
      [N('c'), deleted],
    ]),
  })

  test('stages come in reverse, and what is left is named', () => {
    const { stages, left } = undoOf(
      two,
      {
        settled: new Map([
          [0, 'done'],
          [2, 'done'],
        ]),
        intended: new Set([0, 1, 2]),
      },
      now,
    )
    expect(stages.map((stage) => stage.map(({ op }) => op))).toEqual([['undelete'], ['remove']])
    expect(left).toEqual([{ what: 'secret', name: 'b', why: 'changed by someone else' }])
  })

  test('what was skipped or never begun is not ours to undo', () => {
    const progress: Progress = { settled: new Map([[0, 'skipped']]), intended: new Set() }
    expect(undoOf(two, progress, now)).toEqual({ stages: [], left: [] })
  })

  test('a name that was not looked up is never taken for absent', () => {
    expect(() => undoOf(two, begun, facts(absent, { secrets: new Map() }))).toThrow(RangeError)
  })
})
