import { execute } from '../cli.js'
import { type Command, check, type Manner, taking } from './command.js'
import { atPath, isSame } from './json-path.js'
import type { Session } from './session.js'
import { checkSnapshot } from './snapshot.js'

/** Programs, and what they said. */
export const programs: Readonly<Record<string, Command>> = {
  vibesecrets: (session, args, manner) => runProgram(session, [...session.program, ...args], manner),
  node: (session, args, manner) => runProgram(session, [process.execPath, ...args], manner),
  sh: (session, args, manner) =>
    runProgram(session, ['/bin/sh', '-c', taking(args, "sh 'command'", 1)[0] ?? ''], manner),
  async exit(session, args) {
    const wanted = Number(taking(args, 'exit N', 1)[0])
    await endTerminal(session)
    check(session.code !== undefined, 'no program has run yet')
    check(session.code === wanted, `exit ${session.code}, wanted ${wanted}`)
  },
  stdout: (session, args, manner) => matches(session.stdout, args, manner, 'stdout'),
  stderr: (session, args, manner) => matches(session.stderr, args, manner, 'stderr'),
  'stdout-json': (session, args, manner) => matchesJson(session.stdout, args, manner, 'stdout'),
  'stderr-json': (session, args, manner) => matchesJson(session.stderr, args, manner, 'stderr'),
  snapshot(session, args) {
    const [name = 'stdout', stream = 'stdout'] = taking(args, 'snapshot [NAME [stdout|stderr|screen]]', 0, 2)
    checkSnapshot(session, name, streamText(session, stream))
  },
}

async function runProgram(session: Session, command: readonly string[], manner: Manner): Promise<void> {
  const { stdin, env, cwd } = session
  session.stdin = Buffer.alloc(0)
  const { stdout, stderr, code } = await execute(command, { stdin, env, cwd })
  Object.assign(session, { stdout, stderr, code })
  if (!manner.revealing) session.outputs.push({ where: `stdout of ${manner.where}`, bytes: stdout })
  session.outputs.push({ where: `stderr of ${manner.where}`, bytes: stderr })
  session.options.observe?.(session)
  check(manner.either || (code !== 0) === manner.negated, manner.negated ? 'it succeeded' : `exit ${code}`)
}

/** Waits for the program on the terminal; what it showed becomes its stdout. */
export async function endTerminal(session: Session): Promise<void> {
  if (session.terminal === undefined) return
  const { shell, isRevealing, where } = session.terminal
  session.code = await shell.exit()
  session.stdout = Buffer.from(shell.transcript())
  session.stderr = Buffer.alloc(0)
  if (!isRevealing) session.outputs.push({ where: `terminal of ${where}`, bytes: session.stdout })
  session.terminal = undefined
}

function streamText(session: Session, stream: string): string {
  if (stream === 'stdout') return session.stdout.toString()
  if (stream === 'stderr') return session.stderr.toString()
  if (stream === 'screen' && session.terminal !== undefined) return session.terminal.shell.screen()
  throw new Error(stream === 'screen' ? 'no terminal is open' : `${stream} is not stdout, stderr or screen`)
}

function matches(bytes: Buffer, args: readonly string[], { negated }: Manner, name: string): void {
  const pattern = taking(args, `${name} 'regex'`, 1)[0] ?? ''
  check(
    new RegExp(pattern, 'm').test(bytes.toString()) !== negated,
    `${name} ${negated ? 'shows' : 'lacks'} /${pattern}/`,
  )
}

function matchesJson(bytes: Buffer, args: readonly string[], { negated }: Manner, name: string): void {
  const [path = '', ...wanted] = taking(args, `${name}-json path [value | ~ 'regex']`, 1, 3)
  const found = atPath(JSON.parse(bytes.toString()), path)
  const shown = JSON.stringify(found)
  check(
    jsonHolds(found, wanted) !== negated,
    `${path} is ${shown}, ${negated ? 'unwanted' : `wanted ${wanted.join(' ') || 'anything'}`}`,
  )
}

function jsonHolds(found: unknown, [first, pattern]: readonly string[]): boolean {
  if (first === undefined) return found !== undefined
  if (first !== '~' || pattern === undefined) return isSame(found, first)
  return new RegExp(pattern).test(typeof found === 'string' ? found : JSON.stringify(found))
}
