import { expect, test } from '@jest/globals'
import { compareRow } from '../../../src/core/compare.js'
import type { Lookup } from '../../../src/core/ports.js'
import { version } from '../../../src/core/secret.js'
import { V } from '../../support/world.js'

const present = (text: string): Lookup => ({ state: 'present', version: version('v1'), value: V(text), labels: {} })

test.each<[string, string, Lookup, string]>([
  ['equal bytes are the same', 'x', present('x'), 'same'],
  ['a trailing newline differs', 'x', present('x\n'), 'differs'],
  ['case differs', 'x', present('X'), 'differs'],
  ['an empty value is not absence', '', present(''), 'same'],
  ['another normal form differs', 'é', present('e\u0301'), 'differs'],
  ['nothing there is absent', '', { state: 'absent' }, 'absent'],
  ['a deleted one is deleted', 'x', { state: 'deleted' }, 'deleted'],
])('%s', (_, want, found, result) => {
  expect(compareRow(V(want), found)).toBe(result)
})
