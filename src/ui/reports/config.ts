import { table } from '../layout.js'
import { bold, dim } from '../style.js'

export interface ConfigRow {
  readonly name: string
  readonly value: string
  /** "VIBESECRETS_TIMEOUT", "vibesecrets.yaml:3", "default" */
  readonly from: string
}

/** What is in force, and where each value comes from. */
export function renderConfig(rows: readonly ConfigRow[], width?: number): string {
  const lines = rows.map(({ name, value, from }) => [name, value, from === 'default' ? dim(from) : from])
  return table([['NAME', 'VALUE', 'FROM'].map(bold), ...lines], { width, keep: 2 }).join('\n')
}
