/** A script: commands first, then `-- name --` lines that each begin a file. */
export interface Archive {
  readonly lines: readonly string[]
  readonly files: ReadonlyMap<string, string>
}

/** The script and the files of a text, each with the line that names it. */
function blocksOf(text: string): readonly [script: string, ...files: string[]] {
  const [first = '', ...rest] = text.split(/^(?=-- \S.* --$)/m)
  return nameOf(first) === undefined ? [first, ...rest] : ['', first, ...rest]
}

function nameOf(block: string): string | undefined {
  return /^-- (\S.*) --(?:\n|$)/.exec(block)?.[1]
}

export function parseArchive(text: string): Archive {
  const [script, ...blocks] = blocksOf(text)
  const files = new Map<string, string>()
  for (const block of blocks) {
    const name = nameOf(block) ?? ''
    if (files.has(name)) throw new Error(`two files are called ${name}`)
    files.set(name, block.slice(`-- ${name} --\n`.length))
  }
  return { lines: script.split('\n'), files }
}

/** The text with one file replaced, or added at the end. */
export function withFile(text: string, name: string, body: string): string {
  const [script, ...blocks] = blocksOf(text)
  const block = `-- ${name} --\n${body.endsWith('\n') || body === '' ? body : `${body}\n`}`
  const at = blocks.findIndex((each) => nameOf(each) === name)
  if (at >= 0) return [script, ...blocks.with(at, block)].join('')
  return `${text.endsWith('\n') ? text : `${text}\n`}${block}`
}
