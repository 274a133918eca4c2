import { isFailure } from '../../core/failure.js'
import type { SecretName } from '../../core/names.js'
import type { Version } from '../../core/secret.js'
import { chunks, parallel } from '../parallel.js'
import { assertFits } from '../wrap/fit.js'
import { type Facts, factsOf } from './facts.js'
import { listPage, PAGE } from './list.js'
import type { Session } from './session.js'

/** The facts of one secret; `undefined` when there is none, or when the identity may not see them. */
export async function describe(session: Session, name: SecretName): Promise<Facts | undefined> {
  assertFits(session.traits, 'reading', name)
  try {
    const answer = await session.askIfAllowed('DescribeSecret', name, (aws) => aws.describeSecret({ SecretId: name }))
    return answer && factsOf(answer)
  } catch (error) {
    if (isFailure(error, 'SECRET_NOT_FOUND')) return undefined
    throw error
  }
}

/** As `describe` for a write, which cannot do without them: being refused is a failure. */
export async function describeToWrite(session: Session, name: SecretName): Promise<Facts | undefined> {
  try {
    return factsOf(await session.ask('DescribeSecret', name, (aws) => aws.describeSecret({ SecretId: name })))
  } catch (error) {
    if (isFailure(error, 'SECRET_NOT_FOUND')) return undefined
    throw error
  }
}

const WIDTH = 8
/** Values of one name filter. */
const FILTERS = 10
/** From how many names on a listing of all with their common prefix is cheaper than naming them. */
const MANY = 3 * FILTERS
/** Secrets of others may stand under the same prefix: after so many pages more than needed each is asked for by name. */
const SPARE_PAGES = 5

/**
 * The facts of many, 100 a request. A listing may lag five minutes behind: an entry counts only when it knows the
 * version (`undefined`: the deletion) that was read just now, and the others are asked for one by one.
 */
export async function describeAll(
  session: Session,
  versions: ReadonlyMap<SecretName, Version | undefined>,
): Promise<ReadonlyMap<SecretName, Facts | Error>> {
  const facts = new Map<SecretName, Facts | Error>()
  const names = [...versions.keys()]
  const entries = names.length > 2 ? await listed(session, names).catch((error: unknown) => asFailure(error)) : []
  if (entries instanceof Error) return new Map(names.map((name) => [name, entries]))
  for (const entry of entries) {
    const name = entry.name as SecretName
    if (versions.has(name) && isFresh(entry, versions.get(name))) facts.set(name, entry)
  }
  const left = names.filter((name) => !facts.has(name))
  await parallel(left, WIDTH, async (name) => {
    const one = await describe(session, name).catch((error: unknown) => asFailure(error))
    if (one !== undefined) facts.set(name, one)
  })
  return facts
}

const isFresh = (facts: Facts, version: Version | undefined): boolean =>
  version === undefined ? facts.deletedDate !== undefined : facts.stages[version]?.includes('AWSCURRENT') === true

function asFailure(error: unknown): Error {
  if (isFailure(error)) return error
  throw error
}

async function listed(session: Session, names: readonly SecretName[]): Promise<Facts[]> {
  const groups = names.length > MANY ? [[commonPrefix(names)]] : chunks(names, FILTERS)
  const pages = Math.ceil(names.length / PAGE) + SPARE_PAGES
  const found = await parallel(groups, WIDTH, (prefixes) => firstPages(session, prefixes, pages))
  return found.flat()
}

/** Nothing when listing is not allowed: the facts are then asked for one by one. */
async function firstPages(session: Session, prefixes: readonly string[], pages: number): Promise<Facts[]> {
  const facts: Facts[] = []
  let from: string | undefined
  try {
    for (let page = 0; page < pages; page++) {
      const { items, next } = await listPage(session, prefixes, from)
      facts.push(...items.map(factsOf))
      if (next === undefined) break
      from = next
    }
  } catch (error) {
    if (!isFailure(error, 'PERMISSION_DENIED', 'THROTTLED')) throw error
  }
  return facts
}

export function commonPrefix(names: readonly string[]): string {
  const [first = '', last = ''] = [names.reduce((a, b) => (a < b ? a : b)), names.reduce((a, b) => (a > b ? a : b))]
  let length = 0
  while (length < first.length && first[length] === last[length]) length++
  return first.slice(0, length)
}
