/**
 * The members of a JSON object as text. The fields that stand beside ours belong to others: they are written back
 * letter by letter, since `JSON.parse` would round a large number. `json` has to be a valid object.
 */
export function rawMembers(json: string): Map<string, string> {
  const found = new Map<string, string>()
  let at = skip(json, json.indexOf('{') + 1)
  while (json[at] !== '}' && at < json.length) {
    const keyEnd = endOfString(json, at)
    const start = skip(json, json.indexOf(':', keyEnd) + 1)
    const end = endOfValue(json, start)
    found.set(JSON.parse(json.slice(at, keyEnd)) as string, json.slice(start, end))
    at = skip(json, end)
    if (json[at] === ',') at = skip(json, at + 1)
  }
  return found
}

/** The reverse of `rawMembers`. */
export const rawObject = (members: Iterable<readonly [string, string]>): string =>
  `{${[...members].map(([key, raw]) => `${JSON.stringify(key)}:${raw}`).join(',')}}`

const isBlank = (char: string | undefined): boolean => char === ' ' || char === '\n' || char === '\r' || char === '\t'

function skip(json: string, at: number): number {
  let next = at
  while (isBlank(json[next])) next++
  return next
}

function endOfString(json: string, at: number): number {
  let next = at + 1
  while (json[next] !== '"' && next < json.length) next += json[next] === '\\' ? 2 : 1
  return next + 1
}

function endOfValue(json: string, at: number): number {
  if (json[at] === '"') return endOfString(json, at)
  let depth = 0
  let next = at
  while (next < json.length) {
    const char = json[next]
    if (char === '"') {
      next = endOfString(json, next)
      continue
    }
    if (char === '{' || char === '[') depth++
    if (depth === 0 && (char === ',' || char === '}' || isBlank(char))) return next
    if (char === '}' || char === ']') depth--
    next++
    if (depth === 0 && (char === '}' || char === ']')) return next
  }
  return next
}
