/*
 * Loaded before the program (`node --require`). It counts every opening for writing and every write, and lets one of
 * them go wrong: strace cannot pick a write out of a file's, because Node's own pipes write as well.
 *
 * FAULT_LOG   a file that takes one line for each call, and `hit` where the fault was
 * FAULT_AT    "open 3", "write 5": which call
 * FAULT_HOW   kill, EIO or ENOSPC
 * FAULT_PART  how much of a write takes effect before: none, half or most (all but the last byte)
 */
const { appendFileSync, constants, writeSync } = require('node:fs')
const files = require('node:fs/promises')

const { FAULT_LOG: log, FAULT_AT: at = '', FAULT_HOW: how = 'kill', FAULT_PART: part = 'none' } = process.env
const counts = { open: 0, write: 0 }
const real = { open: files.open, writeFile: files.writeFile }

files.open = async (path, flags, ...rest) => {
  if (!isForWriting(flags)) return real.open(path, flags, ...rest)
  if (isNow('open', path)) fail()
  return watched(await real.open(path, flags, ...rest), path)
}

/** A file that is written by its path is an opening and a write. */
files.writeFile = async (path, data, options = {}) => {
  if (typeof path !== 'string') return real.writeFile(path, data, options)
  const file = await files.open(path, options.flag ?? 'w', options.mode ?? 0o666)
  try {
    await file.writeFile(data)
  } finally {
    await file.close()
  }
}

function isForWriting(flags) {
  return typeof flags === 'string' ? /[wax+]/.test(flags) : (flags & (constants.O_WRONLY | constants.O_RDWR)) !== 0
}

function watched(file, path) {
  const { write, writeFile } = file
  let isFull = false
  file.write = async (bytes, ...rest) => {
    if (isFull) fail()
    if (!isNow('write', path)) return write.call(file, bytes, ...rest)
    const done = writeSome(file, bytes)
    if (how === 'kill' || done === 0) fail()
    // A full disk first takes what fits, and refuses the next write.
    isFull = true
    return { bytesWritten: done, buffer: bytes }
  }
  file.writeFile = async (data, ...rest) => {
    if (!isNow('write', path)) return writeFile.call(file, data, ...rest)
    writeSome(file, Buffer.from(data))
    fail()
  }
  return file
}

function writeSome(file, bytes) {
  const length = { none: 0, half: bytes.byteLength >> 1, most: bytes.byteLength - 1 }[part]
  return length > 0 ? writeSync(file.fd, bytes, 0, length) : 0
}

function isNow(call, path) {
  counts[call]++
  if (log !== undefined) appendFileSync(log, `${call} ${path}\n`)
  return at === `${call} ${counts[call]}`
}

function fail() {
  if (log !== undefined) appendFileSync(log, 'hit\n')
  if (how === 'kill') process.kill(process.pid, 'SIGKILL')
  throw Object.assign(new Error(`${how}: injected`), { code: how, errno: how === 'EIO' ? -5 : -28, syscall: 'write' })
}
