// Loaded into the programs under test: writes down the command line of every program that they start, since any user
// of a machine can read it there.
const childProcess = require('node:child_process')
const { appendFileSync } = require('node:fs')
const { syncBuiltinESMExports } = require('node:module')

const log = process.env.VIBESECRETS_ARGV_LOG

function note(words) {
  if (log !== undefined) appendFileSync(log, `${words.flat().map(String).join(' ')}\n`)
}

const { spawn } = childProcess.ChildProcess.prototype
childProcess.ChildProcess.prototype.spawn = function (options) {
  note(options.args ?? [options.file])
  return spawn.call(this, options)
}

for (const name of ['spawnSync', 'execFileSync', 'execSync']) {
  const original = childProcess[name]
  childProcess[name] = (...words) => {
    note(words.filter((word) => typeof word === 'string' || Array.isArray(word)))
    return original(...words)
  }
}
syncBuiltinESMExports()
