import type { App } from '../src/app.js'
import { Failure, isFailure } from '../src/core/failure.js'
import { secretName } from '../src/core/names.js'
import { parseReferences } from '../src/core/reference.js'
import type { Context } from '../src/flows/context.js'
import type { EnvSource } from '../src/flows/env-input.js'
import { shellWord } from '../src/ui/text.js'
import { campsOf, readingsOf } from './explain-readings.js'
import { type Explained, itemOf, type Stored, textOf } from './explain-view.js'
import { sourcesOf } from './inputs.js'
import { takeArgs } from './shared.js'

/** Where a key's value comes from: file, line, what each dialect makes of it, and what its references hold. */
export async function run(app: App, args: readonly string[]): Promise<number> {
  const [key = ''] = takeArgs(args, ['a key of the file'], 1, 'explain')
  const reveal = app.config.options.reveal === true
  if (reveal && !app.out.isTerminal) throw noTerminal(key)
  const found: Explained[] = []
  const sources = await sourcesOf(app)
  for (const source of sources) {
    const readings = readingsOf(source, key)
    if (readings.some(({ value, refused }) => value !== undefined || refused !== undefined))
      found.push({ source, key, camps: campsOf(readings), stored: await storedOf(app, readings) })
  }
  if (!found.some(({ camps }) => camps.some(({ reading }) => reading.value !== undefined))) throw noSuchKey(sources)
  await show(app, found, reveal)
  return 0
}

async function show(app: App, found: readonly Explained[], reveal: boolean): Promise<void> {
  if (app.isJson)
    return await app.out.json({
      schema: 'vibesecrets/explain@1',
      items: found.map(itemOf),
      summary: { files: found.length },
    })
  const options = { reveal, width: reveal ? undefined : app.out.width, now: app.clock.now() }
  const text = found.map((one) => textOf(one, options)).join('\n\n')
  await (reveal ? app.out.raw(Buffer.from(text)) : app.out.result(text))
}

const noTerminal = (key: string): Failure =>
  new Failure('NO_TERMINAL', {
    doing: 'explain',
    why: 'values are shown on a terminal only',
    hints: [{ what: 'see it without values', command: `vibesecrets explain ${shellWord(key)}` }],
  })

const noSuchKey = (sources: readonly EnvSource[]): Failure =>
  new Failure('INPUT_MISSING', {
    doing: 'explaining a key',
    target: sources.map(({ shown }) => shown).join(', '),
    why: 'no dialect finds that key',
    hints: [{ what: 'name another file', command: 'vibesecrets explain <KEY> --env-file <file>' }],
  })

/** What the value's references hold: state, version and age, from the provider. A doubt is said, not thrown. */
async function storedOf(app: App, readings: ReturnType<typeof readingsOf>): Promise<Stored[]> {
  const names = namesIn(readings.find(({ value }) => value !== undefined)?.value ?? '')
  if (names.length === 0) return []
  try {
    const { context } = await app.open({ readOnly: true })
    return await Promise.all(names.map((name) => lookUp(name, context)))
  } catch (error) {
    return names.map((name) => unchecked(name, app.config.provider, error))
  }
}

/** A reference that cannot be read has no name: `validate` says what is wrong with it. */
function namesIn(text: string): string[] {
  try {
    return [...new Set(parseReferences(text).flatMap((part) => (part.type === 'secret' ? [part.name] : [])))]
  } catch (error) {
    if (isFailure(error, 'INPUT_INVALID')) return []
    throw error
  }
}

async function lookUp(name: string, { provider, identity }: Context): Promise<Stored> {
  try {
    const found = await provider.read(secretName(name))
    if (found.state !== 'present') return { name, state: found.state, identity }
    const updatedAt = found.createdAt === undefined ? {} : { updatedAt: found.createdAt.toISOString() }
    return { name, state: 'present', identity, version: found.version, ...updatedAt }
  } catch (error) {
    return unchecked(name, identity, error)
  }
}

function unchecked(name: string, identity: string, error: unknown): Stored {
  if (isFailure(error)) return { name, state: 'unchecked', identity, code: error.code }
  throw error
}
