import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { build } from 'esbuild'

const SCRIPT = `
import { connect } from './src/providers/gcp/connect.ts'
import { systemClock } from './src/system/clock.ts'
import { systemRandom } from './src/system/random.ts'
const settings = { env: process.env, options: {}, timeoutMs: 20_000, insecureHttp: false, readFile: async () => undefined }
const provider = await connect(settings, { clock: systemClock(), random: systemRandom })
const said = await provider.read('vibebox-nothing').then(({ state }) => state, ({ code }) => code)
await provider.close()
process.stdout.write(said + '\\n')
`

/** One read in a process of its own, with nothing but `env`: what the SDK prints, and what it dies of, is seen. */
export async function runAlone(
  env: Readonly<Record<string, string>>,
): Promise<{ readonly stdout: string; readonly stderr: string; readonly status: number }> {
  const folder = join(process.cwd(), 'node_modules', '.cache', 'vibesecrets')
  const program = join(folder, `gcp-alone-${process.pid}.mjs`)
  mkdirSync(folder, { recursive: true })
  await build({
    stdin: { contents: SCRIPT, resolveDir: process.cwd(), loader: 'ts' },
    outfile: program,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  })
  try {
    const own = { PATH: process.env['PATH'] ?? '', GCP_PROJECT_ID: 'test-project', HOME: folder, ...env }
    const child = spawn(process.execPath, ['--', program], { env: own, stdio: ['ignore', 'pipe', 'pipe'] })
    const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
    return { stdout, stderr, status: Number(status) }
  } finally {
    rmSync(program)
  }
}
