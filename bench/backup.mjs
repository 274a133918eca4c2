// Times, memory and provider calls of backup, verify, drill and restore. Usage: node bench/backup.mjs [secrets]   (default 10,000)
import { mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const count = Number(process.argv[2] ?? 10_000)
const folder = mkdtempSync(join(tmpdir(), 'bench-backup-'))

const contents = `
export { backup } from './src/flows/backup.js'
export { loadBackup } from './src/flows/restore-input.js'
export { planRestore } from './src/flows/restore.js'
export { perform } from './src/flows/perform.js'
export { makeKeyPair, readIdentities } from './src/backup/keys.js'
export { fileSink } from './src/backup/sinks/file.js'
export { openDraft, readChunks, sweepDrafts } from './src/system/draft.js'
export * as files from './src/system/files.js'
export { systemRandom } from './src/system/random.js'
export { systemClock } from './src/system/clock.js'
export { memoryProvider } from './src/providers/memory.js'
export { countCalls } from './src/providers/wrap/count.js'
export { createRuns } from './src/engine/runs.js'
export { folderAt } from './src/engine/store.js'
export { SecretValue } from './src/core/secret.js'
`
await build({
  stdin: { contents, resolveDir: root },
  bundle: true,
  platform: 'node',
  format: 'esm',
  outfile: join(folder, 'code.mjs'),
  packages: 'external',
  logLevel: 'error',
})
// packages are looked for from where the bundle lies
symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
const code = await import(join(folder, 'code.mjs'))

const files = {
  draft: code.openDraft,
  sweep: code.sweepDrafts,
  read: code.readChunks,
  stat: code.files.statFile,
  list: code.files.listFolder,
  makeFolder: code.files.makeFolder,
}
const host = {
  files,
  state: code.folderAt(join(folder, 'state'), code.files),
  random: code.systemRandom,
  pathOf: (path) => path,
  sink: async (place) => code.fileSink({ folder: place, shown: place }, files, () => new Date()),
}
const clock = code.systemClock(new AbortController().signal)
const context = (provider, name) => ({
  provider,
  identity: 'memory',
  prefix: '',
  fingerprintKey: new Uint8Array(32),
  clock,
  random: code.systemRandom,
  sink: { emit: async () => {} },
  files: {},
  runs: code.createRuns(
    code.folderAt(join(folder, name), code.files),
    async () => new Uint8Array(32),
    code.systemRandom,
  ),
  concurrency: 16,
  locked: (work) => work(),
})

const source = code.memoryProvider()
for (let at = 0; at < count; at++)
  await source.write(`secret-${String(at).padStart(6, '0')}`, code.SecretValue.fromText(`value ${at} `.repeat(25)), {
    expect: 'absent',
    token: `t${at}`,
  })

async function measured(what, act) {
  globalThis.gc?.()
  let peak = process.memoryUsage().rss
  const before = peak
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 20)
  const start = process.hrtime.bigint()
  const result = await act()
  clearInterval(watch)
  const seconds = Number(process.hrtime.bigint() - start) / 1e9
  console.log(
    `${what.padEnd(28)}${seconds.toFixed(2).padStart(8)} s   +${Math.round((Math.max(peak, process.memoryUsage().rss) - before) / 1e6)} MB`,
  )
  return result
}
const calls = ({ calls }) => [...calls].map(([method, n]) => `${method} ${n}`).join(', ')

console.log(`${count} secrets of about 250 bytes, node ${process.version}`)
const { recipient, file } = await code.makeKeyPair(new Date())
const keys = { identities: await code.readIdentities(file.revealBytes(), 'key') }
const place = join(folder, 'b/')
const reading = code.countCalls(source)
const report = await measured('backup, verified', async () =>
  code.backup(
    {
      to: { recipients: [recipient] },
      sink: await host.sink(place),
      replace: false,
      wants: () => true,
      include: [],
      exclude: [],
      allVersions: false,
    },
    context(reading.provider, 'a'),
    host,
  ),
)
console.log(`  provider: ${calls(reading)}   (a listing counts each of its names)`)
console.log(`  file: ${Math.round(statSync(join(place, report.name)).size / 1024)} kB`)
const loaded = await measured('read and verified', () =>
  code.loadBackup({ what: `${place}${report.name}`, keys, wants: () => true, allVersions: true }, host),
)
const target = code.countCalls(code.memoryProvider())
const there = context(target.provider, 'r')
const plan = await measured('restore: plan', () =>
  code.planRestore({ loaded, onConflict: 'fail', names: new Map(), allVersions: true }, there),
)
await measured('restore: write and compare', () => code.perform(plan, there))
console.log(`  provider: ${calls(target)}`)
console.log(
  `for aws that is: backup ${Math.ceil(count / 20)} BatchGetSecretValue and ${2 * Math.ceil(count / 100)} or ${3 * Math.ceil(count / 100)} ListSecrets; values are read once`,
)
rmSync(folder, { recursive: true, force: true })
