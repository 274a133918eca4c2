/** A small seeded generator (mulberry32): the same seed gives the same files on every machine. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

type Random = () => number
const pick = <Item>(random: Random, items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item
const upTo = (random: Random, limit: number): number => Math.floor(random() * limit)

const NAMES = ['A', 'B', 'DB_PASSWORD', 'API_KEY', 'PORT', 'x.y', 'A-B', 'lower', '__proto__', 'constructor', 'É', 'A1']
const BLANKS = ['', '', '', '', ' ', ' ', '  ', '\t', '\u00a0']
const PEM = '-----BEGIN PRIVATE KEY-----\nMIIBVgIBADANBgkq+/\nhkiG9w0=\n-----END PRIVATE KEY-----'
const VALUES = [
  '',
  'plain',
  '3000',
  'postgres://user:p4ss@db.example:5432/app?sslmode=require',
  'postgres://u:${DB_PASSWORD}@h/db',
  '$2b$10$abcdefghijklmnopqrstuv',
  'p@$$w0rd#1',
  'b#c',
  'b #c',
  '#x',
  'a\\nb',
  'a\\"b',
  "it's",
  'say "hi"',
  'back`tick`',
  'C:\\temp\\new',
  'tab\there',
  'é😀 ü',
  '\u2028x',
  'x=y==',
  '{"a":"b c","n":[1,2]}',
  '${A}',
  '$B',
  '${A:-d}',
  '${MISSING}',
  '${A-x}y${B:+z}',
  '${secret:db}',
  '\\$A',
  '$(id)',
  'x; y & z',
  'a  b',
  ' lead',
  'trail ',
  '~/x',
  'a:b: c',
  '\\',
  'end\\',
  '"',
  "'",
  '%41+%20',
]
const LITTER = [
  '',
  '',
  '# comment',
  '   # indented',
  '#B=2',
  'no equals here',
  '=x',
  'export',
  ' ',
  ';',
  '[section]',
  '\t',
]
const TAILS = ['', '', '', '', '', ' ', ' # note', '#tight', '\t# tab', ' junk', '"', ' B=2']
const PIECES = [
  'A',
  'B',
  '=',
  '=',
  ' ',
  '\n',
  '\n',
  '"',
  "'",
  '`',
  '#',
  '\\',
  '$',
  '{',
  '}',
  ':',
  '-',
  'n',
  'x',
  '\r',
  '\t',
]

function quoted(random: Random, value: string): string {
  const escaped = (quote: string): string => (random() < 0.5 ? value.replaceAll(quote, `\\${quote}`) : value)
  const way = upTo(random, 10)
  if (way < 4) return value
  if (way < 6) return `"${escaped('"')}"`
  if (way < 8) return `'${escaped("'")}'`
  return way === 8 ? `\`${value}\`` : `"${value}`
}

function assignment(random: Random): string {
  const prefix = pick(random, ['', '', '', '', '', '', 'export ', 'export  ', '  ', '\t'])
  const operator = pick(random, ['=', '=', '=', '=', '=', '=', '=', ':', ': '])
  const value = random() < 0.06 ? PEM : pick(random, VALUES)
  const written = quoted(random, random() < 0.1 ? value + pick(random, VALUES) : value)
  const isTidy = random() < 0.6
  const blank = (): string => (isTidy ? '' : pick(random, BLANKS))
  return prefix + pick(random, NAMES) + blank() + operator + blank() + written + (isTidy ? '' : pick(random, TAILS))
}

/** A file of one to seven lines as people write them, with their slips. */
export function envFile(random: Random): string {
  const lines = Array.from({ length: 1 + upTo(random, 7) }, () =>
    random() < 0.2 ? pick(random, LITTER) : assignment(random),
  )
  const lineEnd = pick(random, ['\n', '\n', '\n', '\n', '\n', '\r\n', '\r'])
  const text = lines.join('\n') + pick(random, ['\n', '\n', ''])
  return (random() < 0.03 ? '\ufeff' : '') + text.replaceAll('\n', lineEnd)
}

const KEYS = ['A', 'B', 'DB_PASSWORD', 'API_KEY', 'PORT', 'JWT_SECRET']
const CALM = [
  ...VALUES.filter((value) => !/[\\"'`\u2028]|\$[({]|-x|^$/.test(value)),
  '${A}',
  '${DB_PASSWORD:-d}',
  'postgres://u:${DB_PASSWORD}@h/db',
  '$A',
  'S3cr3t',
]

/** A file that most programs accept, with the slips that they read differently. */
function calmFile(random: Random): string {
  const lines = Array.from({ length: 1 + upTo(random, 5) }, () => {
    const value = random() < 0.1 ? PEM : pick(random, CALM)
    const quote = value === PEM ? '"' : pick(random, ['', '', "'", '"'])
    const tail = pick(random, ['', '', '', '', ' # note', '  '])
    const line = `${pick(random, ['', '', '', '', 'export '])}${pick(random, KEYS)}=${quote}${value}${quote}${tail}`
    return random() < 0.1 ? `${pick(random, ['', '# comment', ' # B=1'])}\n${line}` : line
  })
  const text = `${lines.join('\n')}${pick(random, ['\n', '\n', ''])}`
  return text.replaceAll('\n', pick(random, ['\n', '\n', '\n', '\n', '\r\n']))
}

/** A file that nobody writes: signs that mean something to some reader, in any order. */
export function noise(random: Random): string {
  return Array.from({ length: 1 + upTo(random, 24) }, () => pick(random, PIECES)).join('')
}

/** `count` files: half of them calm, one in seven noise. */
export function envFiles(seed: number, count: number): string[] {
  const random = seeded(seed)
  return Array.from({ length: count }, () => {
    const kind = random()
    return kind < 0.15 ? noise(random) : kind < 0.5 ? envFile(random) : calmFile(random)
  })
}
