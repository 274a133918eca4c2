import { describe, expect, test } from '@jest/globals'
import {
  DIALECTS,
  decodeEnv,
  EnvRewriteError,
  EnvSyntaxError,
  escapeEnv,
  expands,
  findAmbiguous,
  mereReference,
  parseEnv,
  rewriteEnv,
} from '../../../src/dotenv/index.js'

const MIB = 1 << 20
const fill = (piece: string): string => piece.repeat(Math.ceil(MIB / piece.length)).slice(0, MIB)

/** 1 MiB each. With anything quadratic in the reader one of them takes minutes, not the half second that it should. */
const files: Record<string, string> = {
  blanks: fill(' '),
  'line ends': fill('\n'),
  'short lines': fill('A=1\n'),
  'CRLF lines': fill('SOME_KEY=some value\r\n'),
  'no equals': fill('no equals in here\n'),
  'one name': fill('A'),
  'equals only': fill('='),
  'export only': fill('export '),
  'export lines': fill('export\n'),
  'names with blanks': fill('A  \n'),
  'comment signs': `A=${fill(' #')}`,
  'empty value, many lines': `A=${fill('\n')}`,
  'opened quotes': fill("A='x\n"),
  'opened quotes of three kinds': fill('A=\'x\nB="y\nC=`z\n'),
  'escaped quotes': `A='${fill("\\'x")}`,
  'escaped quotes in lines': fill("A='\\'x\n"),
  'quotes with text behind': fill('A="b" c\n'),
  'quotes without lines': fill("'a' "),
  backslashes: `A="${fill('\\')}`,
  'line separators': `A=${fill("'x\u2028")}`,
  dollars: `A=${fill('$')}`,
  'opened braces': `A=${fill('${')}`,
  'opened defaults': `A=${fill('${A:-')}`,
  'opened defaults, one end': `A=${fill('${A:-{').slice(1)}}`,
  'nested defaults': `A=${'${A:-'.repeat(150_000)}${'}'.repeat(150_000)}`,
  'quoted nested defaults': `A=${'"${A:-'.repeat(100_000)}`,
  'defaults in a row': `A=${fill('${A:-x}')}`,
  'variables in a row': `A=${fill('${A}')}`,
  'names with colons': `A=${fill('${a:b}')}`,
  'growing values': `A=xxxxxxxxxx\n${'A=${A}${A}\n'.repeat(60)}`,
  'a chain of keys': Array.from({ length: 40_000 }, (_, at) => `K${at}=\${K${at - 1}}x`).join('\n'),
}

const isTyped = (error: unknown): boolean => error instanceof EnvSyntaxError || error instanceof EnvRewriteError

function tolerant(run: () => unknown): void {
  try {
    run()
  } catch (error) {
    if (!isTyped(error)) throw error
  }
}

describe('1 MiB of anything is read, or refused with a typed error', () => {
  for (const [name, text] of Object.entries(files)) {
    test(name, () => {
      for (const dialect of [...DIALECTS, 'node20'] as const) tolerant(() => parseEnv(text, { dialect }))
      // These read the text many times over; a sixteenth of it is enough to show what grows too fast.
      const part = text.slice(0, MIB / 16)
      tolerant(() => findAmbiguous(part, ['A']))
      tolerant(() => expands(part, ['A']))
      tolerant(() => mereReference(text))
      tolerant(() => escapeEnv('A', part))
      tolerant(() => rewriteEnv(part, new Map([['A', 'secret://a']]), { style: 'uri', dialect: 'dotenv' }))
    }, 60_000)
  }

  test('random bytes', () => {
    let state = 1
    const bytes = Uint8Array.from({ length: MIB }, () => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0
      return state >>> 24
    })
    expect(() => decodeEnv(bytes)).toThrow(expect.objectContaining({ name: 'EnvEncodingError' }))
    const { text } = decodeEnv(
      bytes.map((byte) => byte || 1),
      { encoding: 'latin1' },
    )
    for (const dialect of DIALECTS) tolerant(() => parseEnv(text, { dialect }))
  }, 60_000)
})

test('values that grow without bound are refused where a variable is put in', () => {
  for (const dialect of ['python', 'compose', 'shell'] as const) {
    expect(() => parseEnv(files['growing values'] ?? '', { dialect })).toThrow(/expand to far more/)
  }
})
