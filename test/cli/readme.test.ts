import { readdirSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { blocksOf, reader, showsOutput, unknownIn } from './support/readme.js'

const pages = ['README.md', ...readdirSync('docs').flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : []))]

describe.each(pages)('%s', (page) => {
  const blocks = blocksOf(page)
  const play = reader()

  test('commands and options are those that the program has', () =>
    expect(blocks.flatMap(({ commands }) => commands.flatMap(({ typed }) => unknownIn(typed)))).toEqual([]))

  // In order: each block finds what the ones before it left.
  test('what is shown is what is written', async () => {
    for (const block of blocks.filter(showsOutput))
      for (const { shown, real } of await play(block))
        expect(`line ${block.line}\n${real}`).toBe(`line ${block.line}\n${shown}`)
  }, 120_000)
})
