import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { commandNamed } from '../../../src/config/commands.js'
import { longName, settingsOf } from '../../../src/config/settings.js'
import { builtProgram, cleanEnv, execute } from '../../support/cli.js'
import { tempFolder } from '../../support/temp.js'

/** A `console` block of a page: commands, each with what it shows. */
export interface Block {
  readonly line: number
  /** Files of HTML comments before it: `<!-- .env`, the lines of the file, `-->`. */
  readonly files: readonly (readonly [name: string, body: string])[]
  readonly commands: readonly { readonly typed: string; readonly shown: string }[]
}

const PARTS = /^<!-- (\S*\.\S+)\n(.*?)^-->$|^```console\n(.*?)^```$/gms

/** The blocks of a page that begin with `$`, in order. */
export function blocksOf(page: string): Block[] {
  const text = readFileSync(page, 'utf8')
  const blocks: Block[] = []
  let files: [string, string][] = []
  for (const { index, 1: name, 2: body, 3: block } of text.matchAll(PARTS)) {
    if (name !== undefined) files.push([name, body ?? ''])
    if (block === undefined || !block.startsWith('$ ')) continue
    blocks.push({ line: text.slice(0, index).split('\n').length, files, commands: commandsOf(block) })
    files = []
  }
  return blocks
}

const commandsOf = (block: string): Block['commands'] =>
  block.split(/^\$ /m).flatMap((part) => {
    const [typed = '', ...shown] = part.split('\n')
    return typed === '' ? [] : [{ typed, shown: shown.join('\n').trimEnd() }]
  })

/** Whether a block shows what its commands write: only then can it be compared. */
export const showsOutput = ({ commands }: Block): boolean => commands.some(({ shown }) => shown !== '')

/** Runs blocks one after the other in one folder, on a machine that has nothing yet. */
export function reader(): (block: Block) => Promise<{ readonly shown: string; readonly real: string }[]> {
  const root = tempFolder('readme')
  const [program = '', ...args] = builtProgram()
  const alias = `vibesecrets() { '${program}' ${args.map((word) => `'${word}'`).join(' ')} "$@"; }`
  const env = cleanEnv(join(root, '..', `${root.split('/').at(-1)}-home`))
  return async ({ files, commands }) => {
    for (const [name, body] of files) writeFileSync(join(root, name), body)
    const results = []
    for (const { typed, shown } of commands) {
      const { stdout, stderr } = await execute(['/bin/sh', '-c', `${alias}\n${typed}`], { cwd: root, env })
      const real = stdout.length > 0 ? stdout : stderr
      results.push({ shown: normalised(shown), real: normalised(real.toString().replaceAll(env['HOME'] ?? '', '~')) })
    }
    return results
  }
}

/** Run ids, times, fingerprints and the width of columns are not the same twice. */
function normalised(text: string): string {
  return text
    .replaceAll(/\b(run|rollback|recover) [0-9a-f]{4,}\b/g, '$1 <run>')
    .replaceAll(/…[0-9a-f]{4}\b/g, '…<print>')
    .replaceAll(/\b\d+(?:\.\d+)? (?:ms|s)\b/g, '<duration>')
    .replaceAll(/\b(?:just now|\d+ \w+ ago)\b/g, '<age>')
    .replaceAll(/ {2,}/g, '  ')
    .replaceAll(/ +$/gm, '')
    .trimEnd()
}

/** What a typed command names that the program does not have. */
export function unknownIn(typed: string): string[] {
  const words = typed.split(/\s+/)
  const at = words.indexOf('vibesecrets')
  if (at < 0) return []
  const [first = '', second = ''] = words.slice(at + 1).filter((word) => !word.startsWith('-'))
  const command = commandNamed(`${first} ${second}`) ?? commandNamed(first)
  if (command === undefined) return first === '' ? [] : [`command ${first}`]
  const known = new Set(settingsOf(command.name).flatMap((one) => [`--${longName(one)}`, `-${one.short ?? ''}`]))
  const options = words.slice(at + 1).flatMap((word) => /^--?[a-z][a-z-]*/.exec(word)?.[0] ?? [])
  return options.filter((word) => !known.has(word) && !['--help', '-h', '--version'].includes(word))
}
