import { visible } from '../escape.js'
import { type CheckRow, type CheckView, finding, isFinding } from './check.js'

/** Annotations of GitHub Actions, one line a finding, and the summary after them. */
export function renderGithub(view: CheckView): string {
  return [...view.rows.filter(isFinding).map(annotation), visible(view.summary)].join('\n')
}

function annotation(row: CheckRow): string {
  const { place, name } = row
  const properties = [
    ...(place === undefined ? [] : [`file=${property(place.file)}`]),
    ...(place?.line === undefined ? [] : [`line=${place.line}`]),
    ...(place?.column === undefined ? [] : [`col=${place.column}`]),
    `title=${property(`vibesecrets: ${name}`)}`,
  ]
  return `::${kind(row)} ${properties.join(',')}::${data(`${visible(name)} ${visible(finding(row))}`)}`
}

const kind = ({ state }: CheckRow): string => {
  if (state === 'extra') return 'notice'
  return state === 'unchecked' || state === 'warning' ? 'warning' : 'error'
}

/** The runner's own escapes: nothing in a name can end a line or begin a command. */
const data = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
const property = (text: string): string => data(visible(text)).replaceAll(':', '%3A').replaceAll(',', '%2C')
