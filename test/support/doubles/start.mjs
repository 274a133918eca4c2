// Starts the doubles of Google Secret Manager and Azure Key Vault: node test/support/doubles/start.mjs [port]
// Prints their addresses as KEY=value lines and `ready`, and runs until SIGTERM. Uses the ports port to port + 2.
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../../..', import.meta.url))
process.chdir(root)
const folder = join(root, 'node_modules', '.cache', 'vibesecrets')
const program = join(folder, `doubles-${process.pid}.mjs`)

mkdirSync(folder, { recursive: true })
await build({
  entryPoints: [join(root, 'test/support/doubles/main.ts')],
  outfile: program,
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  logLevel: 'error',
})
const { startDoubles } = await import(pathToFileURL(program).href).finally(() => rmSync(program))
const stop = await startDoubles(Number(process.argv[2] ?? 21_030), (line) => void process.stdout.write(`${line}\n`))
process.stdout.write('ready\n')

for (const signal of ['SIGTERM', 'SIGINT'])
  process.once(signal, () => {
    stop().then(() => process.exit(0))
  })
