import type { RotateConfig, StrategyName } from '../config/inventory.js'
import { Failure } from '../core/failure.js'
import type { SecretName } from '../core/names.js'
import { generate, type Recipe, weaknessOf } from '../core/recipe.js'
import { guessStrategy } from '../rotation/choose.js'
import { dueAt, tooSoonAfter } from '../rotation/due.js'
import { graceLacks, planJwt } from '../rotation/jwt.js'
import { isOver, type Kept, oldNameOf, rotatedAt } from '../rotation/labels.js'
import { planRandom } from '../rotation/random.js'
import { recipeFor } from '../rotation/recipes.js'
import { planRetire } from '../rotation/retire.js'
import type { Subject } from '../rotation/subject.js'
import { type Context, draft, keep, noValues, type Prepared, type Values } from './context.js'
import { refuseMisfits } from './fit.js'
import { lookAtSecret, type Sighting } from './rotate-look.js'

export interface RotateRequest {
  readonly name: SecretName
  /** What the inventory says of it. */
  readonly rules?: RotateConfig
  /** Secrets that hold the same value, by the inventory. */
  readonly also?: readonly string[]
  readonly strategy?: StrategyName
  readonly graceMs?: number
  readonly length?: number
  readonly charset?: string
  /** Only what its interval says, and old values whose time is over. */
  readonly due: boolean
  /** Only old values whose time is over. */
  readonly finalize: boolean
  /** Also too soon after the last time, and over an old value that is still accepted. */
  readonly force: boolean
  /** The old value ends now. */
  readonly compromised: boolean
}

/** What a rotation comes to, before anything is written. `kept`: the old value's time is not over. */
export interface Rotation {
  readonly name: SecretName
  readonly state: 'rotate' | 'retire' | 'not due' | 'kept' | 'nothing kept'
  readonly strategy?: StrategyName
  readonly prepared?: Prepared
  readonly recipe?: Recipe
  /** When the old value ends. */
  readonly until?: Date
  readonly dueAt?: Date
  readonly warnings: readonly string[]
}

/** Where neither the command nor the inventory says how long an old value is accepted. */
export const USUAL_GRACE_MS = 2 * 3_600_000

/** What there is to do for one secret. Only reads; a rotation that another host is at work on is LOCKED. */
export async function planRotation(request: RotateRequest, context: Context): Promise<Rotation> {
  if (!context.provider.traits.writable) throw readOnly(request.name, context)
  const seen = await lookAtSecret(request.name, context)
  if (request.finalize) return await planFinish(request, seen, context)
  const age = { ...ageOf(seen), ...(request.rules ?? {}) }
  const due = dueAt(age)
  if (request.due) {
    if (due === 'unknown') throw unknownAge(request.name, context)
    if (due === 'never' || due > context.clock.now()) return await planNotDue(request, seen, due, context)
  }
  const strategy = strategyFor(request)
  if (request.also !== undefined && request.also.length > 0) throw notAlone(request.name, request.also, context)
  refuseTooSoon(request, tooSoonAfter(age, context.clock.now()), context)
  refuseOthers(request, seen, strategy, context)
  return await planChange(request, seen, strategy, context)
}

const readOnly = (name: SecretName, { identity }: Context): Failure =>
  new Failure('UNSUPPORTED', { doing: 'rotating', secret: name, target: identity, why: 'it is read-only' })

const ageOf = ({ current }: Sighting) => {
  const rotated = rotatedAt(current.labels)
  return {
    ...(current.createdAt === undefined ? {} : { changedAt: current.createdAt }),
    ...(rotated === undefined ? {} : { rotatedAt: rotated }),
  }
}

const unknownAge = (name: SecretName, { identity }: Context): Failure =>
  new Failure('UNKNOWN_STATE', {
    doing: 'rotating what is due',
    secret: name,
    target: identity,
    why: 'the provider does not tell when its value was last changed',
    hints: [{ what: 'rotate it now', command: `vibesecrets rotate ${name}` }],
  })

/** By order: the option, the inventory, the words of the name. */
function strategyFor({ name, strategy, rules }: RotateRequest): StrategyName {
  const chosen = strategy ?? rules?.strategy ?? guessStrategy(name)
  if (chosen === 'random' || chosen === 'jwt') return chosen
  throw chosen === 'issued' ? issuedElsewhere(name) : notByItself(name, chosen)
}

