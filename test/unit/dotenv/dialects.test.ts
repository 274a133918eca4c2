import { describe, expect, test } from '@jest/globals'
import { parseEnv, type Reading } from '../../../src/dotenv/index.js'
import { read } from '../../support/env-read.js'

type Expected = Partial<Record<Reading, Record<string, string> | 'refused'>>

function check(rule: string, text: string, expected: Expected): void {
  test(rule, () => {
    for (const [dialect, want] of Object.entries(expected)) {
      const got = read(text, dialect as Reading)
      expect({ [dialect]: got === null ? 'refused' : Object.fromEntries(got) }).toEqual({ [dialect]: want })
    }
  })
}

const all = (values: Record<string, string>): Expected => ({
  dotenv: values,
  node: values,
  node20: values,
  python: values,
  compose: values,
  shell: values,
  systemd: values,
})

describe('what all dialects with quotes agree on', () => {
  check('a plain assignment', 'A=b\n', { ...all({ A: 'b' }), docker: { A: 'b' } })
  check('no final line end', 'A=b', { ...all({ A: 'b' }), docker: { A: 'b' } })
  check('an empty value', 'A=\nB=c\n', { ...all({ A: '', B: 'c' }), docker: { A: '', B: 'c' } })
  check('a comment line', '# A=no\nA=b\n', { ...all({ A: 'b' }), docker: { A: 'b' } })
  check('the last of duplicates counts', 'A=1\nA=2\n', { ...all({ A: '2' }), docker: { A: '2' } })
  check('single quotes', "A='b c'\n", all({ A: 'b c' }))
  check('double quotes over lines', 'A="b\nc"\nD=e\n', all({ A: 'b\nc', D: 'e' }))
  check('= in a value', 'A=b=c==\n', { ...all({ A: 'b=c==' }), docker: { A: 'b=c==' } })
  check('letters of any script in a value', 'A="é😀"\n', all({ A: 'é😀' }))
})

