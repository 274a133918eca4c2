import type { App } from '../src/app.js'
import { Failure, type Hint } from '../src/core/failure.js'
import type { Rules } from '../src/dotenv/classify/index.js'
import type { Ambiguity, Dialect } from '../src/dotenv/index.js'
import { isFileToLookAt, type LikelyReaders, likelyReaders } from '../src/dotenv/loaders.js'
import { type EnvInput, type EnvSource, readInput } from '../src/flows/env-input.js'
import { hint } from './shared.js'

export const filesOf = (app: App): readonly string[] => app.config.options.envFile ?? ['.env']

export const rulesOf = ({ config: { options } }: App): Rules => ({
  include: options.include ?? [],
  exclude: options.exclude ?? [],
  all: options.all === true,
})

/** .env files, each read in the dialect that was asked for. */
export async function readInputs(
  app: App,
  files: readonly string[] = filesOf(app),
  rules: Rules = rulesOf(app),
  dialect: Dialect | 'auto' = app.config.options.dialect ?? 'auto',
): Promise<EnvInput[]> {
  const inputs: EnvInput[] = []
  for (const source of await sourcesOf(app, files)) {
    const readers = await readersAround(app, source)
    inputs.push(readInput(source, { dialect, rules, readers, hints: (found) => waysOut(app, found, readers) }))
  }
  return inputs
}

/** As `readInputs`, where a missing default file means that there is none to check. */
export async function readInputsIfAny(app: App): Promise<EnvInput[]> {
  const isNamed = app.config.options.envFile !== undefined
  if (!isNamed && (await app.readFile(app.pathOf('.env'))) === undefined) return []
  return await readInputs(app)
}

/** The files of this command, each once. */
export async function sourcesOf(app: App, files: readonly string[] = filesOf(app)): Promise<EnvSource[]> {
  const sources: EnvSource[] = []
  for (const shown of files) {
    const source = shown === '-' ? await standardInput(app) : await fileSource(app, shown)
    if (!sources.some(({ path }) => path === source.path)) sources.push(source)
  }
  return sources
}

async function standardInput(app: App): Promise<EnvSource> {
  return { path: undefined, shown: 'standard input', bytes: await app.readStdin() }
}

async function fileSource(app: App, shown: string): Promise<EnvSource> {
  const path = await app.resolveFile(shown, !willRewrite(app) || app.config.options.followSymlinks === true)
  const bytes = await app.readFile(path)
  if (bytes !== undefined) return { path, shown, bytes }
  throw new Failure('INPUT_MISSING', {
    doing: 'reading',
    target: shown,
    why: 'there is no such file',
    hints: [{ what: 'say which file', command: `vibesecrets ${app.config.command} --env-file <file>` }],
  })
}

/** Only then does it matter that a symbolic link leads elsewhere. */
function willRewrite({ config: { command, options } }: App): boolean {
  return command === 'migrate' && options.rewrite !== false && options.validate !== true
}

/** What in the folder reads the file: told in hints, never assumed. */
async function readersAround(app: App, source: EnvSource): Promise<LikelyReaders> {
  const files = new Map<string, string>()
  if (source.path !== undefined)
    for (const name of (await app.namesBeside(source.path)).filter(isFileToLookAt)) {
      const text = await app.readBeside(source.path, name)
      if (text !== undefined) files.set(name, text)
    }
  return likelyReaders(files)
}

/** Ways out of an ambiguity, the best first: who expands `${NAME}` is meant where one stands in the text. */
function waysOut(app: App, found: readonly Ambiguity[], readers: LikelyReaders): Hint[] {
  const expands = found.some(({ readings }) =>
    readings.some(({ how, dialects }) => how.startsWith('expanded') && dialects.includes('python')),
  )
  const isUnseen = found.every(({ readings }) => readings.some(({ how }) => how === 'absent'))
  const known = readers.dialects.filter(({ dialect }) => !expands || dialect === 'compose' || dialect === 'python')
  const usual = expands
    ? { dialect: 'compose', because: 'it expands ${NAME}' }
    : { dialect: 'dotenv', because: 'the npm package' }
  const best = known[0] ?? usual
  const [first] = found
  return [
    hint(
      `say who reads this file (${best.because})`,
      `${app.typed({ without: ['dialect'] })} --dialect ${best.dialect}`,
    ),
    ...(isUnseen ? [] : [{ what: 'or make all agree: put the value in single quotes' }]),
    ...(first === undefined
      ? []
      : [hint('see each reading', `${app.typed({ command: 'explain', without: ['provider'] })} ${first.key}`)]),
  ]
}
