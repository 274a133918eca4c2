import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { build } from 'esbuild'
import { root } from './publish.mjs'

/** The package's exports: ES modules that share their parts; dependencies stay outside. */
export async function buildLibrary(outdir) {
  await build({
    absWorkingDir: root,
    entryPoints: { 'lib/index': 'src/index.ts', 'lib/dotenv': 'src/dotenv/index.ts' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    chunkNames: 'lib/chunks/[name]-[hash]',
    outdir,
    logLevel: 'warning',
  })
}

/** Declarations of the exports and what they reach. A type error is told, and left to `npm run types` to fail on. */
export async function buildTypes(outdir) {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const args = [tsc, '-p', join(root, 'scripts/build/types.json'), '--outDir', join(outdir, 'types')]
  const { code, output } = await run(process.execPath, args)
  const errors = output.match(/error TS/g)?.length ?? 0
  if (code !== 0 && errors === 0) throw new Error(`tsc: ${output}`)
  if (errors > 0) console.error(`types: ${errors} errors, see npm run types`)
}

function run(program, args) {
  return new Promise((done, failed) => {
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const collect = (bytes) => {
      output += bytes
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    child.on('error', failed)
    child.on('close', (code) => done({ code, output }))
  })
}
