import { type CommandFacts, type CommandName, commands, factsOf } from './config/commands.js'
import { flagsOf, type NamedSetting, settingsOf } from './config/settings.js'
import { commonExits, exitMeanings } from './exits.js'

/** Help of the program, or of one command: made from the tables, so that it cannot lag behind. */
export function helpText(command: CommandName | undefined, columns: number | undefined): string {
  const width = Math.max(columns ?? 80, 30)
  const text = command === undefined ? programHelp(width) : commandHelp(factsOf(command), command, width)
  return columns === undefined ? text : folded(text, width)
}

function programHelp(width: number): string {
  return [
    ...wrap(
      'vibesecrets moves .env files into a secret store and keeps them healthy there. Every change is a plan: seen before, proved after, recoverable, undoable.',
      width,
    ),
    '',
    'usage: vibesecrets <command> [provider] [options]',
    '       provider: aws gcp azure vault k8s env local',
    '',
    ...columnsOf(
      commands.map((one) => [
        `  ${one.name}`,
        'aliases' in one ? `${one.summary} (also: ${one.aliases.join(', ')})` : one.summary,
      ]),
      width,
    ),
    '',
    'options that every command takes',
    ...columnsOf(
      settingsOf('status').map((one) => [`  ${flagsOf(one)}`, one.meaning]),
      width,
    ),
    '',
    'examples',
    '  vibesecrets migrate local --dry-run',
    '  vibesecrets migrate aws --yes',
    '  vibesecrets rollback',
    '',
    'exit codes',
    ...columnsOf(
      Object.entries(exitMeanings).map(([code, meaning]) => [`  ${code}`, meaning]),
      width,
    ),
    '',
    'options, examples and exit codes of one command: vibesecrets <command> --help',
    '',
  ].join('\n')
}

function commandHelp(facts: CommandFacts, command: CommandName, width: number): string {
  const settings = settingsOf(command)
  const common = new Set(settingsOf('status').map(({ name }) => name))
  const own = settings.filter(({ name }) => !common.has(name))
  const exits = [...new Set<number>([...commonExits, ...facts.exits])].sort((a, b) => a - b)
  return [
    `usage: vibesecrets ${[facts.name, facts.args, '[options]'].filter((part) => part !== '').join(' ')}`,
    ...(facts.aliases === undefined
      ? []
      : [`also:  ${facts.aliases.map((alias) => `vibesecrets ${alias}`).join(', ')}`]),
    '',
    ...wrap(facts.summary, width),
    '',
    ...(own.length === 0 ? [] : ['options', ...columnsOf(own.map(optionRow), width), '']),
    'options that every command takes',
    ...columnsOf(settings.filter(({ name }) => common.has(name)).map(optionRow), width),
    '',
    'examples',
    ...facts.examples.map((example) => `  vibesecrets ${example}`),
    '',
    'exit codes',
    ...columnsOf(
      exits.map((code) => [`  ${code}`, exitMeanings[code] ?? '']),
      width,
    ),
    '',
  ].join('\n')
}

const optionRow = (setting: NamedSetting): [string, string] => [`  ${flagsOf(setting)}`, meaningOf(setting)]

function meaningOf({ meaning, choices, default: fallback }: NamedSetting): string {
  const among = choices === undefined || meaning.includes(choices[0] ?? ' ') ? '' : `: ${choices.join(', ')}`
  return `${meaning}${among}${typeof fallback === 'string' ? ` (default ${fallback})` : ''}`
}

/** Lines that are one piece (usage, examples) go on below themselves where a terminal is narrower than they are. */
function folded(text: string, width: number): string {
  return text
    .split('\n')
    .flatMap((line) => {
      if (line.length <= width) return [line]
      const indent = /^ */.exec(line)?.[0] ?? ''
      const parts = wrap(line.trimStart(), width - indent.length - 4)
      return parts.map((part, i) => `${indent}${i === 0 ? '' : '    '}${part}`)
    })
    .join('\n')
}

/** Too narrow for two columns. */
const NARROW = 60

/** Two columns; the second one wraps below itself, or below the first where there is no room beside it. */
function columnsOf(rows: readonly (readonly [string, string] | readonly string[])[], width: number): string[] {
  const longest = Math.max(...rows.map(([first = '']) => first.length)) + 2
  const left = width < NARROW ? 6 : Math.min(longest, Math.floor(width / 2))
  return rows.flatMap(([first = '', second = '']) => {
    const lines = wrap(second, Math.max(width - left, 20))
    const head = first.length < left - 1 ? [first.padEnd(left) + (lines.shift() ?? '')] : [first]
    return [...head, ...lines.map((line) => ' '.repeat(left) + line)]
  })
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
