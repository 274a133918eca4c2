import { Failure } from '../../core/failure.js'
import type { SecretName } from '../../core/names.js'
import type { Labels, Lookup, Present, Write } from '../../core/ports.js'
import type { Version } from '../../core/secret.js'
import type { Api } from './api.js'
import { type Change, change } from './change.js'
import type { Note } from './notes.js'
import { lookup, type View } from './view.js'

/** All or none, in one PATCH; a write that is there already, by its token and value, needs none. */
export async function writeMany(
  api: Api,
  writes: readonly Write[],
  now: () => Date,
): Promise<ReadonlyMap<SecretName, Version>> {
  const view = await change(api, 'writing', (seen) => changeFor(seen, writes, now()))
  return new Map(writes.map(({ name }) => [name, versionIn(view, name)]))
}

function changeFor(view: View | undefined, writes: readonly Write[], now: Date): Change | undefined {
  const open = writes.filter((write) => !isOwn(lookup(view, write.name), write))
  refuseOthers(
    'writing',
    open.filter((write) => !isExpected(lookup(view, write.name), write.expect)),
  )
  if (open.length === 0) return undefined
  return {
    data: new Map(open.map((write) => [write.name, Buffer.from(write.value.revealBytes()).toString('base64')])),
    notes: new Map(open.map((write) => [write.name, noteFor(lookup(view, write.name), write, now)])),
  }
}

const isOwn = (found: Lookup, write: Write): boolean =>
  found.state === 'present' && found.writtenBy === write.token && found.value.equals(write.value)

const isExpected = (found: Lookup, expect: Write['expect']): boolean =>
  found.state === 'present' ? found.version === expect : expect === 'absent'

/** Labels and description that a write does not mention stay. */
function noteFor(found: Lookup, write: Write, now: Date): Note {
  const before = found.state === 'present' ? found : undefined
  return {
    token: write.token,
    updatedAt: now.toISOString(),
    ...textsOf(write.labels ?? before?.labels, write.description ?? before?.description),
  }
}

const textsOf = (labels: Labels = {}, description = ''): Note => ({
  ...(Object.keys(labels).length === 0 ? {} : { labels }),
  ...(description === '' ? {} : { description }),
})

function versionIn(view: View | undefined, name: SecretName): Version {
  const found = lookup(view, name)
  if (found.state === 'present') return found.version
  throw new Failure('PROTOCOL', {
    doing: 'writing',
    secret: name,
    why: 'the answer lacks the key',
    mayHaveHappened: true,
  })
}

/** All or none, in one PATCH. */
export async function removeMany(
  api: Api,
  removes: readonly { readonly name: SecretName; readonly expect: Version }[],
): Promise<void> {
  if (removes.length === 0) return
  await change(api, 'removing', (view) => {
    refuseOthers(
      'removing',
      removes.filter(({ name, expect }) => !isExpected(lookup(view, name), expect)),
    )
    const gone = removes.map(({ name }) => [name, null] as const)
    return { data: new Map(gone), notes: new Map(gone) }
  })
}

/** Replaces our labels, and the description when given. */
export async function label(
  api: Api,
  name: SecretName,
  labels: Labels,
  options: { readonly expect: Version; readonly description?: string },
): Promise<void> {
  await change(api, 'labelling', (view) => {
    const found = lookup(view, name)
    if (!isPresent(found) || found.version !== options.expect) throw conflict('labelling', [name])
    return { data: new Map(), notes: new Map([[name, relabelled(found, labels, options.description)]]) }
  })
}

const isPresent = (found: Lookup): found is Present => found.state === 'present'

function relabelled(found: Present, labels: Labels, description: string | undefined): Note {
  return {
    ...(found.writtenBy === undefined ? {} : { token: found.writtenBy }),
    ...(found.createdAt === undefined ? {} : { updatedAt: found.createdAt.toISOString() }),
    ...textsOf(labels, description ?? found.description),
  }
}

function refuseOthers(doing: string, others: readonly { readonly name: SecretName }[]): void {
  if (others.length > 0)
    throw conflict(
      doing,
      others.map(({ name }) => name),
    )
}

function conflict(doing: string, names: readonly SecretName[]): Failure {
  const one = names.length === 1 && names[0] !== undefined ? { secret: names[0] } : {}
  return new Failure('CONFLICT', { doing, ...one, names, why: 'something else is there than was expected' })
}
