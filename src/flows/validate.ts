import { type Failure, isFailure } from '../core/failure.js'
import { type SecretName, secretName } from '../core/names.js'
import type { Listing, Lookup, Provider } from '../core/ports.js'
import { parseReferences } from '../core/reference.js'
import type { Runs } from '../engine/runs.js'
import type { EnvInput } from './env-input.js'
import { nameFor } from './migrate.js'

export interface ValidateRequest {
  readonly inputs: readonly EnvInput[]
  readonly names: Readonly<Record<string, string>>
  /** Names of the config's inventory, and those of `--required`. */
  readonly required: readonly SecretName[]
  readonly offline: boolean
}

export interface CheckRow {
  readonly name: SecretName
  readonly key?: string
  readonly file?: string
  readonly line?: number
  readonly state: 'equal' | 'present' | 'differs' | 'missing' | 'extra' | 'unchecked'
  /** Keyed fingerprints of what was expected and what is there. */
  readonly here?: string
  /** Where the expectation comes from: the file itself, or the run that wrote the value. */
  readonly expectedBy?: string
  readonly there?: string
  readonly found?: Lookup
  readonly failure?: Failure
}

export interface ValidateReport {
  readonly rows: readonly CheckRow[]
  readonly listed: boolean
}

/** What a validation reads. It cannot write: the provider given is read-only. */
export interface ValidateContext {
  readonly provider: Provider
  readonly identity: string
  readonly fingerprintKey: Uint8Array
  readonly runs: Runs
}

interface Expectation {
  readonly name: SecretName
  readonly key?: string
  readonly file?: string
  readonly line?: number
  readonly here?: string
  readonly expectedBy?: string
}

/** Do the files, the inventory and the provider agree? A doubt is `unchecked`, never `missing` and never `equal`. */
export async function validate(request: ValidateRequest, context: ValidateContext): Promise<ValidateReport> {
  const expected = await expectations(request, context)
  if (request.offline) return { rows: [...expected.values()].map((one) => ({ ...one, state: 'present' })), listed: false }
  const found = await eachOf(context.provider, [...expected.keys()])
  const rows = [...expected.values()].map((one) => check(one, found.get(one.name), context))
  const extra = await extras(expected, context)
  return { rows: [...rows, ...extra], listed: true }
}

async function expectations(request: ValidateRequest, context: ValidateContext): Promise<Map<SecretName, Expectation>> {
  const recorded = await written(context)
  const expected = new Map<SecretName, Expectation>()
  for (const name of request.required) expected.set(name, { name, ...recordOf(recorded.get(name)) })
  for (const { source, keys } of request.inputs)
    for (const one of keys) {
      const at = { key: one.key, file: source.shown, line: one.line }
      if (one.kind === 'secret') {
        const name = nameFor(one.key, request.names)
        expected.set(name, { name, ...at, here: one.value.fingerprint(context.fingerprintKey), expectedBy: source.shown })
      }
      if (one.kind !== 'reference') continue
      for (const name of secretsIn(one.value.reveal())) expected.set(name, { name, ...at, ...recordOf(recorded.get(name)) })
    }
  return expected
}

/** Names that a value refers to. A reference of another provider's is not this one's to check. */
function secretsIn(text: string): SecretName[] {
  return parseReferences(text).flatMap((part) =>
    part.type === 'secret' && part.provider === undefined ? [secretName(part.name)] : [],
  )
}

/** What this machine's runs left in the store: keyed fingerprints by name, the newest run's last. */
async function written({ runs, identity }: ValidateContext): Promise<Map<SecretName, { fingerprint: string; run: string }>> {
  const last = new Map<SecretName, { fingerprint: string; run: string }>()
  for (const { id, target, state, plan } of [...(await runs.list())].reverse()) {
    if (target !== identity || (state !== 'done' && state !== 'undone')) continue
    for (const step of plan.stages.flat()) {
      if (step.op === 'put') last.set(step.name, { fingerprint: step.value.fingerprint, run: id })
      else if (step.op !== 'rewrite-env') last.delete(step.name)
    }
  }
  return last
}

const recordOf = (written: { readonly fingerprint: string; readonly run: string } | undefined) =>
  written === undefined ? {} : { here: written.fingerprint, expectedBy: `run ${written.run}` }

function check(one: Expectation, found: Lookup | Error | undefined, context: ValidateContext): CheckRow {
  if (found === undefined) throw new Error('an expected name was not looked up')
  if (isFailure(found)) return { ...one, state: 'unchecked', failure: found }
  if (found instanceof Error) throw found
  if (found.state !== 'present') return { ...one, state: 'missing', found }
  const there = found.value.fingerprint(context.fingerprintKey)
  if (one.here === undefined) return { ...one, state: 'present', there, found }
  return { ...one, state: one.here === there ? 'equal' : 'differs', there, found }
}

/** Every lookup by itself, so that a doubt about one name does not hide the others. */
export async function eachOf(provider: Provider, names: readonly SecretName[]): Promise<ReadonlyMap<SecretName, Lookup | Error>> {
  if (names.length === 0) return new Map()
  if (provider.readEach !== undefined) return await provider.readEach(names)
  const answers = new Map<SecretName, Lookup | Error>()
  for (const name of names) answers.set(name, await provider.read(name).catch(asDoubt))
  return answers
}

function asDoubt(error: unknown): Error {
  if (isFailure(error)) return error
  throw error
}

async function extras(expected: ReadonlyMap<SecretName, Expectation>, { provider }: ValidateContext): Promise<CheckRow[]> {
  const rows: CheckRow[] = []
  try {
    for await (const listing of provider.list()) if (isExtra(listing, expected)) rows.push({ name: listing.name, state: 'extra' })
  } catch (error) {
    if (!isFailure(error)) throw error
    rows.push({ name: secretName('(listing)'), state: 'unchecked', failure: error })
  }
  return rows
}

const isExtra = (listing: Listing, expected: ReadonlyMap<SecretName, Expectation>): boolean =>
  listing.state === 'present' && !expected.has(listing.name) && listing.labels?.['role'] === undefined

/** 0 all equal, 3 something differs; a doubt outweighs both: 77 refused, 75 throttled, else 69. */
export function exitOfCheck({ rows }: ValidateReport): number {
  const doubts = rows.flatMap(({ failure }) => (failure === undefined ? [] : [failure.exit]))
  for (const exit of [69, 77, 75]) if (doubts.some((one) => one === exit || (exit === 69 && one !== 77 && one !== 75))) return exit
  return rows.every(({ state }) => state === 'equal' || state === 'present') ? 0 : 3
}