const issuedElsewhere = (name: SecretName): Failure =>
  new Failure('UNSUPPORTED', {
    doing: 'rotating',
    secret: name,
    why: 'by its name it is made by someone else, who has to make the next one too: nothing was changed',
    hints: [
      { what: 'store one that they made', command: `vibesecrets set ${name}` },
      { what: 'or, if only your own programs check it', command: `vibesecrets rotate ${name} --strategy random` },
    ],
  })

const notAlone = (name: SecretName, also: readonly string[], { identity }: Context): Failure =>
  new Failure('UNSUPPORTED', {
    doing: 'rotating',
    secret: name,
    target: identity,
    names: also,
    why: `${also.join(', ')} holds the same value, and this version does not change both as one: nothing was changed`,
  })

const notByItself = (name: SecretName, strategy: string): Failure =>
  new Failure('UNSUPPORTED', {
    doing: 'rotating',
    secret: name,
    why: `the strategy "${strategy}" changes more than this store, which this version does not do: nothing was changed`,
    hints: [{ what: 'store one that is in force already', command: `vibesecrets set ${name}` }],
  })

function refuseTooSoon(request: RotateRequest, since: Date | undefined, { identity }: Context): void {
  if (since === undefined || request.force || request.compromised) return
  throw new Failure('LOCKED', {
    doing: 'rotating',
    secret: request.name,
    target: identity,
    why: `it was rotated at ${since.toISOString()}, less than its minimum interval ago: nothing was changed`,
    hints: [{ what: 'rotate it all the same', command: `vibesecrets rotate ${request.name} --force` }],
  })
}

/** So long a host that keeps an old value may take until it has promoted the new one. */
const HALF_WAY_MS = 10 * 60_000

/**
 * An old value that equals the current one is another host's rotation, half way. An old value that is still accepted
 * must not be replaced: tokens that it signed would end before their time.
 */
function refuseOthers(request: RotateRequest, seen: Sighting, strategy: StrategyName, context: Context): void {
  if (strategy !== 'jwt') return
  if (!context.provider.traits.labels && graceOf(request) > 0) throw cannotKeep(request.name, context)
  const { old, kept } = seen
  if (old.state !== 'present') return
  if (kept?.of !== request.name) throw takenName(request.name, context)
  const now = context.clock.now()
  if (old.value.equals(seen.current.value)) {
    if (now.getTime() - kept.since.getTime() < HALF_WAY_MS && !request.force) throw halfWay(request.name, kept, context)
  } else if (!isOver(kept, now) && !request.force && !request.compromised) throw inGrace(request.name, kept, context)
}

const cannotKeep = (name: SecretName, { identity }: Context): Failure =>
  new Failure('UNSUPPORTED', {
    doing: 'rotating',
    secret: name,
    target: identity,
    why: 'this provider keeps no labels, so the deadline of the old value has no place: nothing was changed',
    hints: [{ what: 'without a grace period', command: `vibesecrets rotate ${name} --grace-period 0s` }],
  })

const takenName = (name: SecretName, { identity }: Context): Failure =>
  new Failure('CONFLICT', {
    doing: 'keeping the old value of',
    secret: name,
    target: identity,
    why: `${oldNameOf(name)} is there, and is not an old value that a rotation kept: nothing was changed`,
    hints: [{ what: 'see it', command: 'vibesecrets list --long' }],
  })

const halfWay = (name: SecretName, { since }: Kept, { identity }: Context): Failure =>
  new Failure('LOCKED', {
    doing: 'rotating',
    secret: name,
    target: identity,
    why: `another host began to rotate it at ${since.toISOString()}: nothing was changed`,
    hints: [{ what: 'take over, when that one is gone', command: `vibesecrets rotate ${name} --force` }],
  })

const inGrace = (name: SecretName, { until }: Kept, { identity }: Context): Failure =>
  new Failure('LOCKED', {
    doing: 'rotating',
    secret: name,
    target: identity,
    why: `${oldNameOf(name)} is accepted until ${until.toISOString()}, and would end too soon: nothing was changed`,
    hints: [{ what: 'rotate it all the same', command: `vibesecrets rotate ${name} --force` }],
  })

const graceOf = ({ graceMs, rules, compromised }: RotateRequest): number =>
  compromised ? 0 : (graceMs ?? rules?.graceMs ?? USUAL_GRACE_MS)

