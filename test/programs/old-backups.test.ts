import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { readArchive, writeArchive } from '../../src/backup/old/layout.js'
import { tar, untar } from '../../src/backup/old/tar.js'
import { Failure } from '../../src/core/failure.js'
import { tempFolder } from '../support/temp.js'
import { N } from '../support/world.js'

const folder = tempFolder('old')
const sh = (line: string): Buffer => execFileSync('sh', ['-c', line], { cwd: folder })
const text = (files: ReturnType<typeof readArchive>) =>
  files.map(({ name, bytes }) => [name, Buffer.from(bytes).toString()])
const long = `n${'x'.repeat(150)}`

describe('archives that tar made', () => {
  test.each(['--format=gnu', '--format=ustar', '--format=posix', '--format=v7'])(
    '%s are read, exact bytes',
    (format) => {
      const names =
        format === '--format=v7' || format === '--format=ustar'
          ? ['database-url', 'tls-key']
          : ['database-url', 'tls-key', long]
      for (const name of names) writeFileSync(join(folder, `backup-${name}.txt`), `value of ${name.slice(0, 20)}\n\n`)
      const bytes = sh(`tar ${format} -czf - ${names.map((name) => `backup-${name}.txt`).join(' ')}`)
      expect(text(readArchive(bytes))).toEqual(
        [...names].sort().map((name) => [name, `value of ${name.slice(0, 20)}\n\n`]),
      )
    },
  )
  test('with ./ before the names, folders and other files in between', () => {
    sh(
      `rm -rf in && mkdir -p in/sub && echo other > in/README && printf x > in/sub/backup-a.txt && printf y > in/backup-b.txt`,
    )
    expect(text(readArchive(sh('tar -C in -czf - .')))).toEqual([
      ['a', 'x'],
      ['b', 'y'],
    ])
  })
})

test('an archive of ours is read by tar, long names too', () => {
  const files = [N('database-url'), N(long), N('empty')].map((name) => ({
    name,
    bytes: Buffer.from(name === 'empty' ? '' : `v-${name.slice(0, 5)}`),
  }))
  writeFileSync(join(folder, 'ours.tar.gz'), writeArchive(files, new Date('2026-01-02T03:04:05Z')))
  sh('rm -rf ours && mkdir ours && tar -xzf ours.tar.gz -C ours')
  for (const { name, bytes } of files)
    expect(readFileSync(join(folder, 'ours', `backup-${name}.txt`)).equals(bytes)).toBe(true)
})

describe('archives that are not as they were written', () => {
  const code = (act: () => unknown): string => {
    try {
      act()
      return 'fine'
    } catch (error) {
      return error instanceof Failure ? error.code : `threw ${String(error)}`
    }
  }
  const plain = tar(
    [
      { name: 'backup-a.txt', bytes: Buffer.from('one') },
      { name: 'backup-b.txt', bytes: Buffer.from('two') },
    ],
    new Date(0),
  )
  test('a header with any bit flipped is refused', () => {
    const codes = new Set<string>()
    for (let bit = 0; bit < 512 * 8; bit++) {
      const copy = Buffer.from(plain)
      copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      // the filling of a field may differ: then the same files come out
      const same = () =>
        expect(text(readArchive(copy))).toEqual([
          ['a', 'one'],
          ['b', 'two'],
        ])
      const found = code(() => [...untar(copy)])
      if (found === 'fine') same()
      else codes.add(found)
    }
    expect([...codes].filter((each) => each.startsWith('threw'))).toEqual([])
  })
  test('one that was cut is refused', () => {
    for (let end = 0; end < plain.byteLength - 1024; end += 13)
      expect(code(() => [...untar(plain.subarray(0, end))])).toBe('DAMAGED')
  })
  test('a gzip bomb ends at the limit', () =>
    expect(code(() => readArchive(gzipSync(Buffer.alloc(300 * 1024 * 1024))))).toBe('INPUT_INVALID'))
  test('two files of one name, and none at all', () => {
    expect(
      code(() =>
        readArchive(
          tar(
            [
              { name: 'a/backup-x.txt', bytes: Buffer.of(1) },
              { name: 'b/backup-x.txt', bytes: Buffer.of(2) },
            ],
            new Date(0),
          ),
        ),
      ),
    ).toBe('DAMAGED')
    expect(code(() => readArchive(tar([{ name: 'README', bytes: Buffer.of(1) }], new Date(0))))).toBe('DAMAGED')
    expect(code(() => readArchive(gzipSync('nothing').subarray(0, 10)))).toBe('DAMAGED')
  })
})
