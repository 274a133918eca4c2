import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { type Folder, folderAt } from '../../../src/engine/store.js'
import * as files from '../../../src/system/files.js'
import { memoryFolder } from '../../support/folder.js'

const root = mkdtempSync(join(tmpdir(), 'vibesecrets-store-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const bytes = (text: string): Uint8Array => Buffer.from(text)
let count = 0

describe.each<[string, () => Folder]>([
  ['in memory', () => memoryFolder()],
  ['on disk', () => folderAt(join(root, String(++count)), files)],
])('a folder %s', (_, make) => {
  const textOf = async (folder: Folder, path: string): Promise<string | undefined> => {
    const read = await folder.read(path)
    return read && Buffer.from(read).toString()
  }

  test('makes a file once', async () => {
    const folder = make()
    expect(await folder.create('journal/a.jsonl', bytes('1\n'))).toBe(true)
    expect(await folder.create('journal/a.jsonl', bytes('2\n'))).toBe(false)
    expect(await textOf(folder, 'journal/a.jsonl')).toBe('1\n')
  })

  test('appends, replaces, lists and removes', async () => {
    const folder = make()
    await folder.create('journal/b', bytes('1'))
    await folder.append('journal/b', bytes('2'))
    await folder.replace('journal/a', bytes('x'))
    expect(await folder.list('journal')).toEqual(['a', 'b'])
    expect(await textOf(folder, 'journal/b')).toBe('12')
    await folder.remove('journal/a')
    await folder.remove('journal/a')
    expect(await folder.list('journal')).toEqual(['b'])
  })

  test('what is not there is undefined, and nothing is listed', async () => {
    expect(await make().read('undo/x')).toBeUndefined()
    expect(await make().list('undo')).toEqual([])
  })
})

test('on disk every file is for its owner only', async () => {
  await folderAt(join(root, 'mode'), files).create('undo/a', bytes('x'))
  expect(statSync(join(root, 'mode', 'undo', 'a')).mode & 0o777).toBe(0o600)
  expect(statSync(join(root, 'mode', 'undo')).mode & 0o777).toBe(0o700)
  expect(readFileSync(join(root, 'mode', 'undo', 'a'), 'utf8')).toBe('x')
})
