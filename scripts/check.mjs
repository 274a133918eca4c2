// Types, lint and the fast tests, side by side; prints what each one said, and fails when one of them failed.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const modules = 'node_modules'
const jest = ['--experimental-vm-modules', '--no-warnings', `${modules}/jest/bin/jest.js`]

const parts = {
  types: [`${modules}/typescript/bin/tsc`, '-p', '.', '--incremental', '--tsBuildInfoFile', `${modules}/.cache/types`],
  lint: [`${modules}/@biomejs/biome/bin/biome`, 'check', '--error-on-warnings', '.'],
  tests: [...jest, '--maxWorkers=100%', '--selectProjects', 'fast'],
}

function run(name, args) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    const said = []
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => said.push(chunk))
    child.on('close', (code) => {
      process.stdout.write(`${Buffer.concat(said)}[check] ${name}: ${code === 0 ? 'ok' : 'failed'}\n`)
      resolve(code === 0)
    })
  })
}

const passed = await Promise.all(Object.entries(parts).map(([name, args]) => run(name, args)))
process.exitCode = passed.every(Boolean) ? 0 : 1
