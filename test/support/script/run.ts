import { readFileSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { removeTemp } from '../temp.js'
import { parseArchive } from './archive.js'
import type { Command, Manner } from './command.js'
import { files } from './files.js'
import { leaksOf } from './leaks.js'
import { programs } from './programs.js'
import { services } from './services.js'
import { openSession, type ScriptOptions, type Session, unpack } from './session.js'
import { terminal } from './terminal.js'
import { words } from './words.js'

const commands: Readonly<Record<string, Command>> = { ...files, ...programs, ...terminal, ...services }

/** Runs one script; throws at its first line that does not hold, and for every value that came out anywhere. */
export async function runScript(path: string, options: ScriptOptions = {}, variant?: string): Promise<void> {
  const archive = parseArchive(readFileSync(path, 'utf8'))
  const session = openSession(resolve(path), archive.files, options, variant)
  const snapshots = new Set(archive.lines.flatMap(snapshotName))
  for (const [name, body] of archive.files) if (!snapshots.has(name)) unpack(session, name, body)
  try {
    await openServices(session)
    await runLines(session, archive.lines)
    if (session.terminal !== undefined) throw new Error(`${shown(path)}: a terminal is still open: end it with exit N`)
    const leaks = leaksOf(session)
    if (leaks.length > 0) throw new Error(`${shown(path)}: values came out:\n  ${leaks.join('\n  ')}`)
  } finally {
    session.terminal?.shell.kill()
    for (const service of Object.values(session.services)) await service.close?.(session)
    removeTemp(session.root)
  }
}

async function openServices(session: Session): Promise<void> {
  for (const service of Object.values(session.services)) Object.assign(session.env, await service.open?.(session))
}

function snapshotName(line: string): string[] {
  const match = /^\s*(?:\[[^\]]*\]\s*)*snapshot(?:\s+(\S+))?/.exec(line)
  return match === null ? [] : [match[1] ?? 'stdout']
}

async function runLines(session: Session, lines: readonly string[]): Promise<void> {
  for (const [index, line] of lines.entries()) {
    const where = `${shown(session.path)}:${index + 1}`
    try {
      if ((await runLine(session, line, where)) === 'stop') return
    } catch (error) {
      throw new Error(`${where}: ${line.trim()}\n${messageOf(error)}${context(session)}`, { cause: error })
    }
  }
}

async function runLine(session: Session, line: string, where: string): Promise<'stop' | undefined> {
  const [conditions = '', rest = ''] = /^\s*((?:\[[^\]]*\]\s*)*)(.*)$/.exec(line)?.slice(1) ?? []
  if (rest === '' || rest.startsWith('#') || !conditions.split(']').every((each) => isMet(session, each)))
    return undefined
  const all = words(rest, session.env)
  const { manner, length } = mannerOf(all, where)
  const [name = '', ...args] = all.slice(length)
  if (name === 'stop') return 'stop'
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command === undefined) throw new Error(`no command is called ${name}`)
  await command(session, args, manner)
  return undefined
}

/** `[aws` or `[!aws`: the name of the variant, or a condition that it or the test file set. */
function isMet(session: Session, text: string): boolean {
  const [, not, name = ''] = /^\s*\[\s*(!?)\s*(\S+)\s*$/.exec(text) ?? []
  return name === '' || session.conditions.has(name) !== (not === '!')
}

function mannerOf(all: readonly string[], where: string): { manner: Manner; length: number } {
  const prefixes = new Set(['!', '?', 'reveals'])
  const end = all.findIndex((word) => !prefixes.has(word))
  const said = all.slice(0, end < 0 ? all.length : end)
  const manner = {
    negated: said.includes('!'),
    either: said.includes('?'),
    revealing: said.includes('reveals'),
    where: where.split('/').at(-1) ?? where,
  }
  return { manner, length: said.length }
}

function context(session: Session): string {
  const screen = session.terminal === undefined ? '' : `\nscreen:\n${session.terminal.shell.screen()}`
  const { code, stdout, stderr } = session
  return code === undefined ? screen : `${screen}\nexit ${code}\nstdout:\n${stdout}\nstderr:\n${stderr}`
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function shown(path: string): string {
  return relative(process.cwd(), path)
}
