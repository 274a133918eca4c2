import { isFailure } from '../../core/failure.js'
import { type SecretName, secretName } from '../../core/names.js'
import type { Listing } from '../../core/ports.js'
import { overPages, type Page } from '../pages.js'
import { parallel } from '../parallel.js'
import { caught, type Facts, factsIfAllowed, factsOf } from './facts.js'
import { lastPart, parentOf, type Secret, type Session } from './session.js'

/** The service takes up to 25,000; with annotations a page of that size would be some ten megabytes. */
const PAGE = 5_000
const WIDTH = 16

async function page(session: Session, prefix: string, from: string | undefined): Promise<Page<Secret>> {
  const filter = prefix === '' ? {} : { filter: `name:${prefix}` }
  const token = from === undefined ? {} : { pageToken: from }
  const request = { parent: parentOf(session), pageSize: PAGE, ...filter, ...token }
  return session.ask('ListSecrets', undefined, async (client, options) => {
    const [items, , answer] = await client.listSecrets(request, { ...options, autoPaginate: false })
    return { items, next: answer?.nextPageToken || undefined }
  })
}

/** The service's filter finds the text anywhere in a name: those that begin with it are chosen here. */
export function list(session: Session, prefix = ''): AsyncIterable<Listing> {
  if (prefix !== '' && !session.traits.names.pattern.test(prefix))
    return overPages(async () => ({ items: [], next: undefined }))
  return overPages(async (from) => {
    const { items, next } = await page(session, prefix, from)
    return { items: items.filter(({ name }) => lastPart(name).startsWith(prefix)).map(listingOf), next }
  })
}

function listingOf(secret: Secret): Listing {
  const { createdAt, expiresAt, mark, claim, labels, description } = factsOf(secret)
  const isDeleted = mark !== undefined && (claim === undefined || claim.number <= mark.number)
  return {
    name: secretName(lastPart(secret.name)),
    state: isDeleted ? 'deleted' : 'present',
    ...(createdAt && { createdAt }),
    ...(isDeleted && expiresAt && { recoverableUntil: expiresAt }),
    labels,
    ...(description !== undefined && { description }),
  }
}

/** From how many names on a listing is asked for, rather than each of them. */
const FEW = 3

/**
 * The facts of many. A listing may be late: an entry counts only when it was written by us as the version that was
 * read just now, or was never written by us at all; the others are asked for one by one. `undefined`: nothing was read.
 */
export async function factsOfMany(
  session: Session,
  numbers: ReadonlyMap<SecretName, number | undefined>,
): Promise<ReadonlyMap<SecretName, Facts | Error>> {
  const found = new Map<SecretName, Facts | Error>()
  for (const [name, entry] of numbers.size < FEW ? [] : await listed(session, [...numbers.keys()])) {
    const number = numbers.get(name)
    if (number === undefined || entry.claim === undefined || entry.claim.number === number) found.set(name, entry)
  }
  const left = [...numbers].filter(([name, number]) => number !== undefined && !found.has(name))
  await parallel(left, WIDTH, async ([name]) => {
    const one = await caught(() => factsIfAllowed(session, name))
    if (one !== undefined) found.set(name, one)
  })
  return found
}

/** Nothing when listing is not allowed. */
async function listed(session: Session, names: readonly SecretName[]): Promise<Map<SecretName, Facts>> {
  const wanted = new Set<string>(names)
  const found = new Map<SecretName, Facts>()
  let from: string | undefined
  try {
    do {
      const { items, next } = await page(session, commonPrefix(names), from)
      for (const one of items)
        if (wanted.has(lastPart(one.name))) found.set(secretName(lastPart(one.name)), factsOf(one))
      from = next
    } while (from !== undefined && found.size < names.length)
  } catch (error) {
    if (!isFailure(error, 'PERMISSION_DENIED')) throw error
  }
  return found
}

export function commonPrefix(names: readonly string[]): string {
  const first = names.reduce((a, b) => (a < b ? a : b))
  const last = names.reduce((a, b) => (a > b ? a : b))
  let length = 0
  while (length < first.length && first[length] === last[length]) length++
  return first.slice(0, length)
}
