import { describe, expect, test } from '@jest/globals'
import { EnvSyntaxError, parseEnv, valuesOf } from '../../../src/dotenv/index.js'

function check(text: string, expected: Record<string, string> | RegExp): void {
  test(`${JSON.stringify(text)} ${expected instanceof RegExp ? 'is refused' : 'is read'}`, () => {
    const run = () => Object.fromEntries(valuesOf(parseEnv(text, { dialect: 'shell' })))
    if (!(expected instanceof RegExp)) return expect(run()).toEqual(expected)
    expect(run).toThrow(EnvSyntaxError)
    expect(run).toThrow(expected)
  })
}

describe('nothing is ever run', () => {
  for (const text of ['A=$(id)', 'A="$(id)"', 'A=`id`', 'A="`id`"', 'A=$((1+1))', 'A=${B:-$(id)}', 'A=<(id)']) {
    check(text, /run a command|operator of the shell/)
  }
  for (const text of [
    'id',
    'A=1 id',
    'A= b',
    'A = b',
    'A.B=1',
    'export -p',
    'export',
    'unset A',
    '[ A ]',
    'if',
    '\ufeffA=1',
  ]) {
    check(text, /this would run a command/)
  }
  for (const text of ['A=1 & B=2', 'A=1 | id', 'A=1 >f', 'A=1 && B=2', 'A=(1 2)', 'A=x(y'])
    check(text, /operator|run a command/)
  check("A='$(id) `id`'", { A: '$(id) `id`' })
  check('A=\\$\\(id\\)', { A: '$(id)' })
  check('# $(id)\nA=1', { A: '1' })
  check(`FOO='$' BAR='(id)' BAZ="$FOO$BAR"`, { FOO: '$', BAR: '(id)', BAZ: '$(id)' })
})

describe('what depends on more than the file is refused', () => {
  for (const text of ['A=$$', 'A=$?', 'A=$!', 'A=$-', 'A=$0']) check(text, /parameter of the running shell/)
  for (const text of ['A=$HOME', 'A=${PATH}:x', 'A=$RANDOM', 'A=${PWD:-x}']) check(text, /is not in the file/)
  for (const text of ['UID=1', 'RANDOM=5', 'IFS=,', 'export PPID=1']) check(text, /read-only|bash itself/)
  for (const text of ['A=~', 'A=x:~/y', 'A=\\\n~']) check(text, /unquoted ~/)
  for (const text of ['A=${!B}', 'A=${B#x}', 'A=${B/x/y}', 'A=${B^^}', 'A=${B[0]}', 'A=${B:=x}'])
    check(text, /not followed/)
  check('B=xyz\nA=${B:1}', /calculation/)
  check('HOME=/h\nA=$HOME', { HOME: '/h', A: '/h' })
})

describe('quotes and expansion', () => {
  check('A=a\\ b\\\nc', { A: 'a bc' })
  check(`A="a \\$x \\" \\n"'b "'c`, { A: 'a $x " \\nb "c' })
  check("A=$'a\\tb\\x41\\'' B=$\"x\"", { A: "a\tbA'", B: 'x' })
  check('A=1 B=$A; C="${A}$B"', { A: '1', B: '1', C: '11' })
  check('export A=1 B=$A C D=2', { A: '1', B: '', D: '2' })
  check('A=x;B=${A:+y}${C-z}${#A}', { A: 'x', B: 'yz1' })
  check('A=${B:-"c d"}${B:-\'e f\'}', { A: 'c de f' })
  check('A="${B:-c \\} d}"', { A: 'c } d' })
  check('A=$1$#$@$*', { A: '0' })
  check('A=a~b*?[x]{c,d}', { A: 'a~b*?[x]{c,d}' })
  check('export A={c,d}', /unquoted \{ behind export/)
  check('A=$ B="$" C=$%', { A: '$', B: '$', C: '$%' })
  check('A=a#b #c\nB=c', { A: 'a#b', B: 'c' })
  check('A="b', /quote or brace that does not end/)
  check("A=$'b", /quote that does not end/)
  check(';A=1', /syntax error/)
})
