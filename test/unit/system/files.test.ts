import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { Failure } from '../../../src/core/failure.js'
import {
  createFile,
  listFolder,
  makeFolder,
  openAppend,
  readBytes,
  realPath,
  removeFile,
  replaceFile,
  statFile,
  sweepTemps,
} from '../../../src/system/files.js'
import { tempFolder } from '../../support/temp.js'

const bytes = (text: string): Uint8Array => Buffer.from(text)
const modeOf = (path: string): string => (statSync(path).mode & 0o7777).toString(8)
const isRoot = process.getuid?.() === 0

async function failureOf(act: Promise<unknown>): Promise<Failure> {
  const error: unknown = await act.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof Failure) return error
  throw new Error(`no Failure: ${String(error)}`)
}

describe('readBytes', () => {
  test('gives the exact bytes, empty and binary ones too', async () => {
    const folder = tempFolder()
    for (const content of [Buffer.alloc(0), Buffer.from([0, 255, 13, 10]), Buffer.alloc(300_000, 7)]) {
      writeFileSync(join(folder, 'f'), content)
      expect(Buffer.from((await readBytes(join(folder, 'f'))) ?? []).equals(content)).toBe(true)
    }
  })

  test('says undefined only for a file that is not there', async () => {
    const folder = tempFolder()
    writeFileSync(join(folder, 'f'), '')
    expect(await readBytes(join(folder, 'none'))).toBeUndefined()
    expect(await readBytes(join(folder, 'f', 'below'))).toBeUndefined()
    const failure = await failureOf(readBytes(folder))
    expect([failure.code, failure.details.why]).toEqual(['IO', 'it is a folder (EISDIR)'])
  })

  test('stops at the limit, also where a file has no end', async () => {
    const folder = tempFolder()
    writeFileSync(join(folder, 'f'), '12345')
    expect((await failureOf(readBytes(join(folder, 'f'), { limit: 4 }))).code).toBe('INPUT_INVALID')
    expect(Buffer.from((await readBytes(join(folder, 'f'), { limit: 5 })) ?? []).toString()).toBe('12345')
    expect((await failureOf(readBytes('/dev/zero', { limit: 200_000 }))).code).toBe('INPUT_INVALID')
  })

  test('reads a pipe to its end', async () => {
    const folder = tempFolder()
    execFileSync('mkfifo', [join(folder, 'pipe')])
    const path = join(folder, 'pipe')
    const [read] = await Promise.all([readBytes(path), writeFile(path, 'from a pipe')])
    expect(Buffer.from(read ?? []).toString()).toBe('from a pipe')
  })
})