describe('where they part', () => {
  check('# without a blank', 'A=b#c\n', {
    dotenv: { A: 'b' },
    node: { A: 'b' },
    python: { A: 'b#c' },
    compose: { A: 'b#c' },
    docker: { A: 'b#c' },
    shell: { A: 'b#c' },
    systemd: { A: 'b#c' },
  })
  check('# behind a blank', 'A=b #c\n', {
    dotenv: { A: 'b' },
    node: { A: 'b' },
    python: { A: 'b' },
    compose: { A: 'b' },
    docker: { A: 'b #c' },
    shell: { A: 'b' },
    systemd: { A: 'b #c' },
  })
  check('a comment in place of a value', 'A= # c\n', {
    dotenv: { A: '' },
    node: { A: '' },
    python: { A: '# c' },
    compose: { A: '# c' },
    docker: { A: ' # c' },
    shell: { A: '' },
    systemd: { A: '# c' },
  })
  check('${NAME}', 'A=b\nC=${A}\n', {
    dotenv: { A: 'b', C: '${A}' },
    node: { A: 'b', C: '${A}' },
    python: { A: 'b', C: 'b' },
    compose: { A: 'b', C: 'b' },
    docker: { A: 'b', C: '${A}' },
    shell: { A: 'b', C: 'b' },
    systemd: { A: 'b', C: '${A}' },
  })
  check('${NAME} in single quotes', "A=b\nC='${A}'\n", {
    dotenv: { A: 'b', C: '${A}' },
    python: { A: 'b', C: 'b' },
    compose: { A: 'b', C: '${A}' },
    shell: { A: 'b', C: '${A}' },
  })
  check('$NAME', 'A=p$ssw0rd\n', {
    dotenv: { A: 'p$ssw0rd' },
    node: { A: 'p$ssw0rd' },
    python: { A: 'p$ssw0rd' },
    compose: { A: 'p' },
    docker: { A: 'p$ssw0rd' },
    shell: { A: 'p' },
    systemd: { A: 'p$ssw0rd' },
  })
  check('a bcrypt hash', 'A=$2b$10$abcdef\n', {
    dotenv: { A: '$2b$10$abcdef' },
    python: { A: '$2b$10$abcdef' },
    compose: { A: '$2b$10' },
    shell: { A: 'b0' },
  })
  check('$$', 'A=p$$w\n', { dotenv: { A: 'p$$w' }, python: { A: 'p$$w' }, compose: { A: 'p$w' }, shell: 'refused' })
  check('a default', 'A=${B:-c}\n', {
    dotenv: { A: '${B:-c}' },
    python: { A: 'c' },
    compose: { A: 'c' },
    shell: { A: 'c' },
  })
  check('other operators', 'A=1\nB=${A:+c}${D-e}\n', {
    python: { A: '1', B: '${A:+c}${D-e}'.replace('${D-e}', '') },
    compose: { A: '1', B: 'ce' },
    shell: { A: '1', B: 'ce' },
  })
  check('a required variable that is missing', 'A=${B:?no}\n', { compose: 'refused', shell: 'refused' })
  check('our reference, unquoted', 'A=${secret:db-url}\n', {
    dotenv: { A: '${secret:db-url}' },
    node: { A: '${secret:db-url}' },
    python: { A: '${secret:db-url}' },
    compose: 'refused',
    shell: { A: '' },
  })
  check('our reference in single quotes', "A='${secret:db-url}'\n", all({ A: '${secret:db-url}' }))
  check('our reference as a URI', 'A=secret://db-url\n', {
    ...all({ A: 'secret://db-url' }),
    docker: { A: 'secret://db-url' },
  })
  check('\\n in double quotes', 'A="b\\nc"\n', {
    dotenv: { A: 'b\nc' },
    node: { A: 'b\nc' },
    python: { A: 'b\nc' },
    compose: { A: 'b\nc' },
    shell: { A: 'b\\nc' },
    systemd: { A: 'b\\nc' },
  })
  check('an escaped quote', 'A="b\\"c"\n', {
    dotenv: { A: 'b\\"c' },
    node: { A: 'b\\' },
    python: { A: 'b"c' },
    compose: { A: 'b"c' },
    shell: { A: 'b"c' },
    systemd: { A: 'b"c' },
  })
  check('backticks', 'A=`b c`\n', {
    dotenv: { A: 'b c' },
    node: { A: 'b c' },
    python: { A: '`b c`' },
    compose: { A: '`b c`' },
    shell: 'refused',
  })
  check('a colon', 'A: b\n', {
    dotenv: { A: 'b' },
    node: {},
    python: {},
    compose: { A: 'b' },
    docker: 'refused',
    shell: 'refused',
  })
  check('a quote that does not end', 'A="b\nC=d\n', {
    dotenv: { A: '"b', C: 'd' },
    node: { A: '"b', C: 'd' },
    python: { C: 'd' },
    compose: 'refused',
    docker: { A: '"b', C: 'd' },
    shell: 'refused',
    systemd: { A: 'b\nC=d\n' },
  })
  check('text behind a quoted value', 'A="b" c\nD=e\n', {
    dotenv: { A: '"b" c', D: 'e' },
    node: { A: 'b', D: 'e' },
    python: { D: 'e' },
    compose: { A: 'b', D: 'e' },
    shell: 'refused',
    systemd: { A: 'bc', D: 'e' },
  })
  check('a blank behind =, then the line end', 'A= \nB=c\n', {
    dotenv: { A: '', B: 'c' },
    node: { A: 'B=c' },
    node20: { A: '', B: 'c' },
    python: { A: '', B: 'c' },
    compose: { A: '', B: 'c' },
  })
  check('export with two blanks', 'export  A=b\n', { node: { A: 'b' }, node20: { ' A': 'b' }, python: { A: 'b' } })
  check('export without a value', 'export A=\n', { dotenv: { A: '' }, node: { 'export A': '' }, node20: { A: '' } })
  check('an indented comment', 'A=1\n # c\nK=v\n', { node: { A: '1', K: 'v' }, node20: { A: '1', '# c\nK': 'v' } })
  check('a comment at the end', 'A=1\n# B=2', { node: { A: '1' }, node20: { A: '1', '# B': '2' } })
  check('a BOM', '\ufeffA=b\n', {
    dotenv: { A: 'b' },
    node: { '\ufeffA': 'b' },
    python: { '\ufeffA': 'b' },
    compose: { A: 'b' },
    docker: { A: 'b' },
    shell: 'refused',
    systemd: {},
  })
  check('CRLF', 'A=b\r\nC="d\r\ne"\r\n', {
    dotenv: { A: 'b', C: 'd\ne' },
    node: { A: 'b', C: 'd\ne' },
    python: { A: 'b', C: 'd\ne' },
    compose: { A: 'b', C: 'd\r\ne' },
    docker: { A: 'b', C: '"d' },
    shell: { A: 'b\r', C: 'd\r\ne\r' },
    systemd: { A: 'b', C: 'd\r\ne' },
  })
  check('a lone CR', 'A=b\rC=d\n', {
    dotenv: { A: 'b', C: 'd' },
    node: { A: 'bC=d' },
    python: { A: 'b', C: 'd' },
    compose: { A: 'b\rC=d' },
    docker: { A: 'b\rC=d' },
    systemd: { A: 'b', C: 'd' },
  })
  check('a name alone takes its value away in python', 'A=1\nA\n', {
    dotenv: { A: '1' },
    python: {},
    compose: { A: '1' },
  })
  check('a quoted name', "'A b'=c\n", {
    dotenv: {},
    node: { "'A b'": 'c' },
    python: { 'A b': 'c' },
    compose: 'refused',
  })
  check('a name with a blank', 'A B=c\n', {
    dotenv: {},
    node: { 'A B': 'c' },
    python: {},
    compose: 'refused',
    docker: 'refused',
    shell: 'refused',
    systemd: {},
  })
})

