import { visible } from '../escape.js'
import { placeText } from '../failures.js'
import { inXml } from '../forms.js'
import { type CheckRow, type CheckView, finding, isFinding } from './check.js'

const attribute = (text: string): string => inXml(visible(text))

/** One test case a secret, as CI systems read it. What could not be checked is an error, not a failure. */
export function renderJunit(view: CheckView, { suite }: { readonly suite: string }): string {
  const listed = view.rows.filter((row) => row.state === 'equal').length
  const cases = [...view.rows.map((row) => testCase(row, suite)), ...unlisted(view.equal - listed, suite)]
  const failures = view.rows.filter((row) => isFailure(row)).length
  const errors = view.rows.filter(({ state }) => state === 'unchecked').length
  const totals = `tests="${cases.length}" failures="${failures}" errors="${errors}"`
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${totals}>`,
    `  <testsuite name="${attribute(suite)}" ${totals}>`,
    ...cases.map((line) => `    ${line}`),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}

const isFailure = (row: CheckRow): boolean => isFinding(row) && row.state !== 'unchecked' && row.state !== 'warning'

/** Those that agree and are only counted. */
const unlisted = (equal: number, suite: string): string[] =>
  Array.from(
    { length: Math.max(0, equal) },
    (_, i) => `<testcase classname="${attribute(suite)}" name="equal ${i + 1}"/>`,
  )

function testCase(row: CheckRow, suite: string): string {
  const file =
    row.place === undefined
      ? ''
      : ` file="${attribute(row.place.file)}"${row.place.line === undefined ? '' : ` line="${row.place.line}"`}`
  const start = `<testcase classname="${attribute(suite)}" name="${attribute(row.name)}"${file}`
  const text = attribute(finding(row))
  const where = row.place === undefined ? '' : `${attribute(placeText(row.place))}: `
  if (row.state === 'unchecked') return `${start}><error type="unchecked" message="${text}"/></testcase>`
  if (isFailure(row))
    return `${start}><failure type="${row.state}" message="${text}">${where}${text}</failure></testcase>`
  return row.state === 'warning' ? `${start}><system-out>${text}</system-out></testcase>` : `${start}/>`
}
