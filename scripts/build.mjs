// Builds dist/: the program, the library and its types. Does nothing when no input has changed.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildLibrary, buildTypes } from './build/library.mjs'
import { buildProgram } from './build/program.mjs'
import { filesBelow, publish, root } from './build/publish.mjs'

const started = performance.now()
const dist = join(root, 'dist')
const stamp = join(dist, '.stamp')

const inputs = inputsHash()
if (readStamp() === inputs) {
  console.log(`dist is up to date (${seconds()})`)
} else {
  await build()
  console.log(`dist built in ${seconds()}`)
}

/** Everything is made beside what is there and then moved in, so that a running program never meets half of it. */
async function build() {
  const fresh = join(dist, `.fresh-${process.pid}`)
  mkdirSync(fresh, { recursive: true })
  try {
    const parts = await Promise.allSettled([buildProgram(fresh), buildLibrary(fresh), buildTypes(fresh)])
    for (const part of parts) if (part.status === 'rejected') throw part.reason
    publish(fresh, dist)
    writeFileSync(stamp, inputs)
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
}

function inputsHash() {
  const hash = createHash('sha256').update(process.version)
  const sources = ['bin', 'commands', 'src', 'scripts', 'schemas'].flatMap((folder) => filesBelow(join(root, folder)))
  for (const file of [
    ...sources,
    join(root, 'package-lock.json'),
    join(root, 'package.json'),
    join(root, 'tsconfig.json'),
  ])
    hash.update(`\0${file.slice(root.length)}\0`).update(readFileSync(file))
  return hash.digest('hex')
}

function readStamp() {
  try {
    return readFileSync(stamp, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

function seconds() {
  return `${((performance.now() - started) / 1000).toFixed(1)} s`
}