describe('replaceFile', () => {
  test('makes a file for the owner only, whatever the umask', async () => {
    const folder = tempFolder()
    const before = process.umask(0)
    try {
      await replaceFile(join(folder, 'f'), bytes('one'))
      await replaceFile(join(folder, 'g'), bytes('one'), { mode: 0o640 })
    } finally {
      process.umask(before)
    }
    expect([modeOf(join(folder, 'f')), modeOf(join(folder, 'g'))]).toEqual(['600', '640'])
  })

  test('replaces the whole content and leaves nothing else behind', async () => {
    const path = join(tempFolder(), 'f')
    await replaceFile(path, bytes('a longer content'))
    await replaceFile(path, bytes('short'))
    expect(readFileSync(path, 'utf8')).toBe('short')
    expect(readdirSync(join(path, '..'))).toEqual(['f'])
  })

  test("keeps the mode of the file that is there with like: 'existing'", async () => {
    const path = join(tempFolder(), 'f')
    writeFileSync(path, 'old')
    chmodSync(path, 0o664)
    await replaceFile(path, bytes('new'), { like: 'existing' })
    expect([readFileSync(path, 'utf8'), modeOf(path)]).toEqual(['new', '664'])
  })

  test("makes a private file with like: 'existing' where there is none", async () => {
    const path = join(tempFolder(), 'f')
    await replaceFile(path, bytes('new'), { like: 'existing' })
    expect(modeOf(path)).toBe('600')
  })

  if (isRoot) {
    test("keeps the owner of the file that is there with like: 'existing' (as root)", async () => {
      const path = join(tempFolder(), 'f')
      writeFileSync(path, 'old')
      chownSync(path, 1234, 2345)
      chmodSync(path, 0o640)
      await replaceFile(path, bytes('new'), { like: 'existing' })
      const { uid, gid } = statSync(path)
      expect([uid, gid, modeOf(path)]).toEqual([1234, 2345, '640'])
    })
  }

  test('refuses a symbolic link and leaves link and target alone', async () => {
    const folder = tempFolder()
    writeFileSync(join(folder, 'target'), 'kept')
    for (const [name, to] of [
      ['link', 'target'],
      ['dangling', 'nothing'],
    ] as const) {
      symlinkSync(to, join(folder, name))
      expect((await failureOf(replaceFile(join(folder, name), bytes('x')))).code).toBe('INSECURE')
      expect(lstatSync(join(folder, name)).isSymbolicLink()).toBe(true)
    }
    expect(readFileSync(join(folder, 'target'), 'utf8')).toBe('kept')
    expect(readdirSync(folder).sort()).toEqual(['dangling', 'link', 'target'])
  })

  test('refuses what is no regular file', async () => {
    const folder = tempFolder()
    mkdirSync(join(folder, 'f'))
    expect((await failureOf(replaceFile(join(folder, 'f'), bytes('x')))).code).toBe('INSECURE')
  })

  test('leaves the other names of a hard-linked file alone', async () => {
    const folder = tempFolder()
    writeFileSync(join(folder, 'f'), 'old')
    linkSync(join(folder, 'f'), join(folder, 'other'))
    await replaceFile(join(folder, 'f'), bytes('new'))
    expect(readFileSync(join(folder, 'other'), 'utf8')).toBe('old')
  })

  test('names the path and the reason when the folder is missing', async () => {
    const path = join(tempFolder(), 'none', 'f')
    const failure = await failureOf(replaceFile(path, bytes('x')))
    expect(failure.code).toBe('IO')
    expect(failure.details).toMatchObject({ doing: 'writing', target: path, why: 'no such file or folder (ENOENT)' })
  })

  test('takes a name as long as the file system allows', async () => {
    const path = join(tempFolder(), 'n'.repeat(255))
    await replaceFile(path, bytes('x'))
    expect(readFileSync(path, 'utf8')).toBe('x')
  })
})

describe('createFile', () => {
  test('makes a file once and says when the name is taken', async () => {
    const path = join(tempFolder(), 'f')
    expect(await createFile(path, bytes('first'))).toBe(true)
    expect(await createFile(path, bytes('second'))).toBe(false)
    expect([readFileSync(path, 'utf8'), modeOf(path)]).toEqual(['first', '600'])
    expect(readdirSync(join(path, '..'))).toEqual(['f'])
  })

  test('has one winner among many at once, and its whole content', async () => {
    const path = join(tempFolder(), 'f')
    const made = await Promise.all([...'abcdefgh'].map((letter) => createFile(path, bytes(letter.repeat(50_000)))))
    const winner = made.indexOf(true)
    expect(made.filter(Boolean)).toHaveLength(1)
    expect(readFileSync(path, 'utf8')).toBe('abcdefgh'.charAt(winner).repeat(50_000))
    expect(readdirSync(join(path, '..'))).toEqual(['f'])
  })

  test('a dangling symbolic link takes the name', async () => {
    const folder = tempFolder()
    symlinkSync('elsewhere', join(folder, 'f'))
    expect(await createFile(join(folder, 'f'), bytes('x'))).toBe(false)
    expect(readdirSync(folder)).toEqual(['f'])
  })
})

