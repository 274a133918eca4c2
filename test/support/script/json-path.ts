/** `items[0].name`, `items[name=database-url].state`, `summary.add`, `items.length`; undefined where nothing is there. */
export function atPath(value: unknown, path: string): unknown {
  const steps = path.match(/\[[^\]]+\]|[^.[\]]+/g) ?? []
  return steps.reduce<unknown>(
    (here, step) => (here === undefined || here === null ? undefined : into(here, step)),
    value,
  )
}

function into(here: unknown, step: string): unknown {
  const inner = /^\[(.*)\]$/.exec(step)?.[1]
  const [key = '', wanted] = inner?.split(/=(.*)/s) ?? []
  if (inner === undefined || wanted === undefined) return Reflect.get(Object(here), inner ?? step)
  return Array.isArray(here) ? here.find((each) => isSame(Reflect.get(Object(each), key), wanted)) : undefined
}

/** A word of a script against a JSON value: as JSON where it is JSON, else as text. */
export function isSame(value: unknown, word: string): boolean {
  return value === word || JSON.stringify(value) === compact(word)
}

function compact(word: string): string {
  try {
    return JSON.stringify(JSON.parse(word))
  } catch (error) {
    if (error instanceof SyntaxError) return JSON.stringify(word)
    throw error
  }
}
