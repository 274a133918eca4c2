import type { App } from '../src/app.js'
import { Failure, type Hint } from '../src/core/failure.js'
import type { Ambiguity, Dialect } from '../src/dotenv/index.js'
import { isFileToLookAt, type LikelyReaders, likelyReaders } from '../src/dotenv/loaders.js'
import { type EnvInput, type EnvSource, readInput } from '../src/flows/env-input.js'

/** The .env files of this command, each read in the dialect that was asked for. */
export async function readInputs(app: App, dialect?: Dialect | 'auto'): Promise<EnvInput[]> {
  const sources = await sourcesOf(app)
  const { options } = app.config
  const rules = { include: options.include ?? [], exclude: options.exclude ?? [], all: options.all === true }
  const inputs: EnvInput[] = []
  for (const source of sources) {
    const readers = await readersAround(app, source)
    inputs.push(readInput(source, dialect ?? options.dialect ?? 'auto', rules, (found) => waysOut(app, found, readers)))
  }
  return inputs
}

/** As `readInputs`, where a missing default file means that there is none to check. */
export async function readInputsIfAny(app: App): Promise<EnvInput[]> {
  const named = app.config.origins.get('env-file')?.from !== 'default' && app.config.options.envFile !== undefined
  const [first] = filesOf(app)
  if (!named && first !== undefined && (await app.readFile(app.pathOf(first))) === undefined) return []
  return await readInputs(app)
}

const filesOf = (app: App): readonly string[] => app.config.options.envFile ?? ['.env']

export async function sourcesOf(app: App): Promise<EnvSource[]> {
  const sources: EnvSource[] = []
  for (const shown of filesOf(app))
    sources.push(shown === '-' ? await standardInput(app) : await fileSource(app, shown))
  return sources
}

async function standardInput(app: App): Promise<EnvSource> {
  return { path: undefined, shown: 'standard input', bytes: await app.readStdin() }
}

async function fileSource(app: App, shown: string): Promise<EnvSource> {
  const path = await app.resolveFile(shown, app.config.options.followSymlinks === true)
  const bytes = await app.readFile(path)
  if (bytes !== undefined) return { path, shown, bytes }
  throw new Failure('INPUT_MISSING', {
    doing: 'reading',
    target: shown,
    why: 'there is no such file',
    hints: [{ what: 'say which file', command: `vibesecrets ${app.config.command} --env-file <file>` }],
  })
}

/** What in the folder reads the file: told in hints, never assumed. */
export async function readersAround(app: App, source: EnvSource): Promise<LikelyReaders> {
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
  const line = `vibesecrets ${app.line}`
  const expands = found.some(({ readings }) => readings.some(({ how }) => how.startsWith('expanded')))
  const known = readers.dialects[0]
  const best = expands
    ? { dialect: 'compose', because: 'it expands ${NAME}' }
    : (known ?? { dialect: 'dotenv', because: 'the npm package' })
  const [first] = found
  return [
    { what: `say who reads this file (${best.because})`, command: `${line} --dialect ${best.dialect}` },
    { what: 'or make all agree: put the value in single quotes' },
    ...(first === undefined
      ? []
      : [{ what: 'see each reading', command: `vibesecrets explain ${first.key} --reveal` }]),
  ]
}