describe('openAppend', () => {
  test('appends to what is there and makes a private file where nothing is', async () => {
    const path = join(tempFolder(), 'log')
    for (const line of ['one\n', 'two\n']) {
      const file = await openAppend(path)
      await file.append(bytes(line))
      await file.append(bytes('-\n'))
      await file.close()
    }
    expect([readFileSync(path, 'utf8'), modeOf(path)]).toEqual(['one\n-\ntwo\n-\n', '600'])
  })

  test('says DISK_FULL on a full disk', async () => {
    const file = await openAppend('/dev/full')
    const failure = await failureOf(file.append(bytes('x')))
    await file.close()
    expect([failure.code, failure.exit]).toEqual(['DISK_FULL', 74])
  })

  test('refuses a symbolic link', async () => {
    const folder = tempFolder()
    writeFileSync(join(folder, 'target'), '')
    symlinkSync('target', join(folder, 'log'))
    expect((await failureOf(openAppend(join(folder, 'log')))).details.why).toBe('it is a symbolic link (ELOOP)')
  })
})

describe('folders', () => {
  test('makeFolder makes private folders, parents too, whatever the umask', async () => {
    const folder = tempFolder()
    const before = process.umask(0)
    await makeFolder(join(folder, 'a', 'b')).finally(() => process.umask(before))
    expect([modeOf(join(folder, 'a')), modeOf(join(folder, 'a', 'b'))]).toEqual(['700', '700'])
    await makeFolder(join(folder, 'a', 'b'))
  })

  test.each([0o770, 0o702, 0o777])('makeFolder refuses a folder that others may write to (%o)', async (mode) => {
    const path = join(tempFolder(), 'open')
    mkdirSync(path)
    chmodSync(path, mode)
    const failure = await failureOf(makeFolder(path))
    expect(failure.code).toBe('INSECURE')
    expect(failure.details.hints?.[0]?.command).toBe(`chmod 700 '${path}'`)
  })

  if (isRoot) {
    test('makeFolder refuses a folder of another user (as root)', async () => {
      const path = join(tempFolder(), 'theirs')
      mkdirSync(path, { mode: 0o700 })
      chownSync(path, 1234, 1234)
      expect((await failureOf(makeFolder(path))).code).toBe('INSECURE')
    })
  }

  test('listFolder sorts, and a missing folder has no names', async () => {
    const folder = tempFolder()
    for (const name of ['b', 'a']) writeFileSync(join(folder, name), '')
    expect(await listFolder(folder)).toEqual(['a', 'b'])
    expect(await listFolder(join(folder, 'none'))).toEqual([])
  })

  test('realPath resolves links and keeps what does not exist yet', async () => {
    const folder = tempFolder()
    mkdirSync(join(folder, 'real'))
    symlinkSync('real', join(folder, 'link'))
    expect(await realPath(join(folder, 'link', 'new', 'file'))).toBe(join(folder, 'real', 'new', 'file'))
    expect(await realPath(join(folder, 'link'))).toBe(join(folder, 'real'))
  })

  test('removeFile says whether there was something to remove', async () => {
    const path = join(tempFolder(), 'f')
    writeFileSync(path, '')
    expect([await removeFile(path), await removeFile(path)]).toEqual([true, false])
  })

  test('statFile has another stamp after every change, and no facts where nothing is', async () => {
    const path = join(tempFolder(), 'f')
    expect(await statFile(path)).toBeUndefined()
    const stamps = new Set<string | undefined>()
    for (let round = 0; round < 5; round++) {
      await replaceFile(path, bytes('same'))
      stamps.add((await statFile(path))?.stamp)
    }
    expect(stamps.size).toBe(5)
  })

  test('sweepTemps removes what killed writers of this file left, and nothing else', async () => {
    const folder = tempFolder()
    const left = `.f.${'0a'.repeat(12)}.tmp`
    const others = ['.f.tmp', '.f.notes.tmp', `.g.${'0a'.repeat(12)}.tmp`, 'f']
    for (const name of [left, ...others]) writeFileSync(join(folder, name), '')
    expect(await sweepTemps(join(folder, 'f'))).toBe(1)
    expect(readdirSync(folder).sort()).toEqual([...others].sort())
  })
})
