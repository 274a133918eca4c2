/*
 * Preloaded into the program by a script: `env AT='rename \.env$ SIGKILL'`. At the first call of that function of
 * node:fs/promises whose last path fits, the process gets a signal, or the call fails with an error such as ENOSPC.
 */
const fs = require('node:fs/promises')

const [name, pattern, what] = (process.env.AT ?? '').split(' ')
const real = fs[name]
if (real !== undefined && process.argv.some((word) => word.endsWith('vibesecrets.cjs'))) {
  let isDue = true
  fs[name] = async (...args) => {
    const path = args.filter((each) => typeof each === 'string').at(-1)
    if (!isDue || !new RegExp(pattern).test(path)) return await real(...args)
    isDue = false
    if (!what.startsWith('SIG')) throw Object.assign(new Error(what), { code: what })
    process.kill(process.pid, what)
    await new Promise((done) => setTimeout(done, 50))
    return await real(...args)
  }
}
