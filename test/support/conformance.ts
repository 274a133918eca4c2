import { afterAll, beforeAll, describe } from '@jest/globals'
import { batches } from './conformance-batches.js'
import { doubts } from './conformance-doubts.js'
import { histories } from './conformance-histories.js'
import { names } from './conformance-names.js'
import { staging } from './conformance-staging.js'
import { createBench, type Expected, type Subject } from './conformance-subject.js'
import { values } from './conformance-values.js'
import { writing } from './conformance-writing.js'

export type { Ability, Expected, Outside, Subject } from './conformance-subject.js'

/**
 * One suite for every provider and every wrapper: what a trait or an ability says is tested, and what is missing is
 * tested to be missing. Prints the number of checks.
 */
export function conformance(name: string, open: () => Promise<Subject>, expected: Expected): void {
  describe(`${name} is a provider`, () => {
    let subject: Subject | undefined
    let checks = 0
    const current = (): Subject => {
      if (subject === undefined) throw new Error(`${name} was not opened`)
      return subject
    }
    const bench = createBench(current, expected, () => checks++)
    beforeAll(async () => {
      subject = await open()
    }, 120_000)
    afterAll(async () => {
      process.stdout.write(`conformance: ${name}: ${checks} checks\n`)
      await subject?.provider.close()
      await subject?.cleanup()
    }, 120_000)
    names(bench)
    values(bench)
    writing(bench)
    histories(bench)
    staging(bench)
    batches(bench)
    doubts(bench)
  })
}
