import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
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

test('a folder that is a file: IO, and nothing is left', async () => {
  const folder = tempFolder('backup-disk')
  writeFileSync(join(folder, 'file'), 'x')
  const notAFolder = fileSink({ folder: join(folder, 'file', 'below'), shown: 'x' }, disk, () => new Date())
  expect(await codeOf(notAFolder.draft())).toBe('IO')
  expect(readdirSync(folder)).toEqual(['file'])
}, 60_000)

/** What a child says of a file that may not grow beyond 64 KiB: a limit of the process needs no right to mount. */
const grower = `
import { fileSink } from './src/backup/sinks/file.js'
import { openDraft, sweepDrafts } from './src/system/draft.js'
import * as files from './src/system/files.js'
const disk = { draft: openDraft, sweep: sweepDrafts, stat: files.statFile, makeFolder: files.makeFolder }
const draft = await fileSink({ folder: process.argv[2], shown: 'x' }, disk, () => new Date()).draft()
await draft.write(Buffer.alloc(50_000))
const code = await draft.write(Buffer.alloc(50_000)).then(() => 'written', (error) => error.code)
await draft.discard()
process.stdout.write(code)
`

test('a file that may not grow: a failure to write, and nothing is left', async () => {
  const folder = tempFolder('backup-quota')
  const outfile = join(folder, 'grow.mjs')
  await build({
    stdin: { contents: grower, resolveDir: resolve('.') },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile,
    logLevel: 'error',
  })
  const into = join(folder, 'b')
  // in blocks of 1,024 bytes (bash) or 512 (dash): both are less than is written
  const limited = `trap '' XFSZ; ulimit -f 64; exec "$0" "$@"`
  const said = spawnSync('bash', ['-c', limited, process.execPath, outfile, into], { encoding: 'utf8' })
  expect([said.stdout, said.stderr]).toEqual(['IO', ''])
  expect(readdirSync(into)).toEqual([])
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
