import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from '@jest/globals'
import { build } from 'esbuild'
import type { BackupFiles } from '../../../src/backup/host.js'
import { fileSink } from '../../../src/backup/sinks/file.js'
import { openDraft, readChunks, sweepDrafts } from '../../../src/system/draft.js'
import * as files from '../../../src/system/files.js'
import { tempFolder } from '../../support/temp.js'
import { codeOf } from './support.js'

const program = `
import { createReadStream, createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { openAge, sealAge } from './src/backup/age.js'
import { payloadOf } from './src/backup/entry.js'
import { makeKeyPair, readIdentities } from './src/backup/keys.js'
import { readPayload } from './src/backup/reader.js'
import { SecretValue } from './src/core/secret.js'
import { systemRandom } from './src/system/random.js'
const file = process.argv[2]
async function* entries() {
  for (let at = 0; at < 100_000; at++)
    yield { name: 'n' + String(Math.floor(at / 2)).padStart(6, '0'), version: String(at), current: at % 2 === 1, created: null, labels: {}, description: null, value: SecretValue.fromText('value ' + at + 'x'.repeat(150)) }
}
const header = { id: 'a'.repeat(32), time: '2026-01-02T03:04:05.678Z', counter: 1, previous: null, provider: 'p', source: 's', environment: null, versions: 'all', include: [], exclude: [] }
const pair = await makeKeyPair(new Date(0))
const sealed = await sealAge(payloadOf(header, entries()), { recipients: [pair.recipient] }, systemRandom)
await pipeline(sealed.bytes, createWriteStream(file))
const { trailer, secrets } = await readPayload(await openAge(createReadStream(file), { identities: await readIdentities(pair.file.revealBytes(), 'k') }), () => {})
console.log(JSON.stringify({ count: trailer.count, secrets, rss: process.resourceUsage().maxRSS }))
`

test('100,000 versions are written and verified in under 200 MB', async () => {
  const folder = tempFolder('backup-memory')
  const outfile = join(folder, 'program.mjs')
  await build({
    stdin: { contents: program, resolveDir: resolve('.') },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile,
    logLevel: 'error',
  })
  const { count, secrets, rss } = JSON.parse(
    execFileSync(process.execPath, [outfile, join(folder, 'b.age')], { encoding: 'utf8' }),
  ) as Record<string, number>
  expect([count, secrets]).toEqual([100_000, 50_000])
  expect(rss).toBeLessThan(200 * 1024)
}, 120_000)

const disk: BackupFiles = {
  draft: openDraft,
  sweep: sweepDrafts,
  read: readChunks,
  readAll: (path, limit) => files.readBytes(path, { limit }),
  stat: files.statFile,
  list: files.listFolder,
  makeFolder: files.makeFolder,
  create: files.createFile,
  replace: files.replaceFile,
  remove: files.removeFile,
}

test('a full disk, a folder that is a file: IO, and nothing is left', async () => {
  const folder = tempFolder('backup-disk')
  writeFileSync(join(folder, 'file'), 'x')
  const notAFolder = fileSink({ folder: join(folder, 'file', 'below'), shown: 'x' }, disk, () => new Date())
  expect(await codeOf(notAFolder.draft())).toBe('IO')
  const small = join(folder, 'small')
  mkdirSync(small)
  // without the right to mount, /dev/full stands for the full disk in the crash tests' ENOSPC
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', small]).status !== 0) return
  try {
    const draft = await fileSink({ folder: small, shown: 'x' }, disk, () => new Date()).draft()
    expect(await codeOf(draft.write(Buffer.alloc(200_000)))).toBe('DISK_FULL')
    await draft.discard()
    expect(readdirSync(small)).toEqual([])
  } finally {
    spawnSync('umount', [small])
    rmSync(small, { recursive: true, force: true })
  }
}, 60_000)

test('drafts of killed processes are swept when they are old, and nothing else is', async () => {
  const folder = tempFolder('backup-sweep')
  const draft = await openDraft(folder)
  await draft.write(Buffer.from('x'))
  await draft.finish()
  writeFileSync(join(folder, 'mine.tmp'), 'x')
  expect(await sweepDrafts(folder, new Date(Date.now() - 3_600_000))).toBe(0)
  expect(await sweepDrafts(folder, new Date(Date.now() + 3_600_000))).toBe(1)
  expect(readdirSync(folder)).toEqual(['mine.tmp'])
  expect(readFileSync(join(folder, 'mine.tmp'), 'utf8')).toBe('x')
})
