import type { App, Session } from '../src/app.js'
import type { RotateConfig } from '../src/config/inventory.js'
import { Failure, isFailure } from '../src/core/failure.js'
import { type SecretName, secretName } from '../src/core/names.js'
import { planRotation, type RotateRequest } from '../src/flows/rotate.js'
import { performRotation, resumeRotation, unfinishedRotation } from '../src/flows/rotate-perform.js'
import { jsonOf, type Row, rowText, tableText } from './rotate-view.js'
import { hint } from './shared.js'

export async function run(app: App, words: readonly string[]): Promise<number> {
  const names = namesOf(app, words)
  refuseUnready(app)
  const session = await app.open()
  const looked: Row[] = []
  for (const name of names) looked.push(await rowOf(() => lookAt(name, app, session), name))
  if (names.length === 1) throwFailure(looked)
  const wanted = looked.filter(isWork)
  const isDry = app.config.options.dryRun === true
  if (isDry || wanted.length === 0) return await report(looked, app, session)
  if (!(await agree(app, wanted, session))) {
    await app.out.note('nothing was changed')
    return 0
  }
  const done: Row[] = []
  for (const row of looked) done.push(isWork(row) ? await rowOf(() => carryOut(row, app, session), row.name) : row)
  if (names.length === 1) throwFailure(done)
  return await report(done, app, session)
}

/** Names once each, as typed; `all`: those of the inventory that say how they rotate. */
function namesOf(app: App, words: readonly string[]): readonly SecretName[] {
  const help = hint('see how it is used', 'rotate --help')
  if (words.length === 0)
    throw new Failure('USAGE', { doing: 'rotate', why: 'say which secret, or "all" of the inventory', hints: [help] })
  if (!words.includes('all')) return [...new Set(words.map(secretName))]
  if (words.length > 1) throw new Failure('USAGE', { doing: 'rotate', why: '"all" stands alone', hints: [help] })
  const known = [...app.config.inventory].filter(([, { rotate }]) => rotate !== undefined).map(([name]) => name)
  if (known.length > 0) return known.map(secretName)
  throw new Failure('USAGE', {
    doing: 'rotating all',
    why: 'the config names no secret that rotates: "all" are those with "rotate" below "secrets"',
    hints: [
      { what: 'add one to vibesecrets.yaml', command: 'secrets: { jwt-secret: { rotate: { every: 90d } } }' },
      help,
    ],
  })
}

/** What is asked for and cannot be done is refused, not left out. */
function refuseUnready({ config: { options } }: App): void {
  const asked = [
    ...((options.restart ?? []).length > 0 ? ['--restart'] : []),
    ...(options.reencrypt === undefined ? [] : ['--reencrypt']),
    ...(options.phase === undefined ? [] : ['--phase']),
  ]
  if (asked.length > 0)
    throw new Failure('UNSUPPORTED', {
      doing: 'rotating',
      why: `this version does not do ${asked.join(', ')}: nothing was changed`,
    })
  if (options.finalize === true && options.compromised === true)
    throw new Failure('USAGE', {
      doing: 'rotate',
      why: '--finalize makes no new value, --compromised makes one: say one of them',
    })
}

async function lookAt(name: SecretName, app: App, { context }: Session): Promise<Row> {
  const open = await unfinishedRotation(name, context)
  if (open !== undefined) return { name, state: 'resume', run: open }
  return {
    name,
    state: 'looked',
    rotation: await planRotation(requestOf(name, app), context),
    consumers: consumersOf(rulesOf(name, app)),
  }
}

const rulesOf = (name: SecretName, app: App): RotateConfig | undefined => app.config.inventory.get(name)?.rotate
const consumersOf = (rules: RotateConfig | undefined): readonly string[] => rules?.restart ?? []

function requestOf(name: SecretName, app: App): RotateRequest {
  const { options } = app.config
  const rules = rulesOf(name, app)
  const also = app.config.inventory.get(name)?.also.map(({ secret }) => secret) ?? []
  return {
    name,
    also,
    ...(rules === undefined ? {} : { rules }),
    ...(options.strategy === undefined ? {} : { strategy: options.strategy }),
    ...(options.gracePeriod === undefined ? {} : { graceMs: options.gracePeriod }),
    ...(options.length === undefined ? {} : { length: options.length }),
    ...(options.charset === undefined ? {} : { charset: options.charset }),
    due: options.due === true,
    finalize: options.finalize === true,
    force: options.force === true,
    compromised: options.compromised === true,
  }
}

