import { type Failure, isFailure } from '../core/failure.js'
import type { SecretName } from '../core/names.js'
import type { Listing, Lookup, Provider } from '../core/ports.js'
import type { Runs } from '../engine/runs.js'
import type { EnvInput } from './env-input.js'
import { type Expectation, expectations, referenceWarnings, writtenBy } from './validate-expect.js'

export interface ValidateRequest {
  readonly inputs: readonly EnvInput[]
  readonly names: Readonly<Record<string, string>>
  /** Names of the config's inventory, and those of `--required`. */
  readonly required: readonly SecretName[]
}

export interface CheckRow {
  /** Of the secret; of the key or the file where no secret is concerned. */
  readonly name: string
  readonly key?: string
  readonly file?: string
  readonly line?: number
  /** `expected`: nobody was asked (offline). */
  readonly state:
    | 'equal'
    | 'present'
    | 'expected'
    | 'differs'
    | 'missing'
    | 'extra'
    | 'unchecked'
    | 'invalid'
    | 'warning'
  /** Keyed fingerprints of what was expected and what is there. */
  readonly here?: string
  /** Where the expectation comes from: the file itself, or the run that wrote the value. */
  readonly expectedBy?: string
  readonly there?: string
  readonly found?: Lookup
  readonly failure?: Failure
  /** Of what is invalid or only to be looked at. */
  readonly reason?: string
}

export interface ValidateReport {
  readonly rows: readonly CheckRow[]
}

/** What a validation reads. It cannot write: the provider given is read-only. */
export interface ValidateContext {
  readonly provider: Provider
  readonly identity: string
  readonly fingerprintKey: Uint8Array
  readonly runs: Runs
}

/** Do the files, the inventory and the provider agree? A doubt is `unchecked`, never `missing` and never `equal`. */
export async function validate(request: ValidateRequest, context: ValidateContext): Promise<ValidateReport> {
  const written = await writtenBy(context.runs, context.identity)
  const { expected, invalid } = expectations(request, written, ({ value }) => value.fingerprint(context.fingerprintKey))
  const found = await eachOf(context.provider, [...expected.keys()])
  const rows = [...expected.values()].map((one) => check(one, found.get(one.name), context))
  return { rows: [...rows, ...(await extras(expected, context)), ...invalid, ...warnings(request)] }
}

/** Syntax, references and inventory only: nobody is asked. */
export function validateOffline(request: ValidateRequest): ValidateReport {
  const { expected, invalid } = expectations(request, new Map(), () => '')
  const inventory = new Set(request.required)
  const rows = [...expected.values()].map(
    ({ here: _here, expectedBy: _by, ...one }): CheckRow => ({ ...one, state: 'expected' }),
  )
  const unknown = rows.filter(({ key, name }) => key !== undefined && !inventory.has(name as SecretName))
  const strangers = inventory.size === 0 ? [] : unknown.map(({ name: _, ...row }) => stranger(_, row))
  return { rows: [...rows, ...invalid, ...strangers, ...warnings(request)] }
}

const stranger = (name: string, row: Omit<CheckRow, 'name'>): CheckRow => ({
  ...row,
  name,
  state: 'warning',
  reason: 'not in the inventory',
})

const warnings = ({ inputs }: ValidateRequest): CheckRow[] => inputs.flatMap(referenceWarnings)

function check(one: Expectation, found: Lookup | Error | undefined, context: ValidateContext): CheckRow {
  if (found === undefined) throw new Error('an expected name was not looked up')
  if (isFailure(found)) return { ...one, state: 'unchecked', failure: asRow(found) }
  if (found instanceof Error) throw found
  if (found.state !== 'present') return { ...one, state: 'missing', found }
  if (one.here === undefined) return { ...one, state: 'present', found }
  const there = found.value.fingerprint(context.fingerprintKey)
  return { ...one, state: one.here === there ? 'equal' : 'differs', there, found }
}

/** Every lookup by itself, so that a doubt about one name does not hide the others. */
async function eachOf(
  provider: Provider,
  names: readonly SecretName[],
): Promise<ReadonlyMap<SecretName, Lookup | Error>> {
  if (names.length === 0) return new Map()
  if (provider.readEach !== undefined) return await provider.readEach(names)
  const together = await provider.readMany(names).catch(asDoubt)
  if (!(together instanceof Error)) return together
  const answers = new Map<SecretName, Lookup | Error>()
  for (const name of names) answers.set(name, await provider.read(name).catch(asDoubt))
  return answers
}

/** What is wrong with our own key or place is wrong with every name: that is said once, as the command's failure. */
function asRow(failure: Failure): Failure {
  if (isFailure(failure, 'KEY_MISSING', 'KEY_WRONG', 'INSECURE', 'FORMAT_NEWER')) throw failure
  return failure
}

function asDoubt(error: unknown): Error {
  if (isFailure(error)) return error
  throw error
}

async function extras(expected: ReadonlyMap<SecretName, unknown>, { provider }: ValidateContext): Promise<CheckRow[]> {
  const rows: CheckRow[] = []
  if (provider.traits.shared === true) return rows
  try {
    for await (const listing of provider.list())
      if (isExtra(listing, expected)) rows.push({ name: listing.name, state: 'extra' })
  } catch (error) {
    if (!isFailure(error)) throw error
    rows.push({ name: '(listing)', state: 'unchecked', failure: asRow(error) })
  }
  return rows
}

/** Helpers of a running rotation have a role, and are nobody's secret. Below a `/` lie other environments. */
const isExtra = ({ name, state, labels }: Listing, expected: ReadonlyMap<SecretName, unknown>): boolean =>
  state === 'present' && !expected.has(name) && labels?.['role'] === undefined && !name.includes('/')

/** 0 all equal, 3 something differs, 65 something cannot be read; a doubt outweighs all: 69, 77 refused, 75 throttled. */
export function exitOfCheck({ rows }: ValidateReport): number {
  const doubts = rows.flatMap(({ failure }) => (failure === undefined ? [] : [failure.exit]))
  if (doubts.some((exit) => exit !== 77 && exit !== 75)) return 69
  if (doubts.length > 0) return doubts.includes(77) ? 77 : 75
  if (rows.some(({ state }) => state === 'invalid')) return 65
  return rows.some(({ state }) => state === 'differs' || state === 'missing' || state === 'extra') ? 3 : 0
}
