import type { App } from '../src/app.js'
import { Failure, isFailure } from '../src/core/failure.js'
import { secretName } from '../src/core/names.js'
import { parseReferences } from '../src/core/reference.js'
import { type Dialect, decodeEnv, EnvSyntaxError, parseEnv } from '../src/dotenv/index.js'
import type { EnvSource } from '../src/flows/env-input.js'
import { table } from '../src/ui/layout.js'
import { ago } from '../src/ui/text.js'
import { sourcesOf } from './inputs.js'
import { takeArgs } from './shared.js'

const dialects: readonly Dialect[] = ['dotenv', 'node', 'python', 'compose', 'docker', 'shell', 'systemd']

interface Reading {
  readonly dialect: Dialect
  readonly line?: number
  readonly value?: string
  readonly refused?: string
}

/** Where a key's value comes from: file, line, what each dialect makes of it, and what its references hold. */
export async function run(app: App, args: readonly string[]): Promise<number> {
  const [key] = takeArgs(args, ['a key of the file'], 1, 'explain')
  const reveal = app.config.options.reveal === true
  if (reveal && !app.out.isTerminal)
    throw new Failure('NO_TERMINAL', {
      doing: 'explain',
      why: 'values are shown on a terminal only',
      hints: [{ what: 'see it without values', command: `vibesecrets explain ${key}` }],
    })
  const sources = await sourcesOf(app)
  const parts: string[] = []
  const items: object[] = []
  for (const source of sources) {
    const readings = dialects.map((dialect) => readingOf(source, key ?? '', dialect))
    if (readings.every(({ value, refused }) => value === undefined && refused === undefined)) continue
    const camps = campsOf(readings)
    const stored = await storedOf(app, readings)
    items.push({
      file: source.shown,
      key,
      readings: camps.map(({ names, reading }) => ({
        dialects: names,
        ...(reading.refused === undefined
          ? { line: reading.line ?? null, length: reading.value?.length ?? null }
          : { refused: reading.refused }),
      })),
      references: stored,
    })
    parts.push(
      [
        `${source.shown} · ${key}`,
        '',
        ...table(
          camps.map(({ names, reading }) => ['', names.join(', '), wordsOf(reading, reveal)]),
          { width: app.out.width },
        ),
        ...referenceLines(stored, app),
      ].join('\n'),
    )
  }
  if (parts.length === 0)
    throw new Failure('INPUT_MISSING', {
      doing: 'explaining a key',
      why: 'no dialect finds that key',
      names: sources.map(({ shown }) => shown),
      hints: [{ what: 'name another file', command: 'vibesecrets explain <KEY> --env-file <file>' }],
    })
  if (app.isJson) await app.out.json({ schema: 'vibesecrets/explain@1', items, summary: { files: items.length } })
  else if (reveal) await app.out.raw(Buffer.from(`${parts.join('\n\n')}`))
  else await app.out.result(parts.join('\n\n'))
  return 0
}

function readingOf(source: EnvSource, key: string, dialect: Dialect): Reading {
  try {
    const { entries } = parseEnv(decodeEnv(source.bytes).text, { dialect })
    const found = entries.findLast((entry) => entry.key === key)
    return found === undefined ? { dialect } : { dialect, line: found.line, value: found.value }
  } catch (error) {
    if (error instanceof EnvSyntaxError)
      return { dialect, refused: `refuses the file: line ${error.line}, ${error.reason}` }
    throw error
  }
}

/** Dialects that read the same stand together. */
function campsOf(readings: readonly Reading[]): { names: Dialect[]; reading: Reading }[] {
  const camps: { names: Dialect[]; reading: Reading }[] = []
  for (const reading of readings) {
    const camp = camps.find((one) => one.reading.value === reading.value && one.reading.refused === reading.refused)
    if (camp === undefined) camps.push({ names: [reading.dialect], reading })
    else camp.names.push(reading.dialect)
  }
  return camps
}

function wordsOf({ line, value, refused }: Reading, reveal: boolean): string {
  if (refused !== undefined) return refused
  if (value === undefined) return 'no such key'
  return reveal ? `line ${line}: ${JSON.stringify(value)}` : `line ${line}, ${value.length} characters`
}

interface Stored {
  readonly name: string
  readonly state: string
  readonly version?: string
  readonly updatedAt?: string
  readonly identity?: string
}

/** What the value's references hold: state, version and age, from the provider. */
async function storedOf(app: App, readings: readonly Reading[]): Promise<Stored[]> {
  const text = readings.find(({ value }) => value !== undefined)?.value ?? ''
  const names = [...new Set(parseReferences(text).flatMap((part) => (part.type === 'secret' ? [part.name] : [])))]
  if (names.length === 0) return []
  const session = await app.open({ readOnly: true })
  const stored: Stored[] = []
  for (const name of names)
    stored.push(
      await session.context.provider.read(secretName(name)).then(
        (found): Stored =>
          found.state === 'present'
            ? {
                name,
                state: 'present',
                version: found.version,
                identity: session.context.identity,
                ...(found.createdAt === undefined ? {} : { updatedAt: found.createdAt.toISOString() }),
              }
            : { name, state: found.state, identity: session.context.identity },
        (error: unknown): Stored => {
          if (isFailure(error)) return { name, state: `could not check: ${error.code}` }
          throw error
        },
      ),
    )
  return stored
}

const referenceLines = (stored: readonly Stored[], app: App): string[] =>
  stored.length === 0
    ? []
    : [
        '',
        ...stored.map(
          ({ name, state, version, updatedAt, identity }) =>
            `  refers to ${name}: ${state}${version === undefined ? '' : `, version ${version}`}${updatedAt === undefined ? '' : `, changed ${ago(new Date(updatedAt), app.clock.now())}`}${identity === undefined ? '' : `, in ${identity}`}`,
        ),
      ]
