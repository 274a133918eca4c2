import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SHORTEST_CANARY } from '../canary.js'
import { builtProgram, cleanEnv } from '../cli.js'
import type { Terminal } from '../pty.js'
import { tempFolder } from '../temp.js'
import { secretValuesOf } from './env-file.js'
import type { Tree } from './tree.js'

/** The other end of `seed` and `holds`: a store seen through its own client, never through our provider. */
export interface Service {
  /** Called before the first line; what it gives joins the script's environment. */
  open?(session: Session): Promise<Readonly<Record<string, string>>>
  seed(secrets: ReadonlyMap<string, string>, session: Session): Promise<void>
  /** The value that is there now, or undefined. */
  read(name: string, session: Session): Promise<string | undefined>
  close?(session: Session): Promise<void>
}

export interface Variant {
  readonly env?: Readonly<Record<string, string>>
  readonly services?: Readonly<Record<string, Service>>
  /** Names, beside the variant's own, that `[name]` lines ask for. */
  readonly conditions?: readonly string[]
}

export interface ScriptOptions extends Variant {
  /** The command line that `vibesecrets` stands for; default: the built program. */
  readonly program?: readonly string[]
  /** One test for each script and variant. `$VARIANT` is its name. */
  readonly variants?: Readonly<Record<string, Variant>>
  /** More patterns that a snapshot shows as a word. */
  readonly normalise?: readonly (readonly [RegExp, string])[]
  /** Called after each program that did not run on a terminal: throws when its output is not as it has to be. */
  readonly observe?: (session: Session) => void
}

export interface Output {
  readonly where: string
  readonly bytes: Buffer
}

/** What a script knows while it runs. */
export interface Session {
  readonly path: string
  readonly root: string
  readonly home: string
  readonly program: readonly string[]
  readonly options: ScriptOptions
  readonly services: Readonly<Record<string, Service>>
  readonly conditions: ReadonlySet<string>
  readonly files: ReadonlyMap<string, string>
  readonly env: Record<string, string>
  readonly outputs: Output[]
  readonly canaries: Set<string>
  /** Paths below the root that may hold values. */
  readonly allowed: Set<string>
  readonly trees: Map<string, Tree>
  cwd: string
  stdin: Buffer
  stdout: Buffer
  stderr: Buffer
  code: number | undefined
  size: { cols: number; rows: number }
  terminal: { readonly shell: Terminal; readonly isRevealing: boolean; readonly where: string } | undefined
}

const probe = fileURLToPath(new URL('argv-probe.cjs', import.meta.url))

/** Of the harness, out of the program's sight: not scanned, not hashed. */
export const HARNESS_FOLDER = '.harness'
export const argvLog = (root: string) => join(root, HARNESS_FOLDER, 'argv')

export function openSession(
  path: string,
  files: ReadonlyMap<string, string>,
  options: ScriptOptions,
  variant?: string,
): Session {
  const chosen = variant === undefined ? undefined : options.variants?.[variant]
  const root = tempFolder('script')
  const session: Session = {
    path,
    root,
    home: join(root, 'home'),
    program: options.program ?? builtProgram(),
    options,
    services: { ...options.services, ...chosen?.services },
    conditions: new Set([variant ?? [], options.conditions ?? [], chosen?.conditions ?? []].flat()),
    files,
    env: {
      ...environment(root),
      ...options.env,
      ...chosen?.env,
      ...(variant === undefined ? {} : { VARIANT: variant }),
    },
    outputs: [],
    canaries: new Set(),
    allowed: new Set(),
    trees: new Map(),
    cwd: join(root, 'work'),
    stdin: Buffer.alloc(0),
    stdout: Buffer.alloc(0),
    stderr: Buffer.alloc(0),
    code: undefined,
    size: { cols: 80, rows: 24 },
    terminal: undefined,
  }
  layOut(session)
  return session
}

function environment(root: string): Record<string, string> {
  const clean = cleanEnv(join(root, 'home'))
  return {
    ...clean,
    PATH: `${join(root, HARNESS_FOLDER, 'bin')}:${clean['PATH']}`,
    TMPDIR: join(root, 'tmp'),
    WORK: join(root, 'work'),
    NODE_OPTIONS: `--require=${probe}`,
    VIBESECRETS_ARGV_LOG: argvLog(root),
  }
}

function layOut(session: Session): void {
  for (const folder of ['home', 'work', 'tmp', `${HARNESS_FOLDER}/bin`])
    mkdirSync(join(session.root, folder), { recursive: true, mode: 0o755 })
  const command = session.program.map((word) => `'${word}'`).join(' ')
  write(join(session.root, HARNESS_FOLDER, 'bin/vibesecrets'), `#!/bin/sh\nexec ${command} "$@"\n`, 0o755)
}

function write(path: string, body: string, mode = 0o644): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, body)
  chmodSync(path, mode)
}

export function addCanary(session: Session, value: string): void {
  if (value.length >= SHORTEST_CANARY) session.canaries.add(value)
}

/** Puts a script's file into its folder; what it holds may stay there. */
export function unpack(session: Session, name: string, body: string): void {
  write(place(session, name), body)
  allow(session, name)
  for (const value of secretValuesOf(name, body)) addCanary(session, value)
}

/** A path in the script: relative to its folder, or absolute after `$HOME` and the like. Never outside the root. */
export function place(session: Session, name: string): string {
  const path = isAbsolute(name) ? name : resolve(session.cwd, name)
  if (relative(session.root, path).startsWith('..')) throw new Error(`${name} lies outside the script's folder`)
  return path
}

export function allow(session: Session, name: string): void {
  session.allowed.add(relative(session.root, place(session, name)))
}

/** The bytes of a file, or of what the last command wrote. */
export function content(session: Session, name: string): Buffer {
  if (name === 'stdout') return session.stdout
  if (name === 'stderr') return session.stderr
  return readFileSync(place(session, name))
}
