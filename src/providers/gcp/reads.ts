import type { SecretName } from '../../core/names.js'
import type { Lookup } from '../../core/ports.js'
import { type Version, version } from '../../core/secret.js'
import { parallel } from '../parallel.js'
import { assertFits } from '../wrap/fit.js'
import { caught, type Facts, factsIfAllowed } from './facts.js'
import { factsOfMany } from './list.js'
import type { Session } from './session.js'
import { access, disabled, type Held } from './values.js'

/** Values of one `readEach` at a time. */
const WIDTH = 16

const numberOf = (at: Version): number | undefined => (/^[1-9]\d*$/.test(at) ? Number(at) : undefined)

export async function read(session: Session, name: SecretName, at?: Version): Promise<Lookup> {
  assertFits(session.traits, 'reading', name)
  const which = at === undefined ? 'latest' : numberOf(at)
  if (which === undefined) return { state: 'absent' }
  const [held, facts] = await Promise.all([access(session, name, which), factsIfAllowed(session, name)])
  return lookup(name, which === 'latest' ? await newest(session, name, held, facts) : held, facts)
}

/** `latest` may be late: what our own note says was written is looked for by its number. */
async function newest(session: Session, name: SecretName, held: Held, facts: Facts | undefined): Promise<Held> {
  const known = numberOfHeld(held) ?? 0
  if (facts?.claim === undefined || facts.claim.number <= known) return held
  const noted = await access(session, name, facts.claim.number)
  return noted.state === 'absent' ? held : noted
}

const numberOfHeld = (held: Held): number | undefined => (held.state === 'absent' ? undefined : held.number)

function lookup(name: SecretName, held: Held, facts: Facts | undefined): Lookup {
  const { mark } = facts ?? {}
  if (mark !== undefined && held.state !== 'destroyed' && (numberOfHeld(held) ?? mark.number) <= mark.number)
    return deletedLookup(facts, mark)
  if (held.state === 'disabled') throw disabled(name, held)
  return held.state === 'present' ? present(held, facts) : { state: 'absent' }
}

function deletedLookup(facts: Facts | undefined, { number, at }: NonNullable<Facts['mark']>): Lookup {
  return {
    state: 'deleted',
    version: version(String(number)),
    deletedAt: at,
    ...(facts?.expiresAt && { recoverableUntil: facts.expiresAt }),
  }
}

function present({ number, value }: Held & { state: 'present' }, facts: Facts | undefined): Lookup {
  return {
    state: 'present',
    version: version(String(number)),
    value,
    labels: facts?.labels ?? {},
    ...(facts?.description !== undefined && { description: facts.description }),
    ...(facts?.claim?.number === number && { writtenBy: facts.claim.token }),
  }
}

/** One request for each value, since the service has no batches; labels come with the listing, thousands a request. */
export async function readEach(
  session: Session,
  names: readonly SecretName[],
): Promise<ReadonlyMap<SecretName, Lookup | Error>> {
  const unique = [...new Set(names)]
  const held = new Map(await parallel(unique, WIDTH, async (name) => [name, await orFailure(name, session)] as const))
  const numbers = new Map<SecretName, number | undefined>()
  for (const [name, one] of held)
    if (!(one instanceof Error)) numbers.set(name, one.state === 'absent' ? undefined : (one.number ?? 0))
  const facts = await factsOfMany(session, numbers)
  const found = await parallel(unique, WIDTH, async (name) => {
    return [name, await combined(session, name, held.get(name), facts.get(name))] as const
  })
  return new Map(found)
}

async function orFailure(name: SecretName, session: Session): Promise<Held | Error> {
  return caught(async () => {
    assertFits(session.traits, 'reading', name)
    return access(session, name, 'latest')
  })
}

async function combined(
  session: Session,
  name: SecretName,
  held: Held | Error | undefined,
  facts: Facts | Error | undefined,
): Promise<Lookup | Error> {
  if (held instanceof Error) return held
  if (facts instanceof Error) return facts
  return caught(async () => lookup(name, await newest(session, name, held ?? { state: 'absent' }, facts), facts))
}

export async function readMany(
  session: Session,
  names: readonly SecretName[],
): Promise<ReadonlyMap<SecretName, Lookup>> {
  const found = new Map<SecretName, Lookup>()
  for (const [name, one] of await readEach(session, names)) {
    if (one instanceof Error) throw one
    found.set(name, one)
  }
  return found
}
