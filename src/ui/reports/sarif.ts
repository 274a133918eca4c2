import { visible } from '../escape.js'
import { type CheckRow, type CheckState, type CheckView, finding, isFinding } from './check.js'

const rules: Readonly<Record<Exclude<CheckState, 'equal'>, string>> = {
  differs: 'The file and the provider hold different values.',
  missing: 'A secret that is expected is not in the provider.',
  extra: 'The provider holds a secret that nothing refers to.',
  unchecked: 'Whether the values agree could not be found out.',
  invalid: 'The input cannot be read as it stands.',
  warning: 'The input is read, but probably not as it is meant.',
}
const ids = Object.keys(rules)

/** SARIF 2.1.0, for code scanning. A plain object: write it with `output.json`. */
export function renderSarif(view: CheckView, { version }: { readonly version: string }): object {
  const driver = {
    name: 'vibesecrets',
    version,
    rules: Object.entries(rules).map(([id, text]) => ({ id, shortDescription: { text } })),
  }
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{ tool: { driver }, results: view.rows.filter(isFinding).map(result) }],
  }
}

function result(row: CheckRow): object {
  return {
    ruleId: row.state,
    ruleIndex: ids.indexOf(row.state),
    level: levels[row.state],
    message: { text: `${visible(row.name)} ${visible(finding(row))}` },
    locations: locations(row),
    partialFingerprints: { secret: `${row.state}/${visible(row.name)}` },
  }
}

const levels: Readonly<Record<CheckState, 'error' | 'warning' | 'note'>> = {
  equal: 'note',
  differs: 'error',
  missing: 'error',
  invalid: 'error',
  unchecked: 'warning',
  extra: 'note',
  warning: 'warning',
}

function locations({ place }: CheckRow): object[] {
  if (place === undefined) return []
  const region =
    place.line === undefined
      ? {}
      : { region: { startLine: place.line, ...(place.column === undefined ? {} : { startColumn: place.column }) } }
  const uri = place.file.split('/').map(encodeURIComponent).join('/')
  return [{ physicalLocation: { artifactLocation: { uri }, ...region } }]
}
