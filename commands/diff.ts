import type { App, Session } from '../src/app.js'
import { Failure } from '../src/core/failure.js'
import { type DiffRow, type DiffState, diff, shownValues } from '../src/flows/copy.js'
import { visible } from '../src/ui/escape.js'
import { table } from '../src/ui/layout.js'
import { mark } from '../src/ui/text.js'
import { openPlace, wantsOf } from './copy.js'
import { hint, takeArgs } from './shared.js'

const words: Record<DiffState, string> = {
  equal: 'equal',
  differs: 'differs',
  'only-left': 'only in the first',
  'only-right': 'only in the second',
}
const signs: Record<DiffState, string> = { equal: '=', differs: '!', 'only-left': '-', 'only-right': '+' }
const states = Object.keys(words) as DiffState[]

export async function run(app: App, args: readonly string[]): Promise<number> {
  const [a = '', b = ''] = takeArgs(args, ['the first place', 'the second place'], 2, 'diff')
  refuseReveal(app)
  const left = await openPlace(app, a, true)
  const right = await openPlace(app, b, true)
  const rows = await diff(left.context, right.context, wantsOf(app), left.context.fingerprintKey)
  if (app.isJson) await app.out.json(jsonOf(rows, left, right))
  else if (app.config.options.reveal === true) await app.out.raw(Buffer.from(textOf(rows, app, left, right)))
  else await app.out.result(textOf(rows, app, left, right))
  return rows.every(({ state }) => state === 'equal') ? 0 : 3
}

function refuseReveal({ config, out, typed }: App): void {
  if (config.options.reveal !== true || out.isTerminal) return
  throw new Failure('NO_TERMINAL', {
    doing: 'diff',
    why: 'values are shown on a terminal only',
    hints: [hint('see it without values', typed())],
  })
}

function lineOf(row: DiffRow, reveal: boolean): string[] {
  const { name, state, left, right } = row
  const prints = left !== undefined && right !== undefined ? `${mark(left)}, ${mark(right)}` : ''
  return [` ${signs[state]}`, name, words[state], reveal ? shownValues(row).map(visible).join(' ↔ ') : prints]
}

const countOf = (rows: readonly DiffRow[], wanted: DiffState): number =>
  rows.filter(({ state }) => state === wanted).length

function textOf(rows: readonly DiffRow[], app: App, left: Session, right: Session): string {
  const reveal = app.config.options.reveal === true
  const lines = rows.filter(({ state }) => state !== 'equal').map((row) => lineOf(row, reveal))
  const counts = states.filter((state) => countOf(rows, state) > 0)
  return [
    `${left.context.identity} ↔ ${right.context.identity}`,
    '',
    ...(lines.length === 0 ? [] : [...table(lines, { width: reveal ? undefined : app.out.width }), '']),
    counts.map((state) => `${countOf(rows, state)} ${words[state]}`).join(', ') || 'both are empty',
  ].join('\n')
}

function jsonOf(rows: readonly DiffRow[], left: Session, right: Session): object {
  const place = ({ context }: Session) => ({ provider: context.provider.traits.id, identity: context.identity })
  return {
    schema: 'vibesecrets/diff@1',
    left: place(left),
    right: place(right),
    items: rows.map(({ name, state, left: one, right: two }) => ({
      name,
      state,
      ...(one === undefined ? {} : { left: one }),
      ...(two === undefined ? {} : { right: two }),
    })),
    summary: Object.fromEntries(states.map((state) => [state, countOf(rows, state)])),
  }
}
