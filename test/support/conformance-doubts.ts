import { describe, test } from '@jest/globals'
import { isFailure } from '../../src/core/failure.js'
import type { Provider } from '../../src/core/ports.js'
import { version } from '../../src/core/secret.js'
import { type Bench, codeOf, collect, put, text } from './conformance-subject.js'

const WAIT = 120_000

/** Not found, not allowed and not reachable are three answers, and only the first is "absent". */
export function doubts(bench: Bench): void {
  const { fresh, check, token } = bench

  describe('doubt', () => {
    test(
      'who may not read hears that, and never "absent"',
      async () => {
        const { forbidden } = bench.subject()
        if (forbidden === undefined) return check(hasNobody(bench)).toBe(true)
        const [there, missing] = [fresh('forbidden'), fresh('forbidden')]
        await put(bench, there, text('v'))
        for (const name of [there, missing]) {
          check(await codeOf(forbidden.read(name))).toBe('PERMISSION_DENIED')
          check(await codeOf(forbidden.readMany([name]))).toBe('PERMISSION_DENIED')
        }
        const write = forbidden.write(there, text('w'), { expect: 'absent', token: token() })
        check(await codeOf(write)).toBe('PERMISSION_DENIED')
      },
      WAIT,
    )

    test(
      'a refusal says which permission is missing',
      async () => {
        const { forbidden } = bench.subject()
        if (forbidden === undefined) return check(hasNobody(bench)).toBe(true)
        const failure = await forbidden.read(fresh('forbidden')).catch((error: unknown) => error)
        check(isFailure(failure) && (failure.details.why?.length ?? 0) > 10).toBe(true)
        check(isFailure(failure) && (failure.details.hints?.length ?? 0) > 0).toBe(true)
      },
      WAIT,
    )

    test(
      'nobody at the other end is a doubt for every call',
      async () => {
        const { unreachable } = bench.subject()
        if (unreachable === undefined) return check(hasNobody(bench)).toBe(true)
        for (const [call, code] of await askAll(unreachable, bench)) check([call, code]).toEqual([call, 'UNAVAILABLE'])
      },
      WAIT,
    )
  })
}

/** Only what is in this process or on this disk cannot be out of reach. */
const hasNobody = (bench: Bench): boolean => ['memory', 'local', 'env'].includes(bench.provider().traits.id)

async function askAll(provider: Provider, bench: Bench): Promise<(readonly [string, string])[]> {
  const name = bench.fresh('unreachable')
  const calls: (readonly [string, Promise<unknown>])[] = [
    ['read', provider.read(name)],
    ['readMany', provider.readMany([name])],
    ['list', collect(provider.list())],
    ['write', provider.write(name, text('v'), { expect: 'absent', token: bench.token() })],
    ['remove', provider.remove(name, { expect: version('1') })],
  ]
  return Promise.all(calls.map(async ([call, promise]) => [call, await codeOf(promise)] as const))
}
