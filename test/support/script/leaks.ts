import { existsSync, readFileSync } from 'node:fs'
import { CanaryScan } from '../canary.js'
import { argvLog, HARNESS_FOLDER, type Session } from './session.js'

/** Every place where a value of the script came out: output, command lines of started programs, files. */
export function leaksOf(session: Session): string[] {
  const scan = new CanaryScan(session.canaries)
  const printed = session.outputs.flatMap(({ where, bytes }) =>
    scan.in(bytes).map((leak) => `${where} shows ${leak.canary} (${leak.form})`),
  )
  const log = argvLog(session.root)
  const started = (existsSync(log) ? scan.in(readFileSync(log)) : []).map(
    (leak) => `the command line of a started program shows ${leak.canary} (${leak.form})`,
  )
  const stored = scan
    .below(session.root, (path) => session.allowed.has(path) || path.startsWith(HARNESS_FOLDER))
    .map((leak) => `${leak.path} holds ${leak.canary} (${leak.form})`)
  return [...printed, ...started, ...stored]
}
