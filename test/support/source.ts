import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** A source file of the product, by its path from the root of the repository. */
export interface Source {
  readonly path: string
  /** Without comments. */
  readonly text: string
  /** Without comments and without what stands in quotes. */
  readonly code: string
  readonly imports: readonly Import[]
}

export interface Import {
  /** A path from the root of the repository for our own, else the package's name. */
  readonly target: string
  readonly isOwn: boolean
  readonly kind: 'value' | 'type' | 'lazy'
}

export function sourcesBelow(...folders: readonly string[]): readonly Source[] {
  return folders
    .flatMap((folder) => filesBelow(folder))
    .map((path) => sourceOf(path, readFileSync(join(root, path), 'utf8')))
}

function filesBelow(folder: string): string[] {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort()
}

/** Separate from the reading, so that the rules can be tried on made-up files. */
export function sourceOf(path: string, text: string): Source {
  const bare = withoutComments(text)
  return {
    path,
    text: bare,
    code: bare.replaceAll(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, "''"),
    imports: importsOf(path, bare),
  }
}

/** Quoted text is matched first, so that `//` in an address is no comment. */
function withoutComments(text: string): string {
  const pattern = /('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`)|\/\*[\s\S]*?\*\/|(?<![\\/[:])\/\/[^\n]*/g
  return text.replaceAll(pattern, (_, quoted?: string) => quoted ?? '')
}

function importsOf(path: string, code: string): Import[] {
  const statements = [...code.matchAll(/^(?:import|export)\s+(?:(type\s)?([\w*{}\s,$]+?)\s*\bfrom\s+)?'([^'\n]+)'/gm)]
  const lazy = [...code.matchAll(/(typeof\s+)?\bimport\(\s*'([^']+)'\s*\)/g)]
  return [
    ...statements.map(([, type, names = '', target = '']) =>
      found(path, target, isTypes(type, names) ? 'type' : 'value'),
    ),
    ...lazy.map(([, type, target = '']) => found(path, target, type === undefined ? 'lazy' : 'type')),
  ]
}

function isTypes(type: string | undefined, names: string): boolean {
  const braces = /^\{([^}]*)\}\s*$/.exec(names)?.[1]
  const each =
    braces
      ?.split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '') ?? []
  return type !== undefined || (each.length > 0 && each.every((name) => name.startsWith('type ')))
}

function found(path: string, target: string, kind: Import['kind']): Import {
  if (target.startsWith('.')) return { target: join(dirname(path), target).replace(/\.js$/, '.ts'), isOwn: true, kind }
  if (target.startsWith('node:')) return { target, isOwn: false, kind }
  return {
    target: target
      .split('/')
      .slice(0, target.startsWith('@') ? 2 : 1)
      .join('/'),
    isOwn: false,
    kind,
  }
}
