import { execute } from '../cli.js'
import { type Command, check, pair } from './command.js'
import { addCanary, content, type Service, type Session } from './session.js'

/** `seed` puts secrets into a store and `holds` looks at it, each through the store's own client. */
export const services: Readonly<Record<string, Command>> = {
  async seed(session, [name = '', ...words]) {
    const secrets = new Map(words.map(pair).map(([key, word]) => [key, secretOf(session, word)]))
    for (const value of secrets.values()) addCanary(session, value)
    await serviceOf(session, name).seed(secrets, session)
  },
  async holds(session, [name = '', ...words], { negated }) {
    const service = serviceOf(session, name)
    for (const word of words) await holdsOne(session, service, word, negated)
  },
}

async function holdsOne(session: Session, service: Service, word: string, negated: boolean): Promise<void> {
  const [name, wanted] = word.includes('=') ? pair(word) : [word, undefined]
  const found = await service.read(name, session)
  const holds = wanted === undefined ? found !== undefined : found === secretOf(session, wanted)
  check(holds !== negated, found === undefined ? `${name} is not there` : `${name} is ${JSON.stringify(found)}`)
}

/** `@file` stands for the file's text. */
function secretOf(session: Session, word: string): string {
  return word.startsWith('@') ? content(session, word.slice(1)).toString() : word
}

function serviceOf(session: Session, name: string): Service {
  const service = session.services[name]
  if (service === undefined)
    throw new Error(`no service is called ${name}: ${Object.keys(session.services).join(', ') || 'there is none'}`)
  return service
}

/** For stores that have no client but ours: `set` and `get` of the program, in the script's own environment. */
export function throughTheProgram(provider: string): Service {
  const run = (session: Session, args: readonly string[], stdin = '') =>
    execute([...session.program, ...args, '--provider', provider], { cwd: session.cwd, env: session.env, stdin })
  return {
    async seed(secrets, session) {
      for (const [name, value] of secrets) {
        const { code, stderr } = await run(session, ['set', name, '--yes'], value)
        check(code === 0, `set ${name}: exit ${code}\n${stderr}`)
      }
    },
    async read(name, session) {
      const { code, stdout, stderr } = await run(session, ['get', name])
      check(code === 0 || code === 66, `get ${name}: exit ${code}\n${stderr}`)
      return code === 0 ? stdout.toString() : undefined
    },
  }
}
