import { existsSync, readFileSync, rmSync } from 'node:fs'
import type { RunResult } from '../../support/cli.js'
import type { Lane } from './lane.js'
import type { Scenario } from './scenarios.js'
import { type Call, callsIn, injecting, isDurable, isOpening, isWriteTo, tracing } from './strace.js'

/** One place where the program can die or be refused. */
export interface Point {
  /** "fsync", "open", "write" … */
  readonly call: string
  readonly nth: number
  readonly how: 'kill' | 'EIO' | 'ENOSPC'
  /** How much of a write took effect. */
  readonly part?: 'none' | 'half' | 'most'
  /** For messages. */
  readonly where: string
}

export const labelOf = ({ call, nth, how, part, where }: Point): string =>
  `${how} at ${call} ${nth}${part === undefined ? '' : ` (${part} written)`}: ${where}`

/** Every durable call of a scenario, seen by strace and, for openings and writes, by the preloaded counter as well. */
export async function pointsOf(scenario: Scenario, lane: Lane): Promise<readonly Point[]> {
  const traced = await traceOf(scenario, lane)
  const counted = await countsOf(scenario, lane)
  const seen = [traced.filter(isOpening).length, traced.filter(isWriteTo(lane.folder)).length]
  const known = [
    counted.filter(({ call }) => call === 'open').length,
    counted.filter(({ call }) => call === 'write').length,
  ]
  if (seen.join() !== known.join()) {
    throw new Error(`strace sees ${seen.join(' openings and ')} writes, faults.cjs ${known.join(' and ')}`)
  }
  const all = [...durablePoints(traced), ...counted.flatMap(openOrWrite)]
  return scenario.fillsDisk === true ? all : all.filter(({ how, call }) => how !== 'ENOSPC' || call === 'write')
}

/** All of them are in one thread: otherwise "the n-th" would mean another call each time. */
async function traceOf(scenario: Scenario, lane: Lane): Promise<readonly Call[]> {
  lane.restore()
  await succeed(scenario, lane, { under: tracing(lane.log) })
  const calls = callsIn(lane.log)
  const [thread, ...others] = new Set(calls.filter(isDurable).map((call) => call.thread))
  if (thread === undefined || others.length > 0) throw new Error(`durable calls in ${others.length + 1} threads`)
  return calls.filter((call) => call.thread === thread)
}

/** strace counts every call of a name, also those that were refused and are no points. */
function durablePoints(calls: readonly Call[]): readonly Point[] {
  const counts = new Map<string, number>()
  return calls.flatMap((call) => {
    const { name, text } = call
    const nth = (counts.get(name) ?? 0) + 1
    counts.set(name, nth)
    if (!isDurable(call)) return []
    const ways = /^(?:unlink|rmdir|fchmod|chmod)/.test(name)
      ? (['kill', 'EIO'] as const)
      : (['kill', 'EIO', 'ENOSPC'] as const)
    return ways.map((how) => ({ call: name, nth, how, where: text.slice(0, 200) }))
  })
}

interface Counted {
  readonly call: 'open' | 'write'
  readonly nth: number
  readonly path: string
}

async function countsOf(scenario: Scenario, lane: Lane): Promise<readonly Counted[]> {
  lane.restore()
  rmSync(lane.log, { force: true })
  await succeed(scenario, lane, { faults: { FAULT_LOG: lane.log } })
  const counts = { open: 0, write: 0 }
  return readFileSync(lane.log, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, call, path] = /^(open|write) (.*)$/.exec(line) ?? []
      if ((call !== 'open' && call !== 'write') || path === undefined) return []
      counts[call]++
      return [{ call, nth: counts[call], path }]
    })
}

function openOrWrite({ call, nth, path: where }: Counted): readonly Point[] {
  const hows = ['kill', 'EIO', 'ENOSPC'] as const
  if (call === 'open') return hows.map((how) => ({ call, nth, how, where }))
  // A file that takes the place of another is whole or is not there, wherever it was torn; a journal is read as it is.
  const parts = where.endsWith('.jsonl') ? (['half', 'most'] as const) : (['half'] as const)
  const torn = parts.map((part): Point => ({ call, nth, how: 'kill', part, where }))
  return [...torn, { call, nth, how: 'EIO', part: 'none', where }, { call, nth, how: 'ENOSPC', part: 'half', where }]
}

async function succeed(scenario: Scenario, lane: Lane, how: Parameters<Lane['run']>[1]): Promise<void> {
  const { code, stderr } = await lane.run(scenario.args, { ...how, ...stdinOf(scenario) })
  if (code !== 0) throw new Error(`${scenario.name} ended with ${code}\n${stderr}`)
}

const stdinOf = ({ stdin }: Scenario): { stdin?: string } => (stdin === undefined ? {} : { stdin })

/** Runs the scenario into the fault. Throws when the fault was not met: then nothing would have been tested. */
export async function runInto(point: Point, scenario: Scenario, lane: Lane): Promise<RunResult> {
  const { call, nth, how, part } = point
  rmSync(lane.log, { force: true })
  const isCounted = call === 'open' || call === 'write'
  const result = await lane.run(scenario.args, {
    ...stdinOf(scenario),
    ...(isCounted
      ? { faults: { FAULT_LOG: lane.log, FAULT_AT: `${call} ${nth}`, FAULT_HOW: how, FAULT_PART: part ?? 'none' } }
      : { under: injecting(lane.log, call, nth, how) }),
  })
  const log = existsSync(lane.log) ? readFileSync(lane.log, 'utf8') : ''
  if (how === 'kill' ? result.code !== 137 : !/^hit$|\(INJECTED\)/m.test(log)) {
    throw new Error(`the fault was not met: exit ${result.code}`)
  }
  return result
}
