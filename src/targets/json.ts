import { Failure } from '../core/failure.js'

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g

/** The JSON object's own text fields; `undefined` when the text is no JSON object. */
export function fieldsOf(text: string): ReadonlyMap<string, unknown> | undefined {
  if (!text.trimStart().startsWith('{')) return undefined
  try {
    return new Map(Object.entries(JSON.parse(text) as object))
  } catch (error) {
    // the parser's message quotes the text
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** The document with other texts in those fields; every other character as it was. */
export function withFields(text: string, next: Readonly<Record<string, string>>): string {
  let result = text
  for (const [name, value] of Object.entries(next)) result = withField(result, name, value)
  return result
}

function withField(text: string, name: string, value: string): string {
  const [start, end] = spanOf(text, name)
  return text.slice(0, start) + JSON.stringify(value) + text.slice(end)
}

/** Where the value of an outermost field stands. The text is valid JSON. */
function spanOf(text: string, name: string): readonly [number, number] {
  const tokens = [...text.matchAll(TOKEN)]
  const spans: (readonly [number, number])[] = []
  let depth = 0
  tokens.forEach((token, i) => {
    if ('{['.includes(token[0])) depth++
    if ('}]'.includes(token[0])) depth--
    const value = tokens[i + 2]
    const isKey = depth === 1 && tokens[i + 1]?.[0] === ':' && token[0].startsWith('"') && JSON.parse(token[0]) === name
    if (isKey && value?.[0].startsWith('"')) spans.push([value.index, value.index + value[0].length])
  })
  const [only] = spans
  if (only === undefined || spans.length > 1)
    throw new Failure('VALUE_UNFIT', { why: `the JSON document has no single text field ${name}` })
  return only
}
