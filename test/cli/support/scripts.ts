import { fileURLToPath } from 'node:url'
import { runScripts, type Service, type Session, throughTheProgram } from '../../support/txtar.js'
import { checkJson } from './json.js'
import { unknownIn } from './readme.js'

const at = fileURLToPath(new URL('at.cjs', import.meta.url))

/** The scripts of one folder, over the stores that need no server. Every JSON output and every hint is checked. */
export function runFolder(name: string, more: Readonly<Record<string, Service>> = {}): void {
  const services = { local: throughTheProgram('local'), ...more }
  runScripts(`test/cli/${name}`, { services, env: { AT_CJS: at }, observe })
}

function observe(session: Session): void {
  checkJson(session)
  checkHints(session)
}

/** Every command that is proposed has to be one that the program has, with options that it takes. */
function checkHints({ stderr }: Session): void {
  const proposals = stderr.toString().matchAll(/: {2,}(?:\w+=\S+ )?(vibesecrets [a-z].*)$/gm)
  const wrong = [...proposals].flatMap(([, line = '']) => unknownIn(line).map((what) => `${what} in: ${line}`))
  if (wrong.length > 0) throw new Error(`a hint proposes what is not there:\n  ${wrong.join('\n  ')}`)
}
