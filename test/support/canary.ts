import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

/** Shorter values occur by chance. */
export const SHORTEST_CANARY = 8

interface Form {
  readonly canary: string
  readonly form: string
  readonly bytes: Buffer
}

export interface Leak {
  readonly canary: string
  readonly form: string
}

/** Looks for values in every shape in which a program might have let them out. */
export class CanaryScan {
  readonly #forms: readonly Form[]

  constructor(canaries: Iterable<string>) {
    this.#forms = [...new Set(canaries)].filter((each) => each.length >= SHORTEST_CANARY).flatMap(formsOf)
  }

  /** Each value that `bytes` hold, once, with the form it was found in. */
  in(bytes: Uint8Array): readonly Leak[] {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const found = new Map<string, string>()
    for (const { canary, form, bytes: wanted } of this.#forms)
      if (!found.has(canary) && buffer.includes(wanted)) found.set(canary, form)
    return [...found].map(([canary, form]) => ({ canary, form }))
  }

  /** As `in` for every file below a folder; links are not followed. `skip` gets paths relative to the folder. */
  below(folder: string, skip: (path: string) => boolean = () => false): readonly (Leak & { readonly path: string })[] {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
      .filter((path) => !skip(path))
      .flatMap((path) => this.in(readFileSync(join(folder, path))).map((leak) => ({ ...leak, path })))
  }
}

function formsOf(canary: string): Form[] {
  const bytes = Buffer.from(canary)
  const texts: [string, string][] = [
    ['hex', bytes.toString('hex')],
    ['upper case hex', bytes.toString('hex').toUpperCase()],
    ['URL-encoded', encodeURIComponent(canary)],
    ['form-encoded', new URLSearchParams([['', canary]]).toString().slice(1)],
    ['JSON-escaped', JSON.stringify(canary).slice(1, -1)],
    ['shell-quoted', canary.replaceAll("'", "'\\''")],
    ...[0, 1, 2].flatMap((offset): [string, string][] => [
      ['base64', base64Core(bytes, offset, 'base64')],
      ['base64url', base64Core(bytes, offset, 'base64url')],
    ]),
    ...linesOf(canary).map((line): [string, string] => ['one line of it', line]),
  ]
  const forms = texts.map(([form, text]) => ({ canary, form, bytes: Buffer.from(text) }))
  return [{ canary, form: 'raw', bytes }, { canary, form: 'UTF-16', bytes: Buffer.from(canary, 'utf16le') }, ...forms]
}

/** The characters of the encoding that do not depend on what stands before and after the value. */
function base64Core(bytes: Buffer, offset: number, encoding: 'base64' | 'base64url'): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes])
    .toString(encoding)
    .replaceAll('=', '')
  const start = Math.ceil((offset * 8) / 6)
  const end = Math.floor(((offset + bytes.length) * 8) / 6)
  return text.slice(start, end)
}

/** A key of many lines leaks line by line; its first and last line are the same in all keys. */
function linesOf(canary: string): string[] {
  return canary
    .split(/\r?\n/)
    .filter((line, _, all) => all.length > 1 && line.length >= 16 && !line.startsWith('-----'))
}
