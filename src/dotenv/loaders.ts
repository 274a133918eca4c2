/** Dialects that a reader in a folder can have; a subset of those of the parser. */
export type ReaderDialect = 'dotenv' | 'node' | 'python' | 'compose' | 'docker' | 'shell' | 'systemd'
export interface LikelyReaders {
  /** Who seems to read .env here, most certain first, each dialect once. */
  readonly dialects: readonly { readonly dialect: ReaderDialect; readonly because: string }[]
  /** Loaders that make something else of `${secret:name}`: the reference style `uri` is safe with them. */
  readonly expanders: readonly { readonly name: string; readonly because: string }[]
  /** `docker compose` reads the .env of its folder by itself. */
  readonly composeReads: boolean
  /** `docker run --env-file` keeps quotes: references must be written in style `uri`. */
  readonly dockerEnvFile: boolean
  /** A shell runs the file: `source .env`. */
  readonly shellSources: boolean
}

/** The small files that tell who reads a .env; `*` stands for any text without a slash. */
export const FILES_TO_LOOK_AT: readonly string[] = [
  'package.json',
  'compose.yaml',
  'compose.yml',
  'docker-compose.yaml',
  'docker-compose.yml',
  'docker-compose.*.yml',
  'pyproject.toml',
  'requirements.txt',
  'requirements-*.txt',
  'Pipfile',
  'setup.py',
  'setup.cfg',
  'Dockerfile',
  'next.config.*',
  'vite.config.*',
  'prisma.config.*',
  'Procfile',
  'Makefile',
  'justfile',
  '.envrc',
  '*.sh',
  '*.service',
]

/** Is `name` (without folder) one of the files to look at? */
export function isFileToLookAt(name: string): boolean {
  return FILES_TO_LOOK_AT.some((pattern) => {
    const [head = '', tail] = pattern.split('*')
    if (tail === undefined) return name === pattern
    return name.length >= pattern.length && name.startsWith(head) && name.endsWith(tail)
  })
}

/** What the files of a folder (name → text) say about who reads its .env. It reports; it never assumes. */
export function likelyReaders(files: ReadonlyMap<string, string>): LikelyReaders {
  const clues = [...files].flatMap(([name, text]) => cluesOf(name, text))
  const has = (what: string) => clues.some((clue) => clue.is === 'dialect' && clue.what === what)
  return {
    dialects: once(clues, 'dialect').map(({ what, because }) => ({ dialect: what as ReaderDialect, because })),
    expanders: once(clues, 'expander').map(({ what, because }) => ({ name: what, because })),
    composeReads: has('compose'),
    dockerEnvFile: has('docker'),
    shellSources: has('shell'),
  }
}

interface Clue {
  readonly is: 'dialect' | 'expander'
  readonly what: string
  readonly because: string
}

function once(clues: readonly Clue[], is: Clue['is']): Clue[] {
  const seen = new Map<string, Clue>()
  for (const clue of clues) if (clue.is === is && !seen.has(clue.what)) seen.set(clue.what, clue)
  return [...seen.values()]
}

function cluesOf(name: string, text: string): Clue[] {
  if (name === 'package.json') return ofPackage(text)
  if (/^(?:docker-)?compose(?:\.[\w-]+)*\.ya?ml$/.test(name)) return ofCompose(name, text)
  if (/^(?:pyproject\.toml|requirements.*\.txt|Pipfile|setup\.(?:py|cfg))$/.test(name)) return ofPython(name, text)
  if (/^(?:next|vite|prisma)\.config\./.test(name)) return ofConfig(name)
  if (name.endsWith('.service'))
    return /^\s*EnvironmentFile\s*=/m.test(text) ? [dialect('systemd', `${name} has EnvironmentFile=`)] : []
  return ofCommands(name, withoutComments(text))
}

/** npm packages and what they do with .env. [package, dialect, expands] */
const NPM: readonly (readonly [string, ReaderDialect, boolean])[] = [
  ['dotenv', 'dotenv', false],
  ['dotenv-cli', 'dotenv', true],
  ['dotenv-flow', 'dotenv', false],
  ['dotenv-expand', 'dotenv', true],
  ['@dotenvx/dotenvx', 'dotenv', true],
  ['@nestjs/config', 'dotenv', false],
  ['next', 'dotenv', true],
  ['@next/env', 'dotenv', true],
  ['vite', 'dotenv', true],
  ['nuxt', 'dotenv', false],
  ['react-scripts', 'dotenv', true],
  ['prisma', 'dotenv', true],
  ['env-cmd', 'dotenv', false],
]

