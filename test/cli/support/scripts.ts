import { fileURLToPath } from 'node:url'
import { runScripts, type Service, throughTheProgram } from '../../support/txtar.js'
import { checkJson } from './json.js'

const at = fileURLToPath(new URL('at.cjs', import.meta.url))

/** The scripts of one folder, over the stores that need no server. Every JSON output is held against its schema. */
export function runFolder(name: string, more: Readonly<Record<string, Service>> = {}): void {
  const services = { local: throughTheProgram('local'), ...more }
  runScripts(`test/cli/${name}`, { services, env: { AT_CJS: at }, observe: checkJson })
}
