import { parseEnv as running } from 'node:util'
import { expect, test } from '@jest/globals'
import { envFiles } from '../support/env-generator.js'
import { read, sorted } from '../support/env-read.js'

/** Node 22 reads as Node 24 does. */
const dialect = Number(process.versions.node.split('.', 1)[0]) < 22 ? 'node20' : 'node'

test(`util.parseEnv of Node ${process.versions.node} reads 5,000 files as dialect ${dialect}`, () => {
  const wrong = envFiles(31, 5000).filter((text) => {
    // An object drops `__proto__`; here it is a key.
    const ours = read(text, dialect)?.filter(([key]) => key !== '__proto__')
    const theirs = sorted(Object.entries(running(text)) as [string, string][])
    return JSON.stringify(ours) !== JSON.stringify(theirs)
  })
  expect(wrong).toEqual([])
}, 60_000)
