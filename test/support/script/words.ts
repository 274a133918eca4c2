type Variables = Readonly<Record<string, string>>

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  e: '\u001b',
  '0': '\0',
  '\\': '\\',
  "'": "'",
}

/** Splits a line as a shell does: '…' is literal, "…" and bare words take `$NAME`, $'…' takes `\n` and the like. */
export function words(line: string, variables: Variables): string[] {
  const found: string[] = []
  let rest = line.trimStart()
  while (rest !== '' && !rest.startsWith('#')) {
    const word = oneWord(rest, variables)
    found.push(word.text)
    rest = rest.slice(word.length).trimStart()
  }
  return found
}

function oneWord(text: string, variables: Variables): { text: string; length: number } {
  let out = ''
  let at = 0
  while (at < text.length && !/\s/.test(text[at] ?? '')) {
    const piece = onePiece(text.slice(at), variables)
    out += piece.text
    at += piece.length
  }
  return { text: out, length: at }
}

function onePiece(text: string, variables: Variables): { text: string; length: number } {
  const quoted = /^'([^']*)'|^\$'((?:[^'\\]|\\.)*)'|^"((?:[^"\\]|\\.)*)"/s.exec(text)
  if (quoted !== null) return { text: unquoted(quoted, variables), length: quoted[0].length }
  if (text.startsWith("'") || text.startsWith('"')) throw new Error('a quote is not closed')
  if (text.startsWith('\\')) return { text: text.slice(1, 2), length: 2 }
  const bare = /^(?:\$(?!')|[^\s'"\\$])+/.exec(text)?.[0] ?? text.slice(0, 1)
  return { text: expand(bare, variables), length: bare.length }
}

function unquoted([, literal, escaped, double]: RegExpExecArray, variables: Variables): string {
  if (literal !== undefined) return literal
  if (escaped !== undefined) return withEscapes(escaped)
  return expand((double ?? '').replaceAll(/\\(["\\])/g, '$1'), variables)
}

/** `\n`, `\r`, `\t`, `\e`, `\xHH`, `\uHHHH` and the like; any other character stands for itself. */
export function withEscapes(text: string): string {
  return text.replaceAll(/\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))/gs, (_, byte, unit, char: string) =>
    char === undefined ? String.fromCharCode(Number.parseInt(byte ?? unit, 16)) : (ESCAPES[char] ?? char),
  )
}

/** Only `$NAME` and `${NAME}`: references such as `${secret:name}` stay as they are. */
function expand(text: string, variables: Variables): string {
  return text.replaceAll(/\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})/g, (_, bare?: string, braced?: string) => {
    const name = bare ?? braced ?? ''
    const value = variables[name]
    if (value === undefined) throw new Error(`no variable is called ${name}`)
    return value
  })
}