async function planChange(
  request: RotateRequest,
  seen: Sighting,
  strategy: StrategyName,
  context: Context,
): Promise<Rotation> {
  const values = noValues()
  const wish = {
    ...optional('length', request.length ?? request.rules?.length),
    ...optional('charset', request.charset ?? request.rules?.charset),
  }
  const recipe = recipeFor(wish, seen.current.value, usual[strategy === 'jwt' ? 'jwt' : 'random'])
  const subject: Subject = {
    name: request.name,
    current: seen.current,
    next: generate(recipe, context.random),
    now: context.clock.now(),
    labels: context.provider.traits.labels,
    ...optional('expiresAfterMs', request.rules?.everyMs),
    ref: referrer(values, context),
  }
  refuseMisfits(wantedOf(subject, strategy), context.provider, context.prefix, context.identity)
  const weakness = weaknessOf(recipe)
  const warnings = weakness === undefined ? [] : [weakness]
  const common = { name: request.name, state: 'rotate', strategy, recipe } as const
  if (strategy !== 'jwt') return { ...common, prepared: await drafted(planRandom(subject), values, context), warnings }
  const { stages, until } = withGrace(request, seen, subject, context)
  const prepared = await drafted(stages, values, context)
  return { ...common, prepared, ...optional('until', until), warnings: [...warnings, ...graceWarnings(request)] }
}

/** Kinds that nobody has to quote, of more bits than anyone can guess. */
const usual = {
  random: { kind: 'alphanumeric', length: 32 },
  jwt: { kind: 'base64url', length: 64 },
} as const satisfies Record<string, Recipe>

const wantedOf = ({ name, current, next }: Subject, strategy: StrategyName) => [
  { name, value: next },
  ...(strategy === 'jwt' ? [{ name: oldNameOf(name), value: current.value }] : []),
]

/** Without a grace the old value is not kept, and one that is there ends with it. */
function withGrace(request: RotateRequest, { old, kept: before }: Sighting, subject: Subject, context: Context) {
  const graceMs = graceOf(request)
  const { now, ref } = subject
  if (graceMs > 0) {
    const until = new Date(now.getTime() + graceMs)
    const by = Buffer.from(context.random(8)).toString('hex')
    return { stages: planJwt({ ...subject, old, kept: { of: subject.name, since: now, until, by } }), until }
  }
  const ending = old.state === 'present' && before !== undefined ? planRetire(oldNameOf(subject.name), old, ref) : []
  return { stages: [...planRandom(subject), ...ending], until: undefined }
}

function graceWarnings(request: RotateRequest): string[] {
  const { tokenLifeMs, cacheTtlMs } = request.rules ?? {}
  const rules = {
    graceMs: graceOf(request),
    ...optional('tokenLifeMs', tokenLifeMs),
    ...optional('cacheTtlMs', cacheTtlMs),
  }
  const lacks = request.compromised ? 0 : graceLacks(rules)
  return lacks === 0
    ? []
    : [`the grace period is ${Math.ceil(lacks / 1000)} s shorter than token life and cache time: some tokens will fail`]
}

/** Not due: but an old value whose time is over ends now, on whichever host sees it first. */
async function planNotDue(
  request: RotateRequest,
  seen: Sighting,
  due: Date | 'never',
  context: Context,
): Promise<Rotation> {
  const finish = await planFinish(request, seen, context)
  if (finish.state === 'retire') return finish
  return {
    name: request.name,
    state: 'not due',
    ...optional('until', finish.until),
    ...(due === 'never' ? {} : { dueAt: due }),
    warnings: [],
  }
}

async function planFinish(request: RotateRequest, { old, kept }: Sighting, context: Context): Promise<Rotation> {
  const { name } = request
  if (old.state !== 'present' || kept?.of !== name) return { name, state: 'nothing kept', warnings: [] }
  if (!isOver(kept, context.clock.now())) return { name, state: 'kept', until: kept.until, warnings: [] }
  const values = noValues()
  const prepared = await drafted(planRetire(oldNameOf(name), old, referrer(values, context)), values, context)
  return { name, state: 'retire', prepared, until: kept.until, warnings: [] }
}

const referrer =
  (values: Values, { fingerprintKey }: Context): Subject['ref'] =>
  (from, entry, value) =>
    keep(values, from, entry, value, fingerprintKey)

async function drafted(stages: Parameters<typeof draft>[3], values: Values, context: Context): Promise<Prepared> {
  return { plan: draft(context, await context.runs.newId(), 'rotate', stages), values }
}

function optional<K extends string, V>(key: K, value: V | undefined): { [k in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [k in K]?: V })
}
