import type { Document, LineCounter } from 'yaml'
import { Failure } from '../core/failure.js'
import { check, type Fault } from './check.js'
import { type Section, section } from './inventory.js'
import { configSchema } from './schema.js'
import { secretLook } from './secret-look.js'

export const CONFIG_NAME = 'vibesecrets.yaml'
const MAX_LENGTH = 1024 * 1024

/** A config file that fits the schema. */
export interface FileConfig {
  readonly path: string
  readonly root: Section
  /** What stands at `migrate.exclude`; `undefined` when nothing does. */
  at(dotted: string): unknown
  /** The line of a key, from 1. */
  lineOf(dotted: string): number | undefined
}

export interface FindRequest {
  readonly cwd: string
  /** The user's config folder: `$XDG_CONFIG_HOME/vibesecrets`. */
  readonly configHome?: string
  /** `--config`: this one, or a failure. */
  readonly explicit?: string
  /** `undefined` when there is no such file. */
  readonly readText: (path: string) => Promise<string | undefined>
}

export interface FoundConfig {
  readonly path: string
  readonly text: string
}

/** The nearest `vibesecrets.yaml` upwards from the working folder, then the user's own. */
export async function findConfig({
  cwd,
  configHome,
  explicit,
  readText,
}: FindRequest): Promise<FoundConfig | undefined> {
  if (explicit !== undefined) return await readOr(explicit, readText)
  const folders = [...upwards(cwd), ...(configHome === undefined ? [] : [configHome])]
  for (const folder of folders) {
    const path = `${folder === '/' ? '' : folder}/${CONFIG_NAME}`
    const text = await readText(path)
    if (text !== undefined) return { path, text }
  }
  return undefined
}

async function readOr(path: string, readText: FindRequest['readText']): Promise<FoundConfig> {
  const text = await readText(path)
  if (text !== undefined) return { path, text }
  throw new Failure('INPUT_MISSING', {
    target: path,
    why: 'there is no such config file',
    hints: [{ what: 'see what is in force without it', command: 'vibesecrets config' }],
  })
}

function upwards(cwd: string): string[] {
  const parts = cwd.split('/').filter((part) => part !== '')
  return Array.from({ length: parts.length + 1 }, (_, i) => `/${parts.slice(0, parts.length - i).join('/')}`)
}

/** Reads a config file. Throws CONFIG_INVALID with all its problems, each with line and column, none with a value. */
export async function parseConfig(text: string, path: string): Promise<FileConfig> {
  if (text.length > MAX_LENGTH) throw invalid(path, [`${path}: larger than 1 MiB`])
  const yaml = await import('yaml')
  const lines = new yaml.LineCounter()
  const read = { path, lines, yaml }
  const { doc, value } = load(read, text)
  const faults = [...check(value ?? {}, configSchema()), ...secretFaults(value, [])]
  if (faults.length > 0)
    throw invalid(
      path,
      faults.map((fault) => faultLine(read, doc, fault)),
    )
  const root = section(value)
  return {
    path,
    root,
    at: (dotted) => dotted.split('.').reduce<unknown>((inner, key) => ownOf(section(inner), key), root),
    lineOf: (dotted) => positionOf(read, doc, { path: dotted.split('.'), at: 'key' })?.line,
  }
}

const ownOf = (inner: Section, key: string): unknown => (Object.hasOwn(inner, key) ? inner[key] : undefined)

interface Reading {
  readonly path: string
  readonly lines: LineCounter
  readonly yaml: typeof import('yaml')
}

function load({ path, lines, yaml }: Reading, text: string): { doc: Document; value: unknown } {
  const doc = parsed(
    () =>
      yaml.parseDocument(text, {
        lineCounter: lines,
        prettyErrors: false,
        stringKeys: true,
        logLevel: 'silent',
        schema: 'core',
      }),
    path,
  )
  const problems = doc.errors.map(
    ({ code, pos }) => `${at(path, lines.linePos(pos[0]))} ${yamlWords[code] ?? 'not valid YAML'}`,
  )
  if (problems.length > 0) throw invalid(path, problems)
  return { doc, value: parsed(() => doc.toJS({ maxAliasCount: 50 }), path) }
}

/** The library's messages quote the text; they are not repeated. */
const yamlWords: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'this key stands twice',
  TAB_AS_INDENT: 'a tab is no indent in YAML: use spaces',
  BAD_INDENT: 'the indent does not fit the lines above',
  MISSING_CHAR: 'a closing quote, bracket or colon is missing',
  NON_STRING_KEY: 'a key has to be text',
  MULTIPLE_DOCS: 'more than one document',
}

function parsed<T>(read: () => T, path: string): T {
  try {
    return read()
  } catch (error) {
    const why = error instanceof RangeError ? 'nested too deeply' : 'too many aliases'
    throw new Failure('CONFIG_INVALID', { doing: 'reading', target: path, why }, { cause: error })
  }
}

function secretFaults(value: unknown, path: readonly (string | number)[]): Fault[] {
  if (typeof value === 'object' && value !== null) {
    const entries: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value)
    return entries.flatMap(([key, item]) => secretFaults(item, [...path, key]))
  }
  const look = typeof value === 'string' ? secretLook(value) : undefined
  const text = `looks like ${look}: keep it in a provider, and write a reference such as \${secret:name} here`
  return look === undefined ? [] : [{ path, at: 'value', text }]
}

function faultLine(read: Reading, doc: Document, fault: Fault): string {
  const place = at(read.path, positionOf(read, doc, fault))
  const subject = fault.at === 'key' || fault.path.length === 0 ? '' : `${dotted(fault.path)} `
  return `${place} ${subject}${fault.text}`
}

const dotted = (path: readonly (string | number)[]): string =>
  path.map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i === 0 ? '' : '.'}${part}`)).join('')

interface Position {
  readonly line: number
  readonly col: number
}

function positionOf(
  { lines, yaml }: Reading,
  doc: Document,
  { path, at: which }: Pick<Fault, 'path' | 'at'>,
): Position | undefined {
  const value: unknown = path.length === 0 ? doc.contents : doc.getIn(path, true)
  const parent: unknown = path.length <= 1 ? doc.contents : doc.getIn(path.slice(0, -1), true)
  const pair = yaml.isMap(parent)
    ? parent.items.find(({ key }) => yaml.isScalar(key) && key.value === path.at(-1))
    : undefined
  const node = which === 'key' ? (pair?.key ?? value) : (value ?? pair?.key)
  return yaml.isNode(node) && node.range ? lines.linePos(node.range[0]) : undefined
}

const at = (path: string, place: Position | undefined): string =>
  place === undefined ? `${path}:` : `${path}:${place.line}:${place.col}:`

const invalid = (path: string, problems: readonly string[]): Failure =>
  new Failure('CONFIG_INVALID', {
    doing: 'reading',
    target: path,
    problems,
    hints: [{ what: 'see every key', command: 'vibesecrets config --help' }],
  })
