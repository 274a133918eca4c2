import type { RunResult } from '../../support/cli.js'
import type { Lane } from './lane.js'
import { type Point, runInto } from './points.js'
import { type Scenario, VALUES } from './scenarios.js'
import { harmfulLeftovers, litter, runsOf, type Snapshot, snapshotOf, treeOf } from './snapshot.js'

/** What an uninterrupted run gives. */
export interface Expected {
  readonly before: Snapshot
  readonly after: Snapshot
  /** After the rollback of that. */
  readonly undone: Snapshot | undefined
}

type Complain = (problem: string) => void

/** Dies or fails at the point, recovers, goes back; complains of everything that is not as promised. */
export async function checkRecovery(
  point: Point,
  scenario: Scenario,
  expected: Expected,
  lane: Lane,
  complain: Complain,
) {
  const isOpen = await breakAt(point, scenario, expected, lane, complain)
  const isIdle = await recover(lane, complain)
  const then = await snapshotOf(lane)
  if (!same(then, expected.after)) {
    if (isOpen) complain(`a run was begun, and recover did not finish it\n${difference(then, expected.after)}`)
    else if (!same(then, expected.before))
      complain(`nothing was begun, and yet changed\n${difference(then, expected.before)}`)
    await repeat(scenario, expected, lane, complain)
  }
  if (!isIdle) await recoverAgain(lane, complain)
  expectTidy(lane, complain)
  const back = await wayBack(scenario, lane)
  if (back === undefined || expected.undone === undefined) return
  await expectCode(back, 0, lane, complain)
  const undone = await snapshotOf(lane)
  if (!same(undone, expected.undone)) complain(`rollback afterwards\n${difference(undone, expected.undone)}`)
}

/** The same, straight back instead of forward. */
export async function checkRollback(
  point: Point,
  scenario: Scenario,
  expected: Expected,
  lane: Lane,
  complain: Complain,
) {
  await breakAt(point, scenario, expected, lane, complain)
  const isRecorded = (await runsOf(lane)).some(({ command }) => command === commandOf(scenario))
  await expectCode(['rollback', '--yes'], isRecorded ? 0 : 66, lane, complain)
  const then = await snapshotOf(lane)
  if (!same(visible(then), visible(expected.before))) complain(`rollback at once\n${difference(then, expected.before)}`)
  await recoverAgain(lane, complain)
  expectTidy(lane, complain)
}

/** Whether a run is open then. */
async function breakAt(point: Point, scenario: Scenario, expected: Expected, lane: Lane, complain: Complain) {
  lane.restore()
  const result = await runInto(point, scenario, lane)
  checkWords(point, result, complain)
  const now = await snapshotOf(lane)
  checkWhole(now, expected, scenario, complain)
  for (const value of scenario.always) if (!now.texts.includes(value)) complain(`a value is lost: ${value}`)
  if (result.code === 0 && !same(now, expected.after))
    complain(`it says that it is done\n${difference(now, expected.after)}`)
  return (await runsOf(lane)).some(({ state }) => state === 'open')
}

/** A refusal is told in words, without values, and never as a bug of ours. */
function checkWords({ how }: Point, { code, stdout, stderr }: RunResult, complain: Complain): void {
  for (const value of Object.values(VALUES)) if (`${stdout}${stderr}`.includes(value)) complain('a value was printed')
  if (how === 'kill' || code === 0) return
  if (code !== 74) complain(`it ended with ${code}, not 74: ${stderr}`)
  if (!/^error: /m.test(stderr)) complain(`no error was told: ${stderr}`)
}

/** Each file and each secret is as before or as after, never something between. */
function checkWhole(now: Snapshot, { before, after }: Expected, { between }: Scenario, complain: Complain): void {
  for (const part of ['files', 'secrets'] as const) {
    const names = new Set([now, before, after].flatMap((each) => Object.keys(each[part])))
    for (const name of names) {
      const is = now[part][name]
      const isBetween = part === 'secrets' && is !== undefined && between?.[name]?.test(is) === true
      if (is !== before[part][name] && is !== after[part][name] && !isBetween)
        complain(`half: ${name} is ${is ?? 'missing'}`)
    }
  }
}

/** Nothing was begun: typed again, the command does the whole of it. */
async function repeat(scenario: Scenario, expected: Expected, lane: Lane, complain: Complain): Promise<void> {
  await expectCode(scenario.args, 0, lane, complain, scenario.stdin)
  const then = await snapshotOf(lane)
  if (!same(then, expected.after)) complain(`typed again\n${difference(then, expected.after)}`)
}

/** Whether it found nothing to do. Then it changes nothing, as a second one does not. */
async function recover(lane: Lane, complain: Complain): Promise<boolean> {
  const before = treeOf(lane)
  const { stdout } = await expectCode(['recover'], 0, lane, complain)
  if (!stdout.includes('nothing is unfinished')) return false
  const after = treeOf(lane)
  for (const line of after.filter((each) => !before.includes(each))) complain(`recover changes ${line.slice(0, 200)}`)
  if (after.length < before.length) complain('recover removes a file although it finds nothing to do')
  return true
}

async function recoverAgain(lane: Lane, complain: Complain): Promise<void> {
  if (!(await recover(lane, complain))) complain('a second recover finds work')
}

async function expectCode(args: readonly string[], code: number, lane: Lane, complain: Complain, stdin = '') {
  const result = await lane.run(args, { stdin })
  if (result.code !== code) complain(`${args.join(' ')} ended with ${result.code}, not ${code}: ${result.stderr}`)
  return result
}

/** What is typed to take the scenario back. */
export async function wayBack(scenario: Scenario, lane: Lane): Promise<readonly string[] | undefined> {
  if (scenario.back === 'none') return undefined
  if (scenario.back === 'newest') return ['rollback', '--yes']
  const run = (await runsOf(lane)).find(({ command, state }) => command === commandOf(scenario) && state === 'done')
  return ['rollback', '--run', run?.id ?? 'none', '--yes']
}

const commandOf = ({ name }: Scenario): string => (name === 'recover' ? 'migrate' : name)

/** Without what a rollback leaves of a name that was not there: its deleted entry, and its version numbers. */
function visible({ files, secrets, texts }: Snapshot): Snapshot {
  const present = Object.entries(secrets).filter(([, text]) => text.startsWith('present '))
  return {
    files,
    texts,
    secrets: Object.fromEntries(present.map(([name, text]) => [name, text.replace(/\(.*?\)/, '')])),
  }
}

const plain = ({ files, secrets }: Snapshot): string => JSON.stringify([sorted(files), sorted(secrets)])
const sorted = (record: Readonly<Record<string, string>>) => Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1))
const same = (a: Snapshot, b: Snapshot): boolean => plain(a) === plain(b)
const difference = (is: Snapshot, wanted: Snapshot): string => `  is     ${plain(is)}\n  wanted ${plain(wanted)}`

function expectTidy(lane: Lane, complain: Complain): void {
  for (const path of harmfulLeftovers(lane, Object.values(VALUES))) complain(`left behind: ${nameless(path)}`)
  for (const path of litter(lane)) complain(`left beside the file: ${nameless(path)}`)
}

const nameless = (path: string): string => path.replaceAll(/[0-9a-f]{16,}/g, '*').replaceAll(/\b[0-9a-f]{4}\b/g, '#')