function ofPackage(text: string): Clue[] {
  const found = dependenciesAndScripts(text)
  if (found === undefined) return []
  const packages = NPM.filter(([name]) => found.dependencies.has(name)).flatMap(([name, what, expands]) => {
    const because = `package.json uses ${name}`
    return [dialect(what, because), ...(expands ? [expander(shortName(name), because)] : [])]
  })
  return [...packages, ...ofCommands("package.json's scripts", found.scripts.join('\n'))]
}

function shortName(name: string): string {
  return name === '@next/env' ? 'next' : name.slice(name.lastIndexOf('/') + 1)
}

/** A package.json that is no JSON says nothing here: whoever needs it will complain. */
function dependenciesAndScripts(text: string): { dependencies: ReadonlySet<string>; scripts: string[] } | undefined {
  const json = parsed(text)
  const part = (key: string) => (isRecord(json) && isRecord(json[key]) ? json[key] : {})
  const dependencies = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'].flatMap((key) =>
    Object.keys(part(key)),
  )
  const scripts = Object.values(part('scripts')).filter((one): one is string => typeof one === 'string')
  return json === undefined ? undefined : { dependencies: new Set(dependencies), scripts }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Compose reads .env for its own variables whether or not `env_file:` names it. */
function ofCompose(name: string, text: string): Clue[] {
  const named = /^\s*env_file\s*:/m.test(withoutComments(text))
  return [dialect('compose', named ? `${name} has env_file:` : `${name} stands beside it`)]
}

const PYTHON = [
  'python-dotenv',
  'pydantic-settings',
  'django-environ',
  'environs',
  'python-decouple',
  'dynaconf',
  'pytest-dotenv',
]
function ofPython(name: string, text: string): Clue[] {
  const lower = withoutComments(text).toLowerCase().replaceAll('_', '-')
  const found = PYTHON.find((one) => new RegExp(`(?:^|[^\\w-])${one}(?![\\w-])`).test(lower))
  return found === undefined ? [] : [dialect('python', `${name} uses ${found}`)]
}

function ofConfig(name: string): Clue[] {
  const tool = name.slice(0, name.indexOf('.'))
  return [dialect('dotenv', `${name} stands beside it`), expander(tool, `${name} stands beside it`)]
}

/** What a command line does with the file: it matches both patterns, each of which looks at a character once. */
const COMMANDS: readonly (readonly [RegExp, RegExp, ReaderDialect, string])[] = [
  [/\b(?:node|tsx|nodemon|ts-node)\b/, /--env-file/, 'node', 'node --env-file'],
  [
    /\b(?:docker|podman)\s{1,9}(?:container\s{1,9})?(?:run|create|exec)\b/,
    /--env-file/,
    'docker',
    'docker run --env-file',
  ],
  [/(?:^|[\s({])(?:source|\.)\s{1,9}["']?(?:[\w./$~{}-]{0,200}\/)?\.env(?![\w.-])/, /\.env/, 'shell', 'source .env'],
  [/(?:export|env)\s{1,9}\$\(/, /\.env(?![\w.-])/, 'shell', 'export from .env'],
  [/^-?include\s/, /\s\.env(?![\w.-])/, 'shell', 'include .env'],
  [/\bdotenvx\s{1,9}run\b/, /dotenvx/, 'dotenv', 'dotenvx run'],
  [/\bdocker(?:-|\s{1,9})compose\b/, /compose/, 'compose', 'docker compose'],
]

/** Clues in scripts, Makefile, Procfile and Dockerfile, line by line; a line that ends in `\` goes on. */
function ofCommands(where: string, text: string): Clue[] {
  const lines = text.replace(/\\\r?\n/g, ' ').split(/\r?\n|&&|\|\||;/)
  const found = COMMANDS.filter(([first, second]) => lines.some((line) => first.test(line) && second.test(line)))
  return found.flatMap(([, , what, how]) => {
    const because = `${where}: ${how}`
    return [dialect(what, because), ...(how === 'dotenvx run' ? [expander('dotenvx', because)] : [])]
  })
}

function withoutComments(text: string): string {
  return text.replace(/^[ \t]*#[^\n]*/gm, '')
}
function dialect(what: ReaderDialect, because: string): Clue {
  return { is: 'dialect', what, because }
}
function expander(what: string, because: string): Clue {
  return { is: 'expander', what, because }
}
