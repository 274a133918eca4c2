import { describe, expect, test } from '@jest/globals'
import { parse } from 'dotenv'
import { COMPARED, EnvRewriteError, findAmbiguous, parseEnv, rewriteEnv, valuesOf } from '../../../src/dotenv/index.js'
import { envFile, envFiles, noise, seeded } from '../../support/env-generator.js'
import { read, sorted } from '../../support/env-read.js'

test('dialect dotenv reads 20,000 files as the npm package does', () => {
  const random = seeded(11)
  for (let at = 0; at < 20_000; at++) {
    const text = at % 2 === 0 ? noise(random) : envFile(random)
    const ours = read(text, 'dotenv')?.filter(([key]) => key !== '__proto__')
    expect({ text, read: ours }).toEqual({ text, read: sorted(Object.entries(parse(text))) })
  }
}, 60_000)

describe('rewriting 1,000 files', () => {
  /** The keys that all four agree on, with a value to migrate. */
  function agreed(text: string): string[] {
    const odd = new Set(findAmbiguous(text).map(({ key }) => key))
    const values = valuesOf(parseEnv(text, { dialect: 'dotenv' }))
    return [...values].flatMap(([key, value]) => (value === '' || odd.has(key) ? [] : [key]))
  }

  test.each(['braces', 'uri'] as const)(
    '%s: agreed keys read as the reference, all else stays to the byte',
    (style) => {
      let keys = 0
      let refused = 0
      for (const text of envFiles(21, 1000)) {
        for (const key of agreed(text)) {
          const value = style === 'uri' ? 'secret://name' : '${secret:name}'
          try {
            const after = rewriteEnv(text, new Map([[key, value]]), { style, dialect: 'dotenv' }).text
            keys++
            expect(valuesOf(parseEnv(after, { dialect: 'dotenv' })).get(key)).toBe(value)
            expect(withoutValues(after, key)).toBe(withoutValues(text, key))
          } catch (error) {
            if (!(error instanceof EnvRewriteError)) throw error
            refused++
          }
        }
      }
      expect(keys).toBeGreaterThan(700)
      expect(refused).toBeLessThan(keys / 50)
    },
    60_000,
  )

  /** The text without the values of one key. */
  function withoutValues(text: string, key: string): string {
    const { entries } = parseEnv(text, { dialect: 'dotenv' })
    let done = 0
    let kept = ''
    for (const entry of entries) {
      if (entry.key !== key) continue
      kept += text.slice(done, entry.valueStart)
      done = entry.valueEnd
    }
    return kept + text.slice(done)
  }

  test('and no dialect that could read a file is left unable to', () => {
    for (const text of envFiles(22, 300)) {
      for (const key of agreed(text)) {
        const change = new Map([[key, 'secret://name']])
        const after = rewritten(text, change)
        for (const dialect of COMPARED) if (after && read(text, dialect)) expect(read(after, dialect)).not.toBeNull()
      }
    }
  }, 60_000)

  function rewritten(text: string, change: ReadonlyMap<string, string>): string | undefined {
    try {
      return rewriteEnv(text, change, { style: 'uri', dialect: 'dotenv' }).text
    } catch (error) {
      if (error instanceof EnvRewriteError) return undefined
      throw error
    }
  }
})
