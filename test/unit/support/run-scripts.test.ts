import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { runScripts } from '../../support/txtar.js'

const folder = fileURLToPath(new URL('scripts', import.meta.url))

runScripts(folder, {
  program: [process.execPath, `${folder}/program.cjs`],
  variants: { red: {}, blue: {} },
  normalise: [[/\b(?:red|blue)\b/g, '<who>']],
})

test('a folder without scripts is an error, not an empty success', () =>
  expect(() => runScripts(fileURLToPath(new URL('.', import.meta.url)))).toThrow('no .txtar file'))
