import { describe, expect, test } from '@jest/globals'
import { type Dialect, decodeEnv, EnvRewriteError, encodeEnv, rewriteEnv } from '../../../src/dotenv/index.js'
import { read } from '../../support/env-read.js'

const braces = new Map([['A', '${secret:a}']])
const uri = new Map([['A', 'secret://a']])

/** In and out with A migrated; `«»` stands for the written reference. */
function check(rule: string, text: string, expected: string, dialect: Dialect = 'dotenv'): void {
  test(rule, () => {
    const inBraces = rewriteEnv(text, braces, { style: 'braces', dialect })
    expect(inBraces.text).toBe(expected.replaceAll('«»', "'${secret:a}'"))
    const asUri = rewriteEnv(text, uri, { style: 'uri', dialect })
    expect(asUri.text).toBe(expected.replaceAll('«»', 'secret://a'))
    for (const one of ['dotenv', 'node', 'python', 'compose'] as const) {
      expect(Object.fromEntries(read(inBraces.text, one) ?? [])).toMatchObject({ A: '${secret:a}' })
      expect(Object.fromEntries(read(asUri.text, one) ?? [])).toMatchObject({ A: 'secret://a' })
    }
  })
}

describe('the value changes and nothing else', () => {
  check('unquoted', '# c\n\nA=x\nB=y\n', '# c\n\nA=«»\nB=y\n')
  check('no final line end', 'B=y\nA=x', 'B=y\nA=«»')
  check('quoted', 'A="x y"\n', 'A=«»\n')
  check('a comment behind', 'A=x # why\nB=1', 'A=«» # why\nB=1')
  check('a comment behind quotes', "A='x' # why\n", 'A=«» # why\n')
  check('export and blanks', '  export A=x\n', '  export A=«»\n')
  check('blanks around =', 'A = x\n', 'A = «»\n')
  check('blanks at the end', 'A=x   \nB=1\n', 'A=«»   \nB=1\n')
  check('more lines', 'A="x\ny\nz"\nB=1\n', 'A=«»\nB=1\n')
  check('CRLF', 'B=1\r\nA=x\r\nC="2"\r\n', 'B=1\r\nA=«»\r\nC="2"\r\n')
  check('CRLF within quotes', 'A="x\r\ny"\r\nB=1\r\n', 'A=«»\r\nB=1\r\n')
  check('an empty value', 'A=\nB=1\n', 'A=«»\nB=1\n')
  check('an empty value, CRLF', 'A=\r\nB=1\r\n', 'A=«»\r\nB=1\r\n')
  check('an empty value, CRLF, as compose reads it', 'A=\r\nB=1\r\n', 'A=«»\r\nB=1\r\n', 'compose')
  check('all duplicates', 'A=old\nB=1\nA=new\n', 'A=«»\nB=1\nA=«»\n')
  check(
    'quotes and oddities of other lines',
    'B="x\\ty"  # c\nA=x\n  C = `a b`\n',
    'B="x\\ty"  # c\nA=«»\n  C = `a b`\n',
  )
  check('a line that uses the key', 'A=x\nU=pg://u:${A}@h\n', 'A=«»\nU=pg://u:${A}@h\n')
  check('a value that the chosen dialect alone reads whole', 'A=a#b\n', 'A=«»\n', 'compose')
})

test('the lines of the old text are told', () => {
  const { changedLines } = rewriteEnv('B=1\nA="x\ny"\nA=z\n', braces, { style: 'braces', dialect: 'dotenv' })
  expect(changedLines).toEqual([2, 4])
})

test('BOM, UTF-16 and Latin-1 come back in their encoding', () => {
  const bytes = Buffer.from('\ufeffB=é\r\nA=x\r\n', 'utf16le')
  const { text, encoding } = decodeEnv(bytes)
  const after = rewriteEnv(text, uri, { style: 'uri', dialect: 'dotenv' }).text
  expect(Buffer.from(encodeEnv(after, encoding)).toString('utf16le')).toBe('\ufeffB=é\r\nA=secret://a\r\n')
})

describe('what would not be read back is refused', () => {
  const refuse = (text: string, value: string, style: 'braces' | 'uri', dialect: Dialect) => () =>
    rewriteEnv(text, new Map([['A', value]]), { style, dialect })

  test('docker keeps the quotes of braces', () => {
    expect(refuse('A=x\n', '${secret:a}', 'braces', 'docker')).toThrow(EnvRewriteError)
    expect(refuse('A=x\n', 'secret://a', 'uri', 'docker')()).toMatchObject({ text: 'A=secret://a\n' })
  })
  test('a text with a quote', () => expect(refuse('A=x\n', "it's", 'braces', 'dotenv')).toThrow(/single quotes A/))
  test('a key that is not there', () => expect(refuse('B=x\n', 'y', 'uri', 'dotenv')).toThrow(/no such key A/))
  test('a text that python would expand', () => {
    expect(refuse('A=x\n', '${B}', 'braces', 'dotenv')).toThrow(/not be read back as it is written: A \(python\)/)
  })
  test('# is put in quotes in either style', () => {
    expect(refuse('A=x\n', 'secret://a#b', 'uri', 'dotenv')()).toMatchObject({ text: "A='secret://a#b'\n" })
  })
  test('a key of others that an unfinished quote would take along', () => {
    const text = "A=x'y\nB='z\n"
    expect(rewriteEnv(text, uri, { style: 'uri', dialect: 'dotenv' }).text).toBe("A=secret://a\nB='z\n")
  })
})

test.each(['shell', 'systemd', 'docker', 'python', 'compose', 'node'] as const)(
  '%s finds its own values',
  (dialect) => {
    const text = 'B=1\nA=s3cret\nC=2\n'
    expect(rewriteEnv(text, uri, { style: 'uri', dialect }).text).toBe('B=1\nA=secret://a\nC=2\n')
  },
)
