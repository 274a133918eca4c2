import { visible } from '../src/ui/escape.js'
import { inXml } from '../src/ui/forms.js'
import type { ListRow } from '../src/ui/reports/list.js'
import { formatRough } from '../src/ui/rough.js'
import { day, moment } from '../src/ui/text.js'

const HEAD = ['Name', 'Version', 'Last change', 'Rotation', 'Due', 'Owner', 'Purpose', 'State'] as const
const STYLE =
  'body{font:16px system-ui}table{border-collapse:collapse}td,th{padding:.3em .8em;text-align:left}tr+tr{border-top:1px solid #ccc}'

/** One page without scripts or anything from elsewhere: the inventory to look at in a browser. */
export function renderHtml(
  rows: readonly ListRow[],
  { title, now }: { readonly title: string; readonly now: Date },
): string {
  const text = (foreign: string): string => inXml(visible(foreign))
  const line = (tag: 'th' | 'td', row: readonly string[]): string =>
    `<tr>${row.map((cell) => `<${tag}>${text(cell)}</${tag}>`).join('')}</tr>`
  return [
    '<!doctype html>',
    `<html lang="en"><meta charset="utf-8"><title>${text(title)}</title><style>${STYLE}</style>`,
    `<h1>${text(title)}</h1>`,
    `<p>${rows.length} secrets, ${moment(now)}</p>`,
    '<table>',
    line('th', HEAD),
    ...rows.map((row) => line('td', cells(row, now))),
    '</table></html>',
  ].join('\n')
}

function cells(row: ListRow, now: Date): string[] {
  const { name, version = '', updatedAt, everyMs, dueAt, owner = '', purpose = '' } = row
  return [
    name,
    version,
    updatedAt === undefined ? '' : day(updatedAt, now),
    everyMs === undefined ? '' : `every ${formatRough(everyMs)}`,
    dueAt === undefined ? '' : day(dueAt, now),
    owner,
    purpose,
    states(row, now),
  ]
}

function states({ state, dueAt, known, note = '' }: ListRow, now: Date): string {
  const isOverdue = dueAt !== undefined && dueAt <= now
  const words = [state === 'deleted' ? 'deleted' : '', isOverdue ? 'overdue' : '', known ? '' : 'not in the inventory']
  return [...words, note].filter((word) => word !== '').join(', ')
}
