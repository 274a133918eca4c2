import { isFailure } from '../core/failure.js'
import { type SecretName, secretName } from '../core/names.js'
import { parseReferences } from '../core/reference.js'
import type { Runs } from '../engine/runs.js'
import type { EnvInput, EnvKey } from './env-input.js'
import { nameFor } from './migrate-names.js'
import { loaderNotes } from './migrate-notes.js'
import type { CheckRow, ValidateRequest } from './validate.js'

/** A name that has to be in the provider, and what is known of its value. */
export interface Expectation {
  readonly name: SecretName
  readonly key?: string
  readonly file?: string
  readonly line?: number
  /** Keyed fingerprint of the value that is expected. */
  readonly here?: string
  /** Where the expectation comes from: the file itself, or the run that wrote the value. */
  readonly expectedBy?: string
}

/** Keyed fingerprints of what runs of this machine left in the store, by name, with the run. */
export type Written = ReadonlyMap<SecretName, { readonly fingerprint: string; readonly run: string }>

/** What the runs on one target wrote: the newest counts. */
export async function writtenBy(runs: Runs, identity: string): Promise<Written> {
  const last = new Map<SecretName, { fingerprint: string; run: string }>()
  const { runs: all } = await runs.scan()
  for (const { id, target, state, plan } of [...all].reverse()) {
    if (target !== identity || (state !== 'done' && state !== 'undone')) continue
    for (const step of plan.stages.flat()) {
      if (step.op === 'put') last.set(step.name, { fingerprint: step.value.fingerprint, run: id })
      else if (step.op !== 'rewrite-env') last.delete(step.name)
    }
  }
  return last
}

/** Every name that files, inventory and `--required` speak of, and the references that cannot be read. */
export function expectations(
  request: ValidateRequest,
  written: Written,
  fingerprint: (one: EnvKey) => string,
): { readonly expected: ReadonlyMap<SecretName, Expectation>; readonly invalid: readonly CheckRow[] } {
  const expected = new Map<SecretName, Expectation>()
  const invalid: CheckRow[] = []
  for (const name of request.required) expected.set(name, { name, ...recordOf(written.get(name)) })
  for (const { source, keys } of request.inputs)
    for (const one of keys) {
      const at = { key: one.key, file: source.shown, line: one.line }
      if (one.kind === 'secret') {
        const name = nameFor(one.key, request.names)
        expected.set(name, { name, ...at, here: fingerprint(one), expectedBy: source.shown })
      } else if (one.kind === 'reference') {
        const found = secretsIn(one)
        if (typeof found === 'string') invalid.push({ ...at, name: one.key, state: 'invalid', reason: found })
        else for (const name of found) expected.set(name, { name, ...at, ...recordOf(written.get(name)) })
      }
    }
  return { expected, invalid }
}

/** Names that a value refers to, or why they cannot be read. A reference of another provider's is not ours to check. */
function secretsIn({ value }: EnvKey): SecretName[] | string {
  try {
    return parseReferences(value.reveal()).flatMap((part) =>
      part.type === 'secret' && part.provider === undefined ? [secretName(part.name)] : [],
    )
  } catch (error) {
    if (isFailure(error, 'INPUT_INVALID', 'NAME_INVALID')) return error.details.why ?? 'not a reference'
    throw error
  }
}

const recordOf = (written: { readonly fingerprint: string; readonly run: string } | undefined) =>
  written === undefined ? {} : { here: written.fingerprint, expectedBy: `run ${written.run}` }

/** References that some readers of the file refuse, empty or change. */
export function referenceWarnings({ source: { shown }, readers, looseReferences, keys }: EnvInput): CheckRow[] {
  const warning = { state: 'warning', file: shown } as const
  const hasBraces = keys.some((one) => one.kind === 'reference' && one.value.reveal().includes('${secret:'))
  return [
    ...looseReferences.map(({ key, line }) => ({ ...warning, name: key, key, line, reason: LOOSE })),
    ...(hasBraces ? loaderNotes(readers).map(({ text }) => ({ ...warning, name: shown, reason: text })) : []),
  ]
}
const LOOSE = 'not in single quotes: Compose refuses the file, and a shell reads it as empty'