const isWork = (row: Row): boolean =>
  row.state === 'resume' || (row.state === 'looked' && row.rotation.prepared !== undefined)

async function rowOf(work: () => Promise<Row>, name: SecretName): Promise<Row> {
  try {
    return await work()
  } catch (failure) {
    if (!isFailure(failure) || isFailure(failure, 'INTERRUPTED', 'TERMINATED')) throw failure
    return { name, state: 'failed', failure }
  }
}

/** Of one secret the failure is the answer; of several it is one row among others. */
function throwFailure(rows: readonly Row[]): void {
  for (const row of rows) if (row.state === 'failed') throw row.failure
}

async function carryOut(row: Row, app: App, session: Session): Promise<Row> {
  const { context } = session
  if (row.state === 'resume') {
    const how = await resumeRotation(row.run, context)
    if (how === 'done') return { ...row, state: 'resumed' }
    // It was about to be taken back, and is: what was asked for begins anew.
    const again = await lookAt(row.name, app, session)
    return isWork(again) ? await carryOut(again, app, session) : again
  }
  if (row.state !== 'looked' || row.rotation.prepared === undefined) return row
  await context.sink.emit({ type: 'planned', plan: row.rotation.prepared.plan })
  await performRotation(row.rotation.prepared, context)
  return { ...row, state: 'done' }
}

/** The inventory has said yes to what is due, and a deadline to what is over; everything else is asked. */
async function agree(app: App, wanted: readonly Row[], session: Session): Promise<boolean> {
  const { options } = app.config
  if (options.yes === true || options.due === true || options.finalize === true) return true
  if (app.prompt.isPossible && !app.isJson) {
    await app.out.result(textOf(wanted, app, session, 'nothing was changed yet'))
    if (options.compromised === true) return await app.prompt.confirm(drill(wanted), { default: false })
    return await app.prompt.confirm(`rotate: change ${wanted.map(({ name }) => name).join(', ')}?`, { default: false })
  }
  throw new Failure('NO_TERMINAL', {
    doing: 'rotating in',
    target: session.context.identity,
    why: 'it would replace what is there, and there is no terminal to ask on',
    hints: [
      hint('look at it first', `rotate ${wordsOf(wanted)} --dry-run`),
      hint('do it unasked', `rotate ${wordsOf(wanted)} --yes`),
    ],
  })
}

const drill = (wanted: readonly Row[]): string =>
  `${wanted.map(({ name }) => name).join(', ')}: end the old value now, for every program and user of it?`

const wordsOf = (rows: readonly Row[]): string => rows.map(({ name }) => name).join(' ')

function textOf(rows: readonly Row[], app: App, { context }: Session, last: string): string {
  const view = { target: context.identity, now: app.clock.now(), width: app.out.width, last }
  const [only] = rows
  return rows.length === 1 && only !== undefined ? rowText(only, view) : tableText(rows, view)
}

async function report(rows: readonly Row[], app: App, session: Session): Promise<number> {
  const isDry = app.config.options.dryRun === true
  if (app.isJson) await app.out.json(jsonOf(rows, app.config.provider, session.context.identity, isDry))
  else if (!isQuiet(rows, app))
    await app.out.result(textOf(rows, app, session, isDry ? 'dry run: nothing was changed' : ''))
  let code = 0
  for (const row of rows)
    if (row.state === 'failed') code = worse(code, app.isJson ? row.failure.exit : await app.out.error(row.failure))
  return code
}

/** A cron that has nothing to tell says nothing. */
const isQuiet = (rows: readonly Row[], app: App): boolean =>
  app.config.options.due === true &&
  !app.out.isTerminal &&
  rows.every((row) => row.state === 'looked' && row.rotation.state === 'not due')

/** From "try again" to "a person must look". */
const BAD = [0, 75, 7, 66, 65, 4, 2, 5, 69, 74, 77, 8, 6, 1]
const worse = (a: number, b: number): number => (BAD.indexOf(b) > BAD.indexOf(a) ? b : a)
