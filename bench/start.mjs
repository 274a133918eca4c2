// How much longer `vibesecrets --help` takes to start than Node alone: interleaved, the least of 20 each.
// NODE_EXTRA_CA_CERTS is taken away: where it is set, Node 20 itself needs some 40 ms more for each start.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const ROUNDS = 20
const LIMIT = 1.6

const program = fileURLToPath(new URL('../dist/vibesecrets.cjs', import.meta.url))
if (!existsSync(program)) throw new Error('dist/vibesecrets.cjs is not there: npm run build')

const { NODE_EXTRA_CA_CERTS: _, NODE_OPTIONS: __, ...env } = process.env
const commands = { node: ['-e', '0'], help: ['--', program, '--help'] }
const least = { node: Number.POSITIVE_INFINITY, help: Number.POSITIVE_INFINITY }

for (const args of Object.values(commands)) start(args)
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, args] of Object.entries(commands)) least[name] = Math.min(least[name], start(args))
}

const ratio = least.help / least.node
console.log(`node -e 0            ${least.node.toFixed(1)} ms`)
console.log(`vibesecrets --help   ${least.help.toFixed(1)} ms`)
console.log(`ratio                ${ratio.toFixed(2)} (at most ${LIMIT})`)
process.exitCode = ratio <= LIMIT ? 0 : 1

function start(args) {
  const began = performance.now()
  const { status, stderr } = spawnSync(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] })
  const took = performance.now() - began
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`)
  return took
}