describe('names that JavaScript objects trip over', () => {
  for (const key of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'then', 'prototype']) {
    test(`${key} is a plain key`, () => {
      for (const dialect of ['dotenv', 'node', 'node20', 'python', 'compose', 'docker', 'shell', 'systemd'] as const) {
        expect(read(`${key}=1\nB=\${${key}}\n`, dialect)?.find(([name]) => name === key)).toEqual([key, '1'])
      }
      expect(read(`B=\${${key}}\n`, 'python')).toEqual([['B', '']])
      expect(read(`B=\${${key}}\n`, 'compose')).toEqual([['B', '']])
    })
  }
})

describe('entries and problems', () => {
  const where = (text: string, dialect: Reading) =>
    parseEnv(text, { dialect }).entries.map(({ key, line, start, end, valueStart, valueEnd, duplicate }) => ({
      key,
      line,
      all: text.slice(start, end),
      value: text.slice(valueStart, valueEnd),
      ...(duplicate ? { duplicate } : {}),
    }))

  test.each(['dotenv', 'node', 'python', 'compose', 'shell', 'systemd'] as const)(
    '%s says where each stands',
    (dialect) => {
      const comment = dialect === 'systemd' ? '' : ' # c'
      expect(where(`# c\nA='b c'${comment}\nD=\nA="e\nf"\nG=h\n`, dialect)).toEqual([
        { key: 'A', line: 2, all: "A='b c'", value: "'b c'", duplicate: true },
        { key: 'D', line: 3, all: 'D=', value: '' },
        { key: 'A', line: 4, all: 'A="e\nf"', value: '"e\nf"' },
        { key: 'G', line: 6, all: 'G=h', value: 'h' },
      ])
    },
  )

  test.each(['dotenv', 'node', 'python', 'compose'] as const)('%s keeps \\r out of values as written', (dialect) => {
    expect(where('export A=b\r\nC=\r\nD="e"\r\n', dialect)).toMatchObject([
      { all: 'export A=b', value: 'b', line: 1 },
      { all: 'C=', value: '', line: 2 },
      { value: '"e"', line: 3 },
    ])
  })

  test('duplicates, skipped lines, names without values and unset variables are told', () => {
    expect(parseEnv('A=1\nA=2\nno such thing\n', { dialect: 'dotenv' }).problems).toEqual([
      { kind: 'duplicate', line: 1, key: 'A' },
      { kind: 'not-an-assignment', line: 3 },
    ])
    expect(parseEnv('A\nB=${C}\n', { dialect: 'compose' }).problems).toEqual([
      { kind: 'no-value', line: 1, key: 'A' },
      { kind: 'unset-variable', line: 2, key: 'B', detail: 'C' },
    ])
    expect(parseEnv('A.B=1\n', { dialect: 'systemd' }).problems).toEqual([
      { kind: 'dropped', line: 1, key: 'A.B', detail: 'not a valid name' },
    ])
  })

  test('a refusal says where and why, and never holds the value', () => {
    const refuse = (dialect: Reading) => () => parseEnv('A=1\r\nB="hunter2hunter2\n', { dialect })
    expect(refuse('compose')).toThrow('line 2: a quote that does not end (compose)')
    expect(refuse('compose')).toThrow(expect.objectContaining({ name: 'EnvSyntaxError', line: 2, column: 3 }))
    expect(() => parseEnv('X hunter2=1\n', { dialect: 'docker' })).toThrow(
      /^line 1: a variable name with a blank in it/,
    )
  })
})
