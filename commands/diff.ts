import type { App } from '../src/app.js'
import { type DiffState, diff } from '../src/flows/copy.js'
import { table } from '../src/ui/layout.js'
import { mark } from '../src/ui/text.js'
import { openPlace, wantsOf } from './copy.js'
import { takeArgs } from './shared.js'

const words: Record<DiffState, string> = {
  equal: 'equal',
  differs: 'differs',
  'only-left': 'only in the first',
  'only-right': 'only in the second',
}
const signs: Record<DiffState, string> = { equal: '=', differs: '!', 'only-left': '-', 'only-right': '+' }

export async function run(app: App, args: readonly string[]): Promise<number> {
  const [a = '', b = ''] = takeArgs(args, ['the first place', 'the second place'], 2, 'diff')
  const left = await openPlace(app, a, true)
  const right = await openPlace(app, b, true)
  const rows = await diff(left.context, right.context, wantsOf(app), left.context.fingerprintKey)
  const different = rows.filter(({ state }) => state !== 'equal')
  const summary = Object.fromEntries(
    (Object.keys(words) as DiffState[]).map((state) => [state, rows.filter((row) => row.state === state).length]),
  )
  if (app.isJson) {
    await app.out.json({
      schema: 'vibesecrets/diff@1',
      left: { identity: left.context.identity },
      right: { identity: right.context.identity },
      items: rows,
      summary,
    })
  } else {
    const lines = different.map(({ name, state, left: one, right: two }) => [
      ` ${signs[state]}`,
      name,
      words[state],
      one !== undefined && two !== undefined ? `${mark(one)}, ${mark(two)}` : '',
    ])
    const counts = (Object.keys(words) as DiffState[])
      .filter((state) => (summary[state] ?? 0) > 0)
      .map((state) => `${summary[state]} ${words[state]}`)
    await app.out.result(
      [
        `${left.context.identity} ↔ ${right.context.identity}`,
        '',
        ...(lines.length === 0 ? [] : [...table(lines, { width: app.out.width }), '']),
        counts.join(', ') || 'both are empty',
      ].join('\n'),
    )
  }
  return different.length === 0 ? 0 : 3
}
