import type { V1Secret } from '@kubernetes/client-node'
import { Failure } from '../../core/failure.js'
import type { Api } from './api.js'
import { ANNOTATION, annotationFor, type Note, type Notes } from './notes.js'
import { MAX_TOTAL } from './traits.js'
import { bytesOf, type View, viewOf } from './view.js'

/** What is to be different: base64 or `null` by key, and the notes that replace those of the same keys. */
export interface Change {
  readonly data: ReadonlyMap<string, string | null>
  readonly notes: ReadonlyMap<string, Note | null>
}

/** Rounds of reading and patching, before we say that somebody else writes all the time. */
const ROUNDS = 25

/**
 * Reads, lets `decide` check what is there, and patches with the `resourceVersion` that it decided on. After a
 * conflict it all begins anew, so that `decide` has to see what others wrote. `undefined`: nothing is to be done.
 */
export async function change(
  api: Api,
  doing: string,
  decide: (view: View | undefined) => Change | undefined,
): Promise<View | undefined> {
  for (let round = 0; round < ROUNDS; round++) {
    const secret = await api.get(doing)
    const view = secret && viewOf(secret)
    const wanted = decide(view)
    if (wanted === undefined) return view
    const result = await apply(api, view, wanted, doing)
    if (result !== 'conflict') return viewOf(result)
  }
  throw new Failure('CONFLICT', {
    doing,
    target: targetOf(api),
    why: `others changed the Secret ${ROUNDS} times meanwhile`,
  })
}

async function apply(api: Api, view: View | undefined, wanted: Change, doing: string): Promise<V1Secret | 'conflict'> {
  refuseImmutable(api, view, doing)
  refuseTooLarge(api, view, wanted, doing)
  const annotation = annotationFor(merged(view?.notes ?? new Map(), wanted.notes), view?.secret.metadata)
  if (annotation === undefined)
    throw new Failure('VALUE_UNFIT', {
      doing,
      target: targetOf(api),
      why: 'labels and descriptions fill the annotations of the Secret',
    })
  const annotations = { [ANNOTATION]: annotation }
  if (view === undefined) return api.create(fresh(api, annotations, wanted))
  const { resourceVersion, uid } = view.secret.metadata ?? {}
  return api.patch({ metadata: { resourceVersion, uid, annotations }, data: Object.fromEntries(wanted.data) })
}

function fresh(api: Api, annotations: Record<string, string>, wanted: Change): V1Secret {
  const data = Object.fromEntries([...wanted.data].filter((entry): entry is [string, string] => entry[1] !== null))
  return { apiVersion: 'v1', kind: 'Secret', type: 'Opaque', metadata: { ...api.place, annotations }, data }
}

function merged(before: Notes, changes: Change['notes']): Notes {
  const next = new Map(before)
  for (const [key, note] of changes) {
    if (note === null) next.delete(key)
    else next.set(key, note)
  }
  return next
}

function refuseImmutable(api: Api, view: View | undefined, doing: string): void {
  if (view?.secret.immutable !== true) return
  throw new Failure('UNSUPPORTED', {
    doing,
    target: targetOf(api),
    why: 'the Secret is immutable: nobody can change it any more',
    hints: [{ what: 'name another Secret', command: 'export K8S_SECRET_NAME=<name>' }],
  })
}

/** The sum over all keys, those of others included, as the API server counts it. */
function refuseTooLarge(api: Api, view: View | undefined, wanted: Change, doing: string): void {
  const kept = Object.keys(view?.secret.data ?? {}).filter((key) => !wanted.data.has(key))
  const keptBytes = kept.reduce((sum, key) => sum + (bytesOf(view, key)?.byteLength ?? 0), 0)
  const added = [...wanted.data.values()].reduce((sum, text) => sum + Buffer.byteLength(text ?? '', 'base64'), 0)
  if (keptBytes + added <= MAX_TOTAL) return
  const why = `the Secret would hold ${keptBytes + added} bytes in all, the limit is ${MAX_TOTAL}`
  throw new Failure('VALUE_UNFIT', { doing, target: targetOf(api), why })
}

const targetOf = (api: Api): string => `${api.place.namespace}/${api.place.name}`
