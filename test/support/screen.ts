/** Escape sequences of a terminal: CSI, OSC and the two-character ones. */
const ESCAPE = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[()][A-Z0-9]|[ -Z\\^_=>78])/g

/** One that has only half arrived. */
const UNFINISHED = /\u001b(?:\[[0-?]*[ -/]*|\][^\u0007\u001b]*\u001b?|[()])?$/

/** Text without colours and movements; what it shows is only right for output that is never drawn over. */
export function withoutEscapes(text: string): string {
  return text.replaceAll(ESCAPE, '')
}

/** What a person sees: enough of a terminal for prompts, spinners and tables. A cell is one code point. */
export class Screen {
  #rows: string[][] = [[]]
  #row = 0
  #column = 0
  #cols: number
  #height: number
  #unfinished = ''

  constructor(cols: number, rows: number) {
    this.#cols = cols
    this.#height = rows
  }

  resize(cols: number, rows: number): void {
    this.#cols = cols
    this.#height = rows
  }

  write(arrived: string): void {
    const all = this.#unfinished + arrived
    this.#unfinished = UNFINISHED.exec(all)?.[0] ?? ''
    const text = all.slice(0, all.length - this.#unfinished.length)
    let at = 0
    for (const match of text.matchAll(ESCAPE)) {
      this.#print(text.slice(at, match.index))
      this.#control(match[0])
      at = match.index + match[0].length
    }
    this.#print(text.slice(at))
  }

  /** The last rows that fit, without trailing blanks. */
  text(): string {
    const lines = this.#rows.map((row) =>
      Array.from(row, (cell) => cell ?? ' ')
        .join('')
        .trimEnd(),
    )
    return lines.slice(-this.#height).join('\n').trimEnd()
  }

  #print(text: string): void {
    for (const char of text) {
      if (char === '\r') this.#column = 0
      else if (char === '\n') this.#move(this.#row + 1, this.#column)
      else if (char === '\b') this.#column = Math.max(0, this.#column - 1)
      else if (char >= ' ') this.#put(char)
    }
  }

  #put(char: string): void {
    if (this.#column >= this.#cols) this.#move(this.#row + 1, 0)
    this.#current()[this.#column++] = char
  }

  #control(sequence: string): void {
    const match = /^\u001b\[([\d;]*)([A-Za-z])$/.exec(sequence)
    if (match === null) return
    const [first, second] = (match[1] ?? '').split(';').map((each) => (each === '' ? undefined : Number(each)))
    this.#act(match[2] ?? '', first, second)
  }

  #act(letter: string, first: number | undefined, second: number | undefined): void {
    const count = first ?? 1
    if (letter === 'A') this.#move(this.#row - count, this.#column)
    else if (letter === 'B') this.#move(this.#row + count, this.#column)
    else if (letter === 'C') this.#column += count
    else if (letter === 'D') this.#column = Math.max(0, this.#column - count)
    else if (letter === 'E') this.#move(this.#row + count, 0)
    else if (letter === 'F') this.#move(this.#row - count, 0)
    else if (letter === 'G') this.#column = count - 1
    else if (letter === 'H' || letter === 'f') this.#move(this.#top() + count - 1, (second ?? 1) - 1)
    else if (letter === 'J') this.#eraseScreen(first ?? 0)
    else if (letter === 'K') this.#eraseLine(first ?? 0)
  }

  #top(): number {
    return Math.max(0, this.#rows.length - this.#height)
  }

  #move(row: number, column: number): void {
    this.#row = Math.max(0, row)
    this.#column = Math.max(0, column)
    while (this.#rows.length <= this.#row) this.#rows.push([])
  }

  #current(): string[] {
    const row = this.#rows[this.#row] ?? []
    this.#rows[this.#row] = row
    return row
  }

  #eraseScreen(mode: number): void {
    if (mode === 0) {
      this.#eraseLine(0)
      this.#rows.length = this.#row + 1
    } else if (mode === 2 || mode === 3) this.#rows = this.#rows.slice(0, this.#row + 1).map(() => [])
  }

  #eraseLine(mode: number): void {
    const row = this.#current()
    if (mode === 0) row.length = Math.min(row.length, this.#column)
    else if (mode === 1) row.fill(' ', 0, this.#column + 1)
    else row.length = 0
  }
}
